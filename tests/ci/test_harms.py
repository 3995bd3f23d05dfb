"""What an update does to running executions, from the events of a preview."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pulumi.automation.events import EngineEvent
from pulumi.runtime.rpc import UNKNOWN

from stepgate.ci.alerts import Alerts, alerts
from stepgate.ci.errors import AwsFailedError
from stepgate.ci.executions import MOST_COUNTED
from stepgate.ci.harms import Harm, harms
from stepgate.ci.kept_permissions import kept_permissions
from stepgate.ci.state_machines import StateMachine
from stepgate.permissions.policies import policy_document
from tests.engine import aws

ARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:bill-1a2b3c4"
ROLE_ARN = "arn:aws:iam::123456789012:role/app/bill-role-1a2b3c4"
ROLE = "bill-role-1a2b3c4"
MANAGED = "arn:aws:iam::aws:policy/AmazonSQSFullAccess"
OWN_POLICY = "arn:aws:iam::123456789012:policy/bill"
PROVIDER = "urn:pulumi:dev::shop::pulumi:providers:aws::default"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}

Inputs = dict[str, Any]


def event(
    type_: str, op: str, id_: str, old: Inputs | None, new: Inputs | None, name: str = "it"
) -> EngineEvent:
    """A resource's step, as the engine's log has it."""
    urn = PROVIDER if type_.startswith("pulumi:") else f"urn:pulumi:dev::shop::{type_}::{name}"

    def state(inputs: Inputs | None) -> Any:
        known = {"urn": urn, "type": type_, "custom": True, "id": id_, "parent": ""}
        provider = {"provider": f"{PROVIDER}::1"}
        return inputs if inputs is None else {**known, **provider, "inputs": inputs, "outputs": {}}

    metadata = {"op": op, "urn": urn, "type": type_, "old": state(old), "new": state(new)}
    return EngineEvent.from_json(  # pyright: ignore[reportUnknownMemberType]
        {"sequence": 1, "timestamp": 1, "resourcePreEvent": {"metadata": metadata}}
    )


def machine(op: str = "same", kind: str = "STANDARD") -> EngineEvent:
    inputs = {"type": kind, "roleArn": ROLE_ARN}
    return event(aws.STATE_MACHINE, op, ARN, inputs, inputs, "bill")


def role(op: str = "same", old: Inputs | None = None, new: Inputs | None = None) -> EngineEvent:
    return event(aws.ROLE, op, ROLE, old or {}, new or {})


def text(*resources: str) -> str:
    allowed = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": [*resources]}
    return json.dumps(policy_document([allowed]))


def inline(old: Any, new: Any, *, op: str = "update", of: str = ROLE) -> EngineEvent:
    policies = [value and {"role": of, "policy": value} for value in (old, new)]
    return event(aws.ROLE_POLICY, op, f"{of}:it", policies[0], policies[1])


def attached(arn: str, op: str = "same") -> EngineEvent:
    old = {"role": ROLE, "policyArn": arn}
    return event(aws.ROLE_POLICY_ATTACHMENT, op, f"{ROLE}-it", old, None if op == "delete" else old)


def managed(old: str, new: str | None, op: str = "update") -> EngineEvent:
    return event(aws.POLICY, op, OWN_POLICY, {"policy": old}, {"policy": new} if new else None)


def effects(*events: EngineEvent) -> list[tuple[str, bool]]:
    return [(harm.effect, harm.is_certain) for harm in harms(events, {})]


LOST = [("would lose lambda:InvokeFunction on bill:1", True)]
UNCERTAIN = [("may lose permissions that the preview does not know", False)]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([inline(text("bill:1"), text("bill:2"))], id="inline policy"),
        pytest.param([inline(text("bill:1"), None, op="delete")], id="inline policy deleted"),
        pytest.param(
            [attached(OWN_POLICY), managed(text("bill:1"), text("bill:2"))], id="managed policy"
        ),
        pytest.param(
            [attached(OWN_POLICY, "delete"), managed(text("bill:1"), None, "delete")],
            id="managed policy deleted",
        ),
        pytest.param(
            [attached(OWN_POLICY, "delete"), managed(text("bill:1"), text("bill:1"), "same")],
            id="managed policy detached",
        ),
        pytest.param(
            [
                role(
                    "update",
                    {"inlinePolicies": [{"name": "it", "policy": text("bill:1")}]},
                    {"inlinePolicies": [{"name": "it", "policy": text("bill:2")}]},
                )
            ],
            id="the role's own",
        ),
    ],
)
def test_a_permission_that_goes_is_named(events: list[EngineEvent]) -> None:
    assert effects(role(), *events, machine()) == LOST
    # Also before the new definition, which running executions do not have.
    assert effects(machine("update"), *events) == LOST
    kept = inline(text("bill:*"), text("bill:*"), op="same")
    assert effects(role(), machine(), kept, *events) == []


VERSIONED = StateMachine("bill", "bill", ARN, ROLE_ARN, 1, datetime.now(UTC), None)


@pytest.mark.parametrize(
    ("event_", "kept"),
    [
        pytest.param(inline(text("bill:1", "b"), text("bill:2")), ["bill:1", "b"], id="inline"),
        pytest.param(inline(text("bill:1"), None, op="delete"), ["bill:1"], id="deleted"),
        pytest.param(inline(text("bill:1"), UNKNOWN), ["bill:1"], id="not known yet"),
        pytest.param(inline(text("bill:1"), text("bill:*")), [], id="wider"),
    ],
)
def test_what_a_machine_with_versions_loses_is_kept_for_the_version_before(
    event_: EngineEvent, kept: list[str]
) -> None:
    events = [role(), event_, machine("update")]
    found = kept_permissions(events, [VERSIONED])
    assert [each.policy for each in found] == ([json.loads(text(*kept))] if kept else [])
    policies = {each.machine.arn: each.policy for each in found}
    assert [harm for harm in harms(events, policies) if harm.is_certain] == []
    names = "; ".join(f"lambda:InvokeFunction on {name}" for name in sorted(kept))
    assert [*map(str, found)] == [f"bill keeps for version 1: {names}"] * len(found)
    assert kept_permissions(events, []) == []


def test_what_a_policy_of_aws_allows_cannot_be_kept() -> None:
    events = [machine("update"), attached(MANAGED, "delete"), inline(text("bill:1"), text())]
    (kept,) = kept_permissions(events, [VERSIONED])
    assert kept.policy == json.loads(text("bill:1"))
    lost = harms(events, {kept.machine.arn: kept.policy})
    assert [each.effect for each in lost] == [f"would lose all that {MANAGED} allows on *"]


def test_a_policy_moves_from_one_to_another() -> None:
    away = inline(text("bill:1", "bill:2"), text("bill:2"))
    split = [attached(OWN_POLICY), managed(text("other"), text("other", "bill:1"))]
    assert effects(machine(), away, *split) == []


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(inline(text("bill:1"), text("bill:1", "bill:2")), id="wider"),
        pytest.param(inline(text("bill:1"), text("bill:2"), of="another"), id="of another role"),
        pytest.param(inline(SECRET, SECRET, op="same"), id="a secret that stays"),
        pytest.param(managed(text("bill:1"), text("bill:2")), id="attached to nothing"),
    ],
)
def test_nothing_else_is_a_harm(event: EngineEvent) -> None:
    assert effects(role(), machine("update"), event) == []


def test_a_policy_of_aws_goes_as_a_whole() -> None:
    assert effects(machine(), attached(MANAGED)) == []
    ((effect, _),) = effects(machine(), attached(MANAGED, "delete"))
    assert effect == f"would lose all that {MANAGED} allows on *"
    own: Inputs = {"managedPolicyArns": [MANAGED]}
    assert effects(machine(), role("update", own, {})) == [(effect, True)]


@pytest.mark.parametrize(
    ("old", "new"), [(text("bill:1"), UNKNOWN), (text("bill:1"), SECRET), (SECRET, SECRET)]
)
def test_a_policy_that_the_events_do_not_show_may_take_permissions(old: Any, new: Any) -> None:
    assert effects(machine(), inline(old, new)) == UNCERTAIN


@pytest.mark.parametrize("key", ["inlinePolicies", "managedPolicyArns"])
def test_a_roles_own_policies_may_be_unknown_as_a_whole(key: str) -> None:
    old: Inputs = {"inlinePolicies": [{"name": "it", "policy": text("bill:1")}]}
    assert effects(machine(), role("update", old, {key: UNKNOWN})) == UNCERTAIN


@pytest.mark.parametrize("op", ["replace", "delete"])
def test_executions_end_with_their_machine_and_cannot_go_on_without_its_role(op: str) -> None:
    assert effects(role(op), machine(op)) == [("would be terminated", True)]
    assert effects(role(op), machine(op, "EXPRESS")) == []
    assert effects(machine(), role(op)) == [(f"would lose the role {ROLE}", True)]
    parts = ["create-replacement", "replace", "delete-replaced"]
    assert len(effects(*[machine(part) for part in parts])) == 1


def test_a_machine_that_is_not_there_yet_has_no_executions() -> None:
    new = event(aws.STATE_MACHINE, "create", "", None, {"roleArn": UNKNOWN})
    assert effects(new, inline(None, text("bill:1"), op="create")) == []


def test_many_permissions_are_cut_short() -> None:
    names = [f"f{number}" for number in range(8)]
    ((effect, _),) = effects(machine(), inline(text(*names), text()))
    assert effect.count("lambda:InvokeFunction on ") == 5
    assert effect.endswith("lambda:InvokeFunction on f4; 3 more")


def test_a_machine_is_looked_up_where_it_is_and_with_its_providers_profile() -> None:
    provider = event("pulumi:providers:aws", "same", "1", {"profile": "shop"}, {"profile": "shop"})
    for before, profile in (([provider], "shop"), ([], None)):
        (harm,) = harms([*before, machine("delete")], {})
        assert (harm.name, harm.arn, harm.profile) == ("bill", ARN, profile)


def harm(*, is_express: bool = False, is_certain: bool = True) -> Harm:
    return Harm("bill", ARN, is_express, "shop", "would lose x", is_certain)


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (1, "bill: 1 running execution would lose x"),
        (2, "bill: 2 running executions would lose x"),
        (MOST_COUNTED, "bill: 1,000 or more running executions would lose x"),
    ],
)
def test_running_executions_are_a_danger_with_their_number(number: int, line: str) -> None:
    def count(arn: str, profile: str | None) -> int:
        assert (arn, profile) == (ARN, "shop")
        return number

    found = alerts([], [harm()], count)
    assert found == Alerts(running=(line,))
    assert found.next_step == (
        "change it back, wait until these executions have ended, or give --allow-replace"
    )
    assert alerts([], [harm(is_certain=False)], count) == Alerts(doubtful=(line,))


def test_without_running_executions_there_is_nothing_to_say() -> None:
    assert alerts([], [harm(), harm(is_certain=False)], lambda _arn, _profile: 0) == Alerts()


def test_executions_that_cannot_be_counted_count_as_running() -> None:
    def count(*_: object) -> int:
        raise AwsFailedError(
            "cannot count running executions: not authorized to perform: states:ListExecutions"
        )

    line = (
        "bill: running executions would lose x; cannot count running executions: "
        "not authorized to perform: states:ListExecutions"
    )
    assert alerts([], [harm()], count) == Alerts(running=(line,))
    assert alerts([], [harm(is_certain=False)], count) == Alerts(doubtful=(line,))


def test_of_an_express_machine_none_is_counted() -> None:
    def count(*_: object) -> int:
        raise AssertionError

    line = (
        "bill: running executions would lose x; an Express machine's cannot be counted, and end "
        "within 5 minutes"
    )
    assert alerts([], [harm(is_express=True)], count) == Alerts(doubtful=(line,))
