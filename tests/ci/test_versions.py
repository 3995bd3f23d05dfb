"""Versions on the emulator's Step Functions, and role policies on its IAM."""

import json
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from stepgate.ci.errors import CiError, PartlyRolledBackError, StoppedError
from stepgate.ci.kept_permissions import RolePolicies
from stepgate.ci.last_deployment import Update
from stepgate.ci.rollback import (
    AGAIN,
    Rollback,
    carry_out,
    narrow,
    plan_rollback,
    rolled_back,
)
from stepgate.ci.state_machines import StateMachine
from stepgate.ci.versions import MOST_KEPT, Versions
from stepgate.permissions.policies import Policy, policy_document
from tests.deployed.stacks import Deployed

NAME = "versions"
NUMBERS = count(1)
LAMBDA = "arn:aws:lambda:us-east-1:000000000000:function:bill"


def definition(number: int) -> str:
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": f"bill:{number}", "Payload.$": "$$.Task.Token"},
        "End": True,
    }
    wait = {"Type": "Wait", "Seconds": 9999, "Next": "Call"}
    return json.dumps({"StartAt": "Wait", "States": {"Wait": wait, "Call": call}})


def policy(number: int) -> Policy:
    allowed = {
        "Effect": "Allow",
        "Action": "lambda:InvokeFunction",
        "Resource": [f"{LAMBDA}:{number}"],
    }
    return policy_document([allowed])


@pytest.fixture
def machine(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> StateMachine:
    """As the second deployment of a workflow has left it: version 2 is behind its routes."""
    for variable, value in {
        "AWS_ENDPOINT_URL_SFN": deployed.cloud.endpoint,
        "AWS_ENDPOINT_URL_IAM": deployed.cloud.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(variable, value)
    iam, states = deployed.cloud.iam, deployed.cloud.stepfunctions
    name = f"{NAME}-{next(NUMBERS)}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    created = states.create_state_machine(
        name=name, definition=definition(1), roleArn=role, publish=True
    )
    arn = created["stateMachineArn"]
    states.create_state_machine_alias(
        name="current",
        routingConfiguration=[{"stateMachineVersionArn": f"{arn}:1", "weight": 100}],
    )
    states.update_state_machine(stateMachineArn=arn, definition=definition(2), publish=True)
    found = StateMachine(NAME, "bill", arn, role, 2, datetime.now(UTC), None)
    Versions(found).route(2)
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy(2)))
    return found


def test_a_rollback_moves_routes_and_the_state_machine_itself_as_often_as_it_is_done(
    deployed: Deployed, machine: StateMachine
) -> None:
    RolePolicies(replace(machine, version=1)).keep(policy(1))
    assert [*rolled_back([machine])] == []
    for _ in range(2):
        (planned,) = plan_rollback([machine], [], None, None)
        assert str(planned) == "versions: version 1 in place of 2"
        planned.carry_out()
        assert Versions(machine).routed() == 1
        itself = deployed.cloud.stepfunctions.describe_state_machine(stateMachineArn=machine.arn)
        assert itself["definition"] == definition(1)
        assert Versions(machine).published() == [1, 2]
    assert [*rolled_back([machine])] == [
        "versions is rolled back: routes start version 1, and version 2 was deployed"
    ]
    (forward,) = plan_rollback([machine], [], "bill", 2)
    forward.carry_out()
    assert Versions(machine).routed() == 2


def test_a_second_rollback_goes_to_what_routes_started_before_the_correction(
    deployed: Deployed, machine: StateMachine
) -> None:
    states, versions = deployed.cloud.stepfunctions, Versions(machine)
    policies = RolePolicies(machine)
    for number in (1, 2):
        RolePolicies(replace(machine, version=number)).keep(policy(number))
    versions.route(1)
    states.update_state_machine(stateMachineArn=machine.arn, definition=definition(3), publish=True)
    # As a deployment moves it: the description stays.
    states.update_state_machine_alias(
        stateMachineAliasArn=f"{machine.arn}:current",
        routingConfiguration=[{"stateMachineVersionArn": f"{machine.arn}:3", "weight": 100}],
    )
    narrow(machine, None)
    assert 1 in policies.kept_versions()
    for _ in range(2):
        (planned,) = plan_rollback([machine], [], None, None)
        assert str(planned) == "versions: version 1 in place of 3"
        planned.carry_out()
    assert versions.taken_back() == {2, 3}
    versions.route(3)
    assert versions.taken_back() == {2}
    assert versions.before(versions.published()) == 1


@pytest.mark.parametrize(
    ("workflow", "to", "line"),
    [
        (None, 1, "--to 1 is a version of one workflow; name it with --workflow"),
        ("none", None, "the stack has no versions of workflow 'none'; workflows with versions: "),
        ("bill", 9, "versions has no version 9; use one of 1, 2"),
        ("still", None, "nothing to go back to: no version before the newest of still"),
    ],
)
def test_a_version_that_does_not_exist_is_refused(
    deployed: Deployed, machine: StateMachine, workflow: str | None, to: int | None, line: str
) -> None:
    states = deployed.cloud.stepfunctions
    once = states.create_state_machine(
        name=f"{machine.arn.rpartition(':')[2]}-once",
        definition=definition(1),
        roleArn=machine.role_arn,
        publish=True,
    )
    arn = once["stateMachineArn"]
    states.create_state_machine_alias(
        name="current",
        routingConfiguration=[{"stateMachineVersionArn": f"{arn}:1", "weight": 100}],
    )
    still = replace(machine, name="still", workflow="still", arn=arn, version=1)
    with pytest.raises(CiError) as refused:
        plan_rollback([machine, still], [], workflow, to)
    assert str(refused.value).startswith(line)


