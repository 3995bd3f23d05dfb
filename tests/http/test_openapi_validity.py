"""The API's document as OpenAPI's own schema sees it."""

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from stepgate.http.authorization import Authorization
from stepgate.http.openapi import client_document
from tests.http.test_openapi import ADMIN, APP, document
from tests.project.state_machines import LATER, NOW


@pytest.mark.parametrize("origins", [(), (APP,), (APP, ADMIN)])
@pytest.mark.parametrize("authorization", ["iam", "api-key", "none"])
def test_what_clients_see_is_valid_openapi(
    authorization: Authorization, origins: tuple[str, ...]
) -> None:
    api = client_document(document(authorization, origins), (NOW, LATER), "https://example.com/v1")
    OpenAPIV30SpecValidator(api).validate()
    assert api["servers"] == [{"url": "https://example.com/v1"}]
