"""What programs in other languages give, and what is made of it."""

import inspect
import json
from dataclasses import fields
from typing import Any

import pulumi
import pytest

from stepgate import components
from stepgate.authorization import (
    ApiKey,
    ApiKeyLimits,
    Cognito,
    Iam,
    Jwt,
    LambdaAuthorizer,
    Public,
)
from stepgate.components.alarms import Alarm, Alarms
from stepgate.components.rest_api import Throttle
from stepgate.definitions import DefinitionError, make_definition
from stepgate.events.event import Event
from stepgate.http.cors import Cors
from stepgate.live.live import Live
from stepgate.provider import arguments
from stepgate.provider.workflow_api import component_arguments
from stepgate.route import RequestValue, Route
from stepgate.workflow import Workflow
from tests.provider.schema import SCHEMA, schema

CLASSES = (
    *(ApiKeyLimits, ApiKey, Cognito, Jwt, LambdaAuthorizer, RequestValue, Route, Event, Workflow),
    *(Cors, Throttle, Live, Alarm, Alarms),
)
WITHOUT = {
    "values": "of the API, for all workflows",
    "declared_at": "not given",
}
WITHOUT_IN_API = {
    "name": "of the resource",
    "opts": "of the resource",
    "progress_queue": "a resource",
    "transform": "functions",
}


def given(**more: Any) -> arguments.WorkflowApiArgs:
    """As Pulumi hands it over, with floats for all numbers."""
    save = {"Type": "Task", "Resource": "${resource}", "TimeoutSeconds": 5.0, "End": True}
    workflow: Any = {
        "name": "save",
        "mode": "async",
        "definition": {"States": {"Save": save}, "StartAt": "Save"},
    }
    more.setdefault("values", {"resource": "arn:aws:states:::sqs:sendMessage"})
    found: Any = {"workflows": [{**workflow, **more.pop("workflow", {})}], **more}
    return found


def test_the_schema_is_current() -> None:
    assert json.loads(SCHEMA.read_text()) == schema(), "write it: python -m tests.provider.schema"


@pytest.mark.parametrize("class_", CLASSES)
def test_each_field_of_the_package_can_be_given(class_: type[Any]) -> None:
    known = {field.name for field in fields(class_)} - WITHOUT.keys()
    assert getattr(arguments, class_.__name__).__annotations__.keys() == known


def test_each_argument_of_the_component_can_be_given() -> None:
    known = inspect.signature(components.WorkflowApi).parameters.keys() - WITHOUT_IN_API.keys()
    assert arguments.WorkflowApiArgs.__annotations__.keys() == known | {"placeholders"}


def test_values_are_filled_into_definitions_resources_and_statements() -> None:
    queue = "arn:aws:sqs:eu-central-1:123456789012:${queue}"
    made = component_arguments(
        given(
            values={"resource": "r", "queue": "orders"},
            workflow={"resources": [queue], "statements": [{"Resource": queue}]},
        )
    )
    workflow: Workflow = made["workflows"][0]
    values = workflow.values(**made["values"])
    definition = make_definition(workflow, values)
    assert json.dumps(definition["States"]["Save"]["TimeoutSeconds"]) == "5"
    assert definition["States"]["Save"]["Resource"] == "r"
    assert workflow.resources(values) == [queue.replace("${queue}", "orders")]
    assert workflow.statements(values) == [{"Resource": queue.replace("${queue}", "orders")}]


def test_a_definition_is_the_same_in_whatever_order_it_is_handed_over() -> None:
    first, second = given(), given()
    definition = second["workflows"][0]["definition"]
    second["workflows"][0]["definition"] = dict(reversed(definition.items()))
    texts = {
        json.dumps(component_arguments(each)["workflows"][0].definition) for each in (first, second)
    }
    assert len(texts) == 1


