"""Why Pulumi failed, in lines, and what to do next."""

import pytest
from pulumi.automation import CommandError, CommandResult
from pulumi.automation.events import DiagnosticEvent, EngineEvent

from ci.failures import OTHERWISE, failure

ROLE = "urn:pulumi:dev::stepgate::stepgate:infra:Api$aws:iam/role:Role::stepgate-dev-role"


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
        "stepgate-dev-role (aws:iam:Role): AccessDenied: not authorized to perform: iam:CreateRole"
    )
    assert next_step.startswith("next: allow the caller what the reason names")


def test_each_line_of_the_program_is_told() -> None:
    told = [error("stepgate:stage is 'a-b'\nstepgate:x is no setting"), error("update failed")]
    *lines, next_step = failure(told, refused()).splitlines()
    assert lines == ["stepgate:stage is 'a-b'", "stepgate:x is no setting"]
    assert next_step == f"next: {OTHERWISE}"


@pytest.mark.parametrize(
    ("stderr", "step"),
    [
        ("error: no stack named 'x' found", "make it with"),
        ("error: the stack is currently locked by 1 lock(s). Either wait", "wait for"),
        ("error: [409] Conflict: Another update is currently in progress.", "wait for"),
        ("error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive", "set PULUMI_"),
        ("error: constructing secrets manager: passphrase must be set with", "set PULUMI_"),
        ("error: configuring Terraform AWS Provider: no valid credential sources", "give AWS"),
        ("error: operation error STS: ExpiredToken: The security token", "give AWS"),
        ("error: api error Throttling: Rate exceeded", "AWS had no time"),
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
