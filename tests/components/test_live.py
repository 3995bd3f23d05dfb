"""What a WorkflowApi registers to follow executions live, and what it refuses."""

import json
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from stepgate import Iam, LambdaAuthorizer, Live, Public, Route
from stepgate.components import WorkflowApi
from tests.components.registered import PLACE_ORDER, QUIET, SHIP, register
from tests.program import Program

MACHINES = ("follow", "message", "push", "tickets")
ROUTE = "aws:apigatewayv2/route:Route"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:who"
EXECUTIONS = "arn:aws:states:eu-central-1:123456789012:execution:shop-dev-api-ship:*"
CONNECTIONS = "arn:aws:execute-api:eu-central-1:123456789012:shop-dev-api-live.id/v1"


def registered(*, live: bool | Live = True, **more: Any) -> Program:
    given: dict[str, Any] = {"workflows": [SHIP, QUIET], "live": live}

    def program() -> None:
        api = WorkflowApi("api", **given | more)
        for name, output in api.outputs.items():
            pulumi.export(name, output)

    return register(program)


def refusal(**more: Any) -> str:
    with pytest.raises(pulumi.RunError) as refused:
        registered(**more)
    return str(refused.value)


@pytest.fixture(scope="module")
def program() -> Program:
    return registered()


def allowed(program: Program, part: str) -> dict[str, list[str]]:
    """What the role of a part may do, by the action."""
    policy = program.of_type("aws:iam/rolePolicy:RolePolicy")[f"api-live-{part}-policy"]
    return {
        action: sorted(statement["Resource"])
        for statement in policy.json("policy")["Statement"]
        for action in statement["Action"]
        if not action.startswith("logs:")
    }


def test_executions_of_one_who_sends_no_messages_cannot_be_followed(program: Program) -> None:
    paths = program.outputs["openapi"]["paths"]
    assert "/ship/{execution}/tickets" in paths
    assert "/quiet/{execution}/tickets" not in paths
    follow = program.of_type("aws:sfn/stateMachine:StateMachine")["api-live-follow"]
    assert "api-ship" in follow.inputs["definition"]
    assert "api-quiet" not in follow.inputs["definition"]


def test_outputs_say_where_and_how_to_follow(program: Program) -> None:
    assert program.outputs["liveUrl"] == "shop-dev-api-live-stage.invokeUrl"
    assert program.outputs["liveAuthorization"] == "tickets"
    assert "liveUrl" not in registered(live=False).outputs


def test_each_part_may_do_what_it_does_and_no_more(program: Program) -> None:
    table = "arn:aws:dynamodb:eu-central-1:123456789012:table/shop-dev-api-live"
    assert allowed(program, "follow") == {
        **{f"dynamodb:{name}Item": [table] for name in ("Delete", "Get", "Put", "Update")},
        "dynamodb:Query": [table],
        "execute-api:ManageConnections": [
            f"{CONNECTIONS}/DELETE/@connections/*",
            f"{CONNECTIONS}/POST/@connections/*",
        ],
        "states:DescribeExecution": [EXECUTIONS],
    }
    assert allowed(program, "tickets") == {
        "dynamodb:PutItem": [table],
        "states:DescribeExecution": [EXECUTIONS],
    }
    assert allowed(program, "message").keys() == {
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "sqs:SendMessage",
        "states:StartExecution",
    }
    assert allowed(program, "push").keys() == {
        "dynamodb:DeleteItem",
        "dynamodb:Query",
        "execute-api:ManageConnections",
    }


def test_a_workflow_sends_its_messages_through_the_live_api_alone(program: Program) -> None:
    policies = program.of_type("aws:iam/rolePolicy:RolePolicy")
    policy = json.dumps(policies["api-ship-policy"].json("policy"))
    assert "states:StartSyncExecution" in policy
    assert "stateMachine:shop-dev-api-live-message" in policy
    assert "sqs:" not in policy
    target = program.of_type("aws:cloudwatch/eventTarget:EventTarget")["api-ship-done-target"]
    assert target.inputs["arn"].endswith(":shop-dev-api-live-message")