def test_a_value_that_is_not_known_yet_has_a_placeholder() -> None:
    made = component_arguments(
        given(values={"table": "t", "arn": "a"}, placeholders={"arn": "arn:aws:sns:eu-1:1:x"})
    )
    placeholders = made["workflows"][0].values()
    assert (placeholders.table, placeholders.arn) == ("table", "arn:aws:sns:eu-1:1:x")


@pytest.mark.parametrize(
    ("block", "made"),
    [
        ({"iam": True}, Iam()),
        ({"public": True, "iam": False}, Public()),
        ({"api_key": {}}, ApiKey()),
        (
            {"api_key": {"keys": {"partner": {"rate": 5.0}}}},
            ApiKey(keys={"partner": ApiKeyLimits(rate=5)}),
        ),
        ({"cognito": {"user_pool_arns": ["arn"]}}, Cognito(user_pool_arns=["arn"])),
        (
            {"jwt": {"issuer": "https://a.example", "audiences": ["b"]}},
            Jwt(issuer="https://a.example", audiences=["b"]),
        ),
        (
            {"lambda_authorizer": {"function_arn": "arn", "ttl_seconds": 60.0}},
            LambdaAuthorizer(function_arn="arn", ttl_seconds=60),
        ),
    ],
)
def test_an_authorization_is_one_block_wherever_it_is_given(block: Any, made: object) -> None:
    workflow = {
        "route": {"path": "/saved", "authorization": block},
        "events": {"approval": {"per_item": True, "authorization": block}},
    }
    found = component_arguments(given(authorization=block, workflow=workflow))
    assert found["authorization"] == made
    assert found["workflows"][0].route == Route(path="/saved", authorization=made)  # pyright: ignore[reportArgumentType]
    assert found["workflows"][0].events == {"approval": Event(per_item=True, authorization=made)}  # pyright: ignore[reportArgumentType]


def test_other_blocks_become_the_packages_classes() -> None:
    blocks: Any = {
        "throttle": {"rate": 5.0},
        "cors": {"origins": ["https://a.example"]},
        "live": {"authorization": {"iam": True}},
        "alarms": {"topic": "arn", "failed": {"threshold": 2.0}, "dashboard": False},
    }
    route = {"input": {"id": {"source": "path", "name": "id"}}}
    found = component_arguments(given(**blocks, workflow={"route": route}))
    assert found["throttle"] == Throttle(rate=5)
    assert found["cors"] == Cors(origins=["https://a.example"])
    assert found["live"] == Live(Iam())
    assert found["alarms"] == Alarms("arn", failed=Alarm(2), dashboard=False)
    assert found["workflows"][0].route == Route(input={"id": RequestValue("path", "id")})


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"authorization": {"iam": True, "public": True}},
            "authorization has ['iam', 'public']: give exactly one of iam, apiKey, cognito, jwt, "
            "lambdaAuthorizer, public",
        ),
        ({"authorization": {}}, "authorization has []: give exactly one of iam, "),
        ({"values": {"table-name": "t"}}, "the value 'table-name': use letters, digits and _ in "),
        ({"values": {"class": "t"}}, "the value 'class': use letters, digits and _ in "),
        (
            {"values": {"table": "t"}, "placeholders": {"tabel": "t"}},
            "placeholders has 'tabel', which is not among values; did you mean 'table'?",
        ),
        (
            {"workflow": {"name": "save", "route": {"authorization": {}}}},
            "workflow 'save': authorization has []: give exactly one of iam, ",
        ),
        ({"values": pulumi.Output.from_input({})}, "values is an Output: use a plain value"),
        ({"cors": pulumi.Output.from_input({})}, "cors is an Output: use a plain value"),
    ],
)
def test_what_the_types_of_python_would_refuse_is_one_line(more: Any, said: str) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        component_arguments(given(**more))
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_unknown_value_in_a_statement_is_named() -> None:
    workflow = component_arguments(given(workflow={"statements": [{"Resource": "${n}"}]}))[
        "workflows"
    ][0]
    with pytest.raises(DefinitionError, match=r"\[0\].Resource: \${n} is not a value of the work"):
        workflow.statements(workflow.values())
