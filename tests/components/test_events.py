"""What a WorkflowApi registers for workflows that wait for events."""

from typing import Any

import pulumi
import pytest

from stepgate import Event, Values, Workflow
from stepgate.workflow import Definition
from tests.components.registered import APPROVE, PLACE_ORDER, QUIET, approval, register, shop
from tests.program import Program

TABLE = "aws:dynamodb/table:Table"
MACHINE = "aws:sfn/stateMachine:StateMachine"


@pytest.fixture(scope="module")
def program() -> Program:
    return register(lambda: shop(workflows=[PLACE_ORDER, APPROVE, QUIET]))


def refusal(**arguments: Any) -> list[str]:
    with pytest.raises(pulumi.RunError) as refused:
        register(lambda: shop(**arguments))
    return str(refused.value).splitlines()


def test_the_table_is_encrypted_and_its_items_expire(program: Program) -> None:
    table = program.of_type(TABLE)["shop-events"].inputs
    assert table["serverSideEncryption"] == {"enabled": True}
    assert table["ttl"] == {"attributeName": "expires", "enabled": True}
    assert table["billingMode"] == "PAY_PER_REQUEST"
    assert (table["hashKey"], table["rangeKey"]) == ("execution", "event")
    assert table["tags"] == {"Project": "shop", "Stack": "dev"}


def test_without_events_there_is_neither_table_nor_machine() -> None:
    program = register(shop)
    assert [*program.of_type(TABLE)] == ["shop-orders"]
    assert "shop-events" not in program.of_type(MACHINE)


def test_the_events_machine_alone_may_send_tokens_and_read_the_table(program: Program) -> None:
    policies = {
        name: policy.json("policy")
        for name, policy in program.of_type("aws:iam/rolePolicy:RolePolicy").items()
    }
    policies |= {
        name: policy.json("policy")
        for name, policy in program.of_type("aws:iam/policy:Policy").items()
    }
    allowed = {
        name: {
            action for statement in policy["Statement"] for action in _listed(statement["Action"])
        }
        for name, policy in policies.items()
    }
    of_events = {
        action: sorted(name for name in allowed if action in allowed[name])
        for action in ("states:SendTaskSuccess", "dynamodb:GetItem", "dynamodb:Query")
    }
    assert of_events["states:SendTaskSuccess"] == ["shop-events-policy"]
    assert of_events["dynamodb:Query"] == ["shop-events-policy"]
    [put] = [
        statement
        for statement in policies["shop-approve-policy"]["Statement"]
        if statement["Action"] == ["dynamodb:PutItem"]
    ]
    assert put["Condition"] == {
        "ForAllValues:StringLike": {
            "dynamodb:LeadingKeys": [
                "arn:aws:states:eu-central-1:123456789012:execution:shop-dev-shop-approve-???????:*"
            ]
        }
    }


def test_the_events_machine_looks_up_executions_that_wait(program: Program) -> None:
    policy = program.of_type("aws:iam/rolePolicy:RolePolicy")["shop-events-policy"].json("policy")
    [statement] = [
        each for each in policy["Statement"] if each["Action"] == ["states:DescribeExecution"]
    ]
    assert [arn.partition(":execution:")[2] for arn in statement["Resource"]] == [
        "shop-dev-shop-approve:*"
    ]


def test_no_log_has_the_data_of_executions(program: Program) -> None:
    for machine in program.of_type(MACHINE).values():
        assert machine.inputs["loggingConfiguration"]["includeExecutionData"] is False


@pytest.mark.parametrize("workflow", ["approve", "events"])
def test_a_program_cannot_put_tokens_into_a_log(workflow: str) -> None:
    def with_data(args: dict[str, Any], opts: pulumi.ResourceOptions) -> Any:
        if args["tags"]["Workflow"] != workflow:
            return args, opts
        logging = {**args["logging_configuration"], "include_execution_data": True}
        return {**args, "logging_configuration": logging}, opts

    with pytest.raises(pulumi.RunError, match="the task tokens of events; leave it False"):
        register(
            lambda: shop(workflows=[PLACE_ORDER, APPROVE], transform={"state_machine": with_data})
        )


@pytest.mark.parametrize(
    ("pattern", "level", "is_warned"),
    [("", "ALL", False), (".waitForTaskToken", "ERROR", False), (".waitForTaskToken", "ALL", True)],
)
def test_a_log_with_the_tokens_of_a_programs_own_tasks_is_a_warning(
    pattern: str, level: str, is_warned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask: Definition = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::sqs:sendMessage{pattern}",
        "Parameters": {"QueueUrl": "https://a.example", "MessageBody.$": "$$.Task.Token"},
        "Retry": [],
        "End": True,
    }
    inner = {"StartAt": "Ask", "States": {"Ask": ask}}
    both = {"Type": "Parallel", "Branches": [inner], "End": True}
    definition: Definition = {"StartAt": "Both", "TimeoutSeconds": 60, "States": {"Both": both}}

    def with_data(args: dict[str, Any], opts: pulumi.ResourceOptions) -> Any:
        data = {"include_execution_data": True, "level": level}
        return {**args, "logging_configuration": args["logging_configuration"] | data}, opts

    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)
    asking = Workflow(name="ask", mode="async", definition=definition)
    register(lambda: shop(workflows=[asking], values={}, transform={"state_machine": with_data}))
    found = [line for line in warnings if "has the task tokens" in line]
    assert [line.partition(" (")[0] for line in found] == ["workflow 'ask'"] * is_warned


def test_a_program_changes_the_table() -> None:
    def kept(args: dict[str, Any], opts: pulumi.ResourceOptions) -> Any:
        return {**args, "deletion_protection_enabled": True}, opts

    program = register(lambda: shop(workflows=[PLACE_ORDER, APPROVE], transform={"table": kept}))
    assert program.of_type(TABLE)["shop-events"].inputs["deletionProtectionEnabled"] is True


def waits(**arguments: Any) -> list[str]:
    given: dict[str, Any] = {
        **{"name": "approve", "mode": "async", "definition": approval},
        **arguments,
    }
    return refusal(workflows=[PLACE_ORDER, Workflow(**given)])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "waits for 'approval', an undeclared event; give the workflow events="),
        ({"events": {"aproval": Event()}}, "did you mean 'aproval'?"),
        ({"events": ["approval"]}, "events is ['approval']; write a dict, for example"),
        ({"events": {"approval": {}}}, "events has 'approval': {}; write an event's name and"),
        (
            {"events": {"approval": Event(schema={"type": "objekt"})}},
            "the schema of event approval",
        ),
        ({"events": {"approval": Event(), "Pay": Event()}}, "'Pay' in events is not a valid name"),
        ({"events": {"approval": Event()}, "mode": "sync"}, "Express executions cannot wait for"),
        ({"events": {"approval": Event()}, "name": "events"}, "the name is reserved"),
    ],
)
def test_events_that_cannot_work_are_one_line(arguments: dict[str, Any], said: str) -> None:
    assert [line for line in waits(**arguments) if said in line]


def test_the_table_is_used_where_there_is_one() -> None:
    def own(values: Values) -> Definition:
        return {
            "StartAt": "A",
            "States": {"A": {"Type": "Pass", "Comment": values.events_table_name, "End": True}},
        }

    [line] = refusal(workflows=[PLACE_ORDER, Workflow("own", "async", own)])
    assert "it uses values.events_table_name, but no workflow declares events" in line


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
