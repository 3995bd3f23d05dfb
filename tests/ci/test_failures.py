"""Why Pulumi failed, in lines, and what to do next."""

import pytest
from pulumi.automation import CommandError, CommandResult
from pulumi.automation.events import DiagnosticEvent, EngineEvent

from stepgate.ci.failures import OTHERWISE, failure

ROLE = (
    "urn:pulumi:dev::stepgate::stepgate:index:WorkflowApi$aws:iam/role:Role::stepgate-dev-api-role"
)


def error(message: str, urn: str | None = None, severity: str = "error") -> EngineEvent:
    diagnostic = DiagnosticEvent(f"{message}\n", "never", severity, urn=urn)
    return EngineEvent(1, 1, diagnostic_event=diagnostic)


def refused(stderr: str = "", stdout: str = "") -> CommandError:
    return CommandError(CommandResult(stdout, stderr, 255))


def test_the_resource_the_reason_and_the_next_step_are_told_and_nothing_else() -> None:
    events = [
        error("registering", severity="debug"),
        error("AccessDenied: not authorized to perform: iam:CreateRole", ROLE),
        error("update failed"),
    ]
    resource, next_step = failure(events, refused(stdout="much")).splitlines()
    assert resource == (
        "stepgate-dev-api-role (aws:iam:Role): "
        "AccessDenied: not authorized to perform: iam:CreateRole"
    )
    assert next_step.startswith("next: allow what the reason names")


def test_a_name_may_contain_what_separates_the_parts_of_a_urn() -> None:
    urn = "urn:pulumi:dev::shop::aws:sqs/queue:Queue::orders::eu"
    resource, _ = failure([error("QueueDeletedRecently", urn)], refused()).splitlines()
    assert resource == "orders::eu (aws:sqs:Queue): QueueDeletedRecently"


def test_each_line_of_the_program_is_told() -> None:
    told = [error("stepgate:stage is 'a-b'\nstepgate:x is no setting"), error("update failed")]
    *lines, next_step = failure(told, refused()).splitlines()
    assert lines == ["stepgate:stage is 'a-b'", "stepgate:x is no setting"]
    assert next_step == f"next: {OTHERWISE}"


@pytest.mark.parametrize(
    ("stderr", "step"),
    [
        ("error: no stack named 'x' found", "create it with"),
        ("error: the stack is currently locked by 1 lock(s). Either wait", "wait for"),
        ("error: [409] Conflict: Another update is currently in progress.", "wait for"),
        ("error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive", "set PULUMI_"),
        ("error: constructing secrets manager: passphrase must be set with", "set PULUMI_"),
        ("error: configuring Terraform AWS Provider: no valid credential sources", "set AWS"),
        ("error: operation error STS: ExpiredToken: The security token", "set AWS"),
        ("error: CloudWatch Logs role ARN must be set in account settings", "set API Gateway's"),
        ("error: api error Throttling: Rate exceeded", "AWS was busy"),
        ("error: something else", OTHERWISE),
        ("without a mark", OTHERWISE),
    ],
)
def test_a_command_that_the_engine_did_not_come_to_is_told_from_what_it_wrote(
    stderr: str, step: str
) -> None:
    reason, next_step = failure([], refused(f"warning: beside it\n{stderr}")).splitlines()[-2:]
    assert reason == f"pulumi: {stderr.removeprefix('error: ')}"
    assert next_step.startswith(f"next: {step}")
