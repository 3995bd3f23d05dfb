"""The state machines with versions, from a stack's state."""

from datetime import UTC, datetime
from typing import Any

from stepgate.ci.state_machines import StateMachine, state_machines

ARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:bill-1a2b3c4"
ROLE_ARN = "arn:aws:iam::123456789012:role/bill-role"
PROVIDER = "urn:pulumi:dev::shop::pulumi:providers:aws::default"
MACHINE: dict[str, Any] = {
    "urn": "urn:pulumi:dev::shop::x$aws:sfn/stateMachine:StateMachine::a::b",
    "type": "aws:sfn/stateMachine:StateMachine",
    "id": ARN,
    "inputs": {"roleArn": ROLE_ARN, "tags": {"Workflow": "bill"}},
    "provider": f"{PROVIDER}::1",
}


def alias(name: str, arn: str = ARN) -> dict[str, Any]:
    version = {"stateMachineVersionArn": f"{arn}:7", "weight": 100}
    return {
        "urn": f"urn:pulumi:dev::shop::aws:sfn/alias:Alias::{name}",
        "type": "aws:sfn/alias:Alias",
        "id": f"{arn}:{name}",
        "inputs": {"name": name, "routingConfigurations": [version]},
        "modified": "2026-11-30T02:00:00.5Z",
    }


def test_a_machine_with_the_alias_of_routes_is_found_with_the_version_that_was_deployed() -> None:
    provider = {"urn": PROVIDER, "type": "pulumi:providers:aws", "id": "1"}
    for inputs, profile in (({"profile": "shop"}, "shop"), ({}, None)):
        state = {"resources": [{**provider, "inputs": inputs}, MACHINE, alias("current")]}
        modified = datetime(2026, 11, 30, 2, 0, 0, 500_000, UTC)
        found = StateMachine("a::b", "bill", ARN, ROLE_ARN, 7, modified, profile)
        assert state_machines(state) == [found]


def test_other_machines_and_aliases_are_the_programs_own() -> None:
    others = [MACHINE, alias("prod"), alias("current", f"{ARN}-gone")]
    assert state_machines({"resources": others}) == state_machines({}) == []
