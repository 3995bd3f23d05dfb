"""The API's document as OpenAPI's own schema sees it."""

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from stepgate.authorization import Authorization, AuthorizationName
from stepgate.http.openapi import client_document
from tests.http.authorizations import COGNITO, FUNCTION, JWT
from tests.http.test_openapi import ADMIN, APP, document
from tests.project.state_machines import LATER, NOW


@pytest.mark.parametrize("origins", [(), (APP,), (APP, ADMIN)])
@pytest.mark.parametrize("authorization", ["iam", "api-key", "none", COGNITO, JWT, FUNCTION])
def test_what_clients_see_is_valid_openapi(
    authorization: Authorization | AuthorizationName, origins: tuple[str, ...]
) -> None:
    api = client_document(document(authorization, origins), (NOW, LATER), "https://example.com/v1")
    OpenAPIV30SpecValidator(api).validate()
    assert api["servers"] == [{"url": "https://example.com/v1"}]