def test_after_a_failed_deployment_that_changed_nothing_the_good_one_before_stays(
    machine: StateMachine,
) -> None:
    good = Update(machine.modified + timedelta(seconds=1), succeeded=True)
    failed = Update(machine.modified + timedelta(seconds=9), succeeded=False)
    with pytest.raises(CiError, match="the last deployment failed or was killed, and changed no"):
        plan_rollback([machine], [good, failed], None, None)
    RolePolicies(replace(machine, version=1)).keep(policy(1))
    assert plan_rollback([machine], [good, failed], "bill", None)


def test_a_version_that_a_killed_deployment_has_published_is_what_goes_back(
    machine: StateMachine,
) -> None:
    RolePolicies(replace(machine, version=1)).keep(policy(1))
    before = machine.modified - timedelta(seconds=60)
    killed = replace(machine, version=1, modified=before)
    (planned,) = plan_rollback([killed], [Update(before, succeeded=True)], None, None)
    assert (planned.version, planned.newest) == (1, 2)


def test_a_rollback_that_stops_names_what_is_left(machine: StateMachine) -> None:
    RolePolicies(replace(machine, version=1)).keep(policy(1))
    (planned,) = plan_rollback([machine], [], None, None)
    gone = Rollback(replace(machine, name="gone", arn=f"{machine.arn}-gone"), 2, 1)
    done: list[str] = []
    with pytest.raises(PartlyRolledBackError) as refused:
        carry_out([planned, gone], lambda: None, done.append)
    reason, *left = str(refused.value).splitlines()
    assert reason.startswith("gone: cannot ")
    assert left == [f"not rolled back: {gone}", f"next: {AGAIN}"]
    assert done == [str(planned)]

    def stop() -> None:
        raise StoppedError(signal.SIGTERM)

    with pytest.raises(StoppedError):
        carry_out([planned], stop, done.append)
    assert done[1:] == [f"not rolled back: {planned}", f"next: {AGAIN}"]


def test_a_role_that_lacks_what_a_version_needs_is_named(machine: StateMachine) -> None:
    with pytest.raises(CiError) as refused:
        plan_rollback([machine], [], None, None)
    assert str(refused.value).splitlines()[0] == (
        f"versions: version 1 needs lambda:InvokeFunction on {LAMBDA}:1, which its role does not "
        "allow any more"
    )


def test_a_role_keeps_what_running_executions_need_and_what_a_rollback_needs(
    deployed: Deployed, machine: StateMachine
) -> None:
    states = deployed.cloud.stepfunctions
    policies, versions = RolePolicies(machine), Versions(machine)
    assert versions.oldest_running() == float("inf")
    execution = states.start_execution(stateMachineArn=f"{machine.arn}:1")["executionArn"]
    assert versions.oldest_running() == 1
    for number in (1, 2):
        RolePolicies(replace(machine, version=number)).keep(policy(number))
    states.update_state_machine(stateMachineArn=machine.arn, definition=definition(3), publish=True)
    versions.route(3)
    narrow(machine, None)
    assert policies.kept_versions() == [1, 2]
    states.stop_execution(executionArn=execution)
    narrow(machine, None)
    assert policies.kept_versions() == [2]
    unversioned = states.start_execution(stateMachineArn=machine.arn)["executionArn"]
    assert versions.oldest_running() == 0
    states.stop_execution(executionArn=unversioned)


def test_the_newest_versions_are_kept_and_the_one_that_routes_start(
    deployed: Deployed, machine: StateMachine
) -> None:
    versions = Versions(machine)
    versions.route(1)
    for number in range(3, MOST_KEPT + 4):
        deployed.cloud.stepfunctions.update_state_machine(
            stateMachineArn=machine.arn, definition=definition(number), publish=True
        )
    versions.prune()
    assert versions.published() == [1, *range(4, MOST_KEPT + 4)]
    versions.prune()
    assert versions.before(versions.published()) == MOST_KEPT + 2


def test_a_version_that_somebody_elses_alias_starts_holds_up_no_other(
    deployed: Deployed, machine: StateMachine
) -> None:
    states = deployed.cloud.stepfunctions
    states.create_state_machine_alias(
        name="theirs",
        routingConfiguration=[{"stateMachineVersionArn": f"{machine.arn}:1", "weight": 100}],
    )
    for number in range(3, MOST_KEPT + 4):
        states.update_state_machine(
            stateMachineArn=machine.arn, definition=definition(number), publish=True
        )
    versions = Versions(machine)
    versions.route(MOST_KEPT + 3)
    versions.prune()
    assert versions.published() == [1, *range(4, MOST_KEPT + 4)]


def test_what_a_failed_deployment_has_kept_stays_when_the_next_keeps_more(
    machine: StateMachine,
) -> None:
    policies = RolePolicies(machine)
    for number in (1, 2, 1):
        policies.keep(policy(number))
    both = [statement for number in (1, 2) for statement in policy(number)["Statement"]]
    assert policy_document(both) in policies.policies()


def test_a_version_with_the_same_definition_is_not_the_one_before(
    deployed: Deployed, machine: StateMachine
) -> None:
    deployed.cloud.stepfunctions.update_state_machine(
        stateMachineArn=machine.arn,
        definition=definition(2),
        roleArn=f"{machine.role_arn}-2",
        publish=True,
    )
    versions = Versions(machine)
    assert versions.published() == [1, 2, 3]
    assert versions.before([1, 2, 3]) == 1
    assert versions.before([2, 3]) == versions.before([3]) == 0


def test_what_aws_refuses_is_one_line(machine: StateMachine) -> None:
    with pytest.raises(CiError, match=r"^versions: cannot move the alias to version 9: An error"):
        Versions(machine).route(9)