def test_no_log_has_tickets_or_data(program: Program) -> None:
    machines = program.of_type("aws:sfn/stateMachine:StateMachine")
    for part in MACHINES:
        logging = machines[f"api-live-{part}"].inputs["loggingConfiguration"]
        assert logging["includeExecutionData"] is False


@pytest.mark.parametrize("part", ["follow", "tickets"])
def test_a_program_cannot_put_tickets_into_a_log(part: str) -> None:
    def with_data(args: dict[str, Any], opts: pulumi.ResourceOptions) -> Any:
        logging = {**args["logging_configuration"], "include_execution_data": True}
        is_part = args["tags"]["Workflow"] == f"live-{part}"
        return ({**args, "logging_configuration": logging} if is_part else args), opts

    assert "tickets" in refusal(transform={"state_machine": with_data})


@pytest.mark.parametrize(
    ("authorization", "asked"),
    [
        (Iam(), {"authorizationType": "AWS_IAM"}),
        (
            LambdaAuthorizer(function_arn=FUNCTION),
            {"authorizationType": "CUSTOM", "authorizerId": "shop-dev-api-live-authorizer.id"},
        ),
    ],
)
def test_who_connects_is_asked_once(authorization: Any, asked: dict[str, str]) -> None:
    program = registered(live=Live(authorization=authorization))
    routes = program.of_type(ROUTE)
    assert routes["api-live-route-connect"].inputs.items() >= asked.items()
    assert {*routes} == {
        f"api-live-route-{name}" for name in ("connect", "default", "follow", "ping", "unfollow")
    }
    assert "/ship/{execution}/tickets" not in program.outputs["openapi"]["paths"]
    assert program.outputs["liveAuthorization"] == authorization.kind


@pytest.mark.parametrize(("live", "connects"), [(Live(authorization=Iam()), True), (True, False)])
def test_a_role_that_may_call_the_routes_may_connect(live: bool | Live, *, connects: bool) -> None:
    def granted() -> None:
        api = WorkflowApi("api", workflows=[SHIP], live=live)
        api.grant_invoke(aws.iam.Role("caller", assume_role_policy="{}"))

    policy = register(granted).of_type("aws:iam/rolePolicy:RolePolicy")["api-invoke-caller"]
    [statement] = policy.json("policy")["Statement"]
    assert statement["Action"] == "execute-api:Invoke"
    assert (f"{CONNECTIONS}/$connect" in statement["Resource"]) == connects


def test_synchronous_workflows_alone_can_be_followed() -> None:
    program = registered(
        workflows=[replace(PLACE_ORDER, progress="states")],
        values={"table_name": "orders", "attempts": 1},
        live=Live(authorization=Public()),
        allow_public=True,
    )
    follow = program.of_type("aws:sfn/stateMachine:StateMachine")["api-live-follow"]
    assert "describeExecution" not in follow.inputs["definition"]


def test_the_stage_throttles(program: Program) -> None:
    stage = program.of_type("aws:apigatewayv2/stage:Stage")["api-live-stage"].inputs
    settings = {"throttlingRateLimit": 10, "throttlingBurstLimit": 50}
    assert stage["defaultRouteSettings"] == settings


def test_a_private_workflow_is_followed_with_tickets_alone() -> None:
    private = replace(SHIP, route=Route(private=True))
    registered(workflows=[private])
    assert "use Live(authorization=Tickets())" in refusal(
        workflows=[private], live=Live(authorization=Iam())
    )


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        ("yes", "live is 'yes': use True, or Live(authorization=…)"),
        (Live(authorization="iam"), "has to be Tickets(), Iam()"),  # pyright: ignore[reportArgumentType]
        (Live(authorization=Public()), "anyone on the internet"),
        (
            Live(authorization=LambdaAuthorizer(function_arn=FUNCTION, ttl_seconds=60)),
            "remove ttl_seconds",
        ),
    ],
)
def test_what_cannot_be_is_refused(live: Any, expected: str) -> None:
    assert expected in refusal(live=live)


def test_a_name_of_a_part_and_no_messages_are_refused() -> None:
    assert "the name is that of a part" in refusal(workflows=[replace(SHIP, name="live-push")])
    assert "no workflow reports its progress" in refusal(workflows=[QUIET])
