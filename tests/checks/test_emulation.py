"""What a definition cannot do on the emulator."""

from typing import Any

import pytest

from stepgate.checks import lint_emulation
from stepgate.checks.rule import RuleContext
from tests.checks.definitions import machine, passing
from tests.findings import error_lines, warning_lines


def found(*resources: str) -> tuple[list[str], list[str]]:
    """The errors and the warnings of a definition whose states call these."""
    states: dict[str, Any] = {
        f"State {number}": {"Type": "Task", "Resource": resource, "End": True}
        for number, resource in enumerate(resources, 1)
    }
    branch = {"StartAt": "State 1", "States": states}
    definition = {
        "StartAt": "All",
        "States": {"All": {"Type": "Parallel", "Branches": [branch], "End": True}},
    }
    findings = lint_emulation(RuleContext(definition, "async"), "workflow 'report'")
    return error_lines(findings.errors), warning_lines(findings.warnings)


@pytest.mark.parametrize(
    ("resource", "called", "service"),
    [
        ("athena:startQueryExecution.sync", "athena:startQueryExecution.sync", "athena"),
        ("ecs:runTask.waitForTaskToken", "ecs:runTask.waitForTaskToken", "ecs"),
        ("bedrock:invokeModel", "bedrock:invokeModel", "bedrock-runtime"),
        ("eks:runJob.sync", "eks:runJob.sync", "eks"),
        ("aws-sdk:rekognition:detectLabels", "rekognition:detectLabels", "rekognition"),
        ("aws-sdk:cognitoidentity:getId", "cognitoidentity:getId", "cognito-identity"),
    ],
)
def test_a_service_that_the_emulator_does_not_have_is_a_warning_with_the_state(
    resource: str, called: str, service: str
) -> None:
    assert found(f"arn:aws:states:::{resource}") == (
        [],
        [
            f"workflow 'report', state 'State 1': {called} fails on the emulator, which does not "
            f"have {service}; run executions that come here on AWS"
        ],
    )


def test_states_that_call_the_same_share_a_line() -> None:
    resource = "arn:aws:states:::batch:submitJob.sync"
    _, [line] = found(resource, resource, resource)
    assert line.startswith("workflow 'report', 3 states ('State 1', 'State 2', 'State 3'): batch:")


def test_what_the_emulator_would_not_create_is_an_error_with_the_state() -> None:
    assert found("arn:aws:states:::http:invoke") == (
        [
            "workflow 'report', state 'State 1': the emulator refuses a state machine that calls "
            "http:invoke; leave the workflow out on the stack local: "
            'if pulumi.get_stack() != "local"'
        ],
        [],
    )


@pytest.mark.parametrize(
    "resource",
    [
        *("arn:aws:states:::aws-sdk:sfn:startExecution", "arn:aws:states:::lambda:invoke"),
        *("arn:aws:states:::aws-sdk:eventbridge:putEvents", "arn:aws:states:::apigateway:invoke"),
        *("arn:aws:states:::aws-sdk:cloudwatchlogs:putLogEvents", "arn:aws:states:::sns:publish"),
        *("arn:aws:states:::states:startExecution.sync:2", "arn:aws:states:::dynamodb:getItem"),
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "arn:aws:lambda:us-east-1:000000000000:function:price",
        "arn:aws:states:us-east-1:000000000000:activity:approve",
        "not an ARN",
    ],
)
def test_what_the_emulator_has_is_not_reported(resource: str) -> None:
    assert found(resource) == ([], [])


def test_a_definition_that_is_not_one_is_not_about_the_emulator() -> None:
    assert lint_emulation(RuleContext({}, "sync"), "workflow 'report'") == ([], [])


def test_a_regular_expression_that_the_emulator_cannot_read_is_a_warning() -> None:
    output = {"a": ["{% $contains($states.input, /(?<name>a)/) and $states.input ~> /b+/ %}"]}
    definition = {"QueryLanguage": "JSONata", **machine(A=passing(Output=output, End=True))}
    findings = lint_emulation(RuleContext(definition, "async"), "workflow 'report'")
    assert findings.errors == []
    assert warning_lines(findings.warnings) == [
        "workflow 'report', state 'A': Output.a[0]: /(?<name>a)/ fails on the emulator, whose "
        "regular expressions are Python's: unknown extension ?<n at position 1; run "
        "executions that come here on AWS"
    ]
