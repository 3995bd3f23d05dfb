"""The models of inputs."""

from collections.abc import Mapping
from typing import Any

from stepgate.client.schema import input_schema
from stepgate.http.input_models import checked_models, model_names
from stepgate.http.openapi import ApiOptions, IntegrationTargets, client_document, openapi_document
from stepgate.workflow import Workflow


def workflow(name: str, schema: Mapping[str, Any] | type[Any] | None = None) -> Workflow:
    return Workflow(name=name, mode="sync", definition=lambda _: {}, input_schema=schema)


def documents(*workflows: Workflow) -> tuple[dict[str, Any], dict[str, Any]]:
    """The documents for API Gateway and for clients."""
    arns = {each.name: "arn:aws:states:::stateMachine:m" for each in workflows}
    targets = IntegrationTargets("aws", "eu-central-1", "role", arns)
    document = openapi_document(workflows, ApiOptions("t", "none"), targets)
    return document, client_document(document, workflows, "https://example.com/v1")


def with_property(name: str) -> dict[str, Any]:
    return {"type": "object", "required": [name], "properties": {name: {"type": "string"}}}


def test_names_that_differ_in_a_dash_only_have_models_of_their_own() -> None:
    names = ("order-2", "order2", "o-rder-2", "order-2-input")
    workflows = [workflow(name, with_property(name)) for name in names]
    assert len({*model_names(workflows).values()}) == len(names)
    assert all(name.isalnum() for name in checked_models(workflows))
    for document in documents(*workflows):
        for name in names:
            schema = input_schema(document, document["paths"][f"/{name}"]["post"])
            assert schema is not None
            assert schema["required"] == [name]


def test_definitions_are_models_of_their_own_workflow() -> None:
    """`order` has a definition whose name is that of another workflow's model."""

    def schema(type_: str) -> dict[str, Any]:
        items = {"Line_1": {"type": type_}, "Line1": {"type": type_}, "LineInput": {"type": type_}}
        return {
            "type": "object",
            "$defs": items,
            "properties": {name: {"$ref": f"#/$defs/{name}"} for name in items},
        }

    workflows = [workflow("order", schema("string")), workflow("order-input-line", schema("array"))]
    models = checked_models(workflows)
    assert len(models) == 8
    assert all(name.isalnum() for name in models)
    for name, type_ in zip(model_names(workflows).values(), ("string", "array"), strict=True):
        references = [each["$ref"] for each in models[name]["properties"].values()]
        assert len({*references}) == 3
        for reference in references:
            assert models[reference.removeprefix("#/components/schemas/")] == {"type": type_}
