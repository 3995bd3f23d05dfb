from dataclasses import replace

from infra.limits import document_breaches
from infra.openapi import Front
from workflows import WORKFLOWS
from workflows.instance import STANDARD_INSTANCE

FRONT = Front("stepgate-dev", "iam", ("https://app.example.com", "https://admin.example.com"))


def test_the_projects_own_document_can_be_imported() -> None:
    assert document_breaches(WORKFLOWS, FRONT) == []


def test_a_document_that_api_gateway_does_not_import_is_refused() -> None:
    schema = {"type": "object", "description": "x" * 100_000}
    large = [replace(STANDARD_INSTANCE, name=f"w{i}", input_schema=schema) for i in range(60)]
    assert document_breaches(large[:40], FRONT) == []
    (line,) = document_breaches(large, FRONT)
    assert line.startswith("60 workflows: the API's document has ")
