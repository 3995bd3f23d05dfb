"""AWS's quotas, and how workflows are kept within them."""

from collections.abc import Sequence
from dataclasses import replace

import botocore.session
import pytest

from stepgate.checks import quotas
from stepgate.checks.quotas import (
    LONGEST_PARTITION,
    LONGEST_REGION,
    POLICIES_OF_A_ROLE,
    POLICY_CHARACTERS,
    SUFFIX,
    api_errors,
    group_by_policy,
    longest_targets,
    longest_values,
)
from stepgate.checks.resource_names import ROLE, require_short_names
from stepgate.compiled import compile_workflow
from stepgate.http.cors import Cors
from stepgate.http.openapi import ApiOptions
from stepgate.permissions.policies import api_policy, policy_text
from stepgate.route import Route
from stepgate.workflow import Mode, Values, Workflow
from tests.checks.definitions import machine, task
from tests.findings import error_lines
from tests.located import without_places
from tests.project.state_machines import APPROVED, LATER, NOW

PREFIX = "stepgate-dev"
OPTIONS = ApiOptions(
    PREFIX, "iam", Cors(origins=("https://app.example.com", "https://admin.example.com"))
)
LONGEST_NAME = ROLE.length - len(f"{PREFIX}--role{SUFFIX}")


def longest(*modes: Mode) -> list[Workflow]:
    """Workflows whose names are as long as the stack's prefix allows."""
    return [
        Workflow(f"w{i}-".ljust(LONGEST_NAME, "x"), mode, lambda _: {})
        for i, mode in enumerate(modes)
    ]


def names(shares: Sequence[Sequence[Workflow]]) -> list[list[str]]:
    return [[workflow.name for workflow in share] for share in shares]


def test_a_document_that_api_gateway_does_not_import_is_refused() -> None:
    schema = {"type": "object", "description": "x" * 100_000}
    large = [replace(LATER, name=f"w{i}", input_schema=schema) for i in range(60)]
    assert [*api_errors(large[:40], OPTIONS)] == []
    (line,) = error_lines(api_errors(large, OPTIONS))
    assert line.startswith("60 workflows: their routes need 7,")
    assert line.endswith(
        " bytes of the API's document, but AWS allows at most 6,000,000; give some of them to a "
        'second WorkflowApi, for example WorkflowApi("second", workflows=[…])'
    )


@pytest.mark.parametrize(("mode", "most", "each"), [("sync", 299, 1), ("async", 149, 2)])
def test_the_resources_of_an_api_are_counted_in_its_document(
    mode: Mode, most: int, each: int
) -> None:
    workflows = [replace(NOW, name=f"w{i}", mode=mode) for i in range(most + 1)]
    assert [*api_errors(workflows[:most], OPTIONS)] == []
    (line,) = error_lines(api_errors(workflows, OPTIONS))
    assert f"need {1 + each * (most + 1)} resources of the API, but AWS allows at most 300" in line


def test_a_wait_route_is_a_resource_more() -> None:
    (line,) = error_lines(api_errors([waiting(f"w{i}") for i in range(100)], OPTIONS))
    assert "need 301 resources of the API" in line


def test_the_policy_of_what_waits_is_counted() -> None:
    workflows = [waiting(workflow.name) for workflow in longest(*("async",) * 80)]
    assert [*api_errors(workflows[:60], OPTIONS)] == []
    (line,) = error_lines(api_errors(workflows, OPTIONS))
    assert "characters of the policy of what waits, but AWS allows at most 10,240;" in line


def waiting(name: str) -> Workflow:
    return Workflow(name, "async", {}, route=Route(wait=True))


def test_each_event_is_a_resource_of_the_api() -> None:
    workflows = [replace(APPROVED, name=f"w{i}") for i in range(60)]
    assert [*api_errors(workflows[:59], OPTIONS)] == []
    (line,) = error_lines(api_errors(workflows, OPTIONS))
    # The start, its execution, the list of events, and two of them.
    assert f"need {1 + 5 * 60} resources of the API, but AWS allows at most 300" in line


def test_the_policies_of_the_apis_role_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    workflows = longest(*("async",) * 100)
    most = len(group_by_policy(workflows, PREFIX))
    monkeypatch.setattr(quotas, "POLICIES_OF_A_ROLE", most)
    assert [*api_errors(workflows, OPTIONS)] == []
    monkeypatch.setattr(quotas, "POLICIES_OF_A_ROLE", most - 1)
    (line,) = error_lines(api_errors(workflows, OPTIONS))
    assert f"need {most} policies of the API's role, but AWS allows at most {most - 1};" in line


def machine_errors(workflow: Workflow) -> Sequence[str]:
    """What is too large of a workflow's state machine, with the longest values there may be."""
    values = longest_values(Values(), PREFIX)
    compiled = compile_workflow(workflow, values, f"{PREFIX}-{workflow.name}")
    return without_places(error_lines(compiled.errors))


def calling(queues: int) -> Workflow:
    """A workflow whose role's policy has an ARN of 85 to 88 characters for each queue."""
    send = task(
        "arn:aws:states:::sqs:sendMessage",
        Parameters={"QueueUrl.$": "$.queue", "MessageBody": "it"},
    )
    arns = [f"arn:aws:sqs:us-east-1:000000000000:{i:048}" for i in range(queues)]
    return Workflow("send", "sync", lambda _: machine(Send=send), resources=lambda _: arns)


def test_a_role_whose_policy_is_too_large_for_iam_is_refused() -> None:
    assert machine_errors(calling(100)) == []
    (line,) = machine_errors(calling(120))
    assert line.startswith("workflow 'send': its role's policy has ")
    assert "but IAM accepts at most 10,240; split the workflow, or use * for" in line


def test_a_definition_counts_with_what_sends_its_messages() -> None:
    row = {f"{i:04}": {"Type": "Pass", "Next": f"{i + 1:04}"} for i in range(2_000)}
    definition = machine(**row, **{"2000": {"Type": "Succeed"}})
    silent = Workflow("long", "async", lambda _: definition)
    assert machine_errors(silent) == []
    (line,) = machine_errors(replace(silent, progress="states"))
    assert line.startswith("workflow 'long': its definition has 1,")


def test_a_role_counts_with_the_queue_that_it_may_send_to() -> None:
    largest = next(n for n in range(200) if machine_errors(calling(n))) - 1
    telling = replace(calling(largest), progress="states")
    assert machine_errors(telling)


def test_no_partition_and_no_region_has_a_longer_name() -> None:
    session = botocore.session.get_session()
    partitions = session.get_available_partitions()
    regions = {
        region
        for partition in partitions
        for region in session.get_available_regions("stepfunctions", partition)
    }
    assert max(map(len, partitions)) <= len(LONGEST_PARTITION)
    assert max(map(len, regions)) <= len(LONGEST_REGION)


def test_the_projects_own_workflows_share_one_policy() -> None:
    assert group_by_policy((NOW, LATER), PREFIX) == [[NOW, LATER]]


def test_an_api_without_workflows_has_no_policy() -> None:
    assert group_by_policy([], PREFIX) == []


@pytest.mark.parametrize(
    ("modes", "policies"),
    [
        (("sync", "async") * 50, 4),
        (("async",) * 149, 7),
        (("sync",) * 299, 7),
        (("sync", "async", "async") * 59 + ("sync",) * 4, 7),
    ],
    ids=["100 workflows", "all asynchronous", "all synchronous", "mixed"],
)
def test_as_many_workflows_as_an_api_holds_fit_into_the_policies_of_a_role(
    modes: Sequence[Mode], policies: int
) -> None:
    workflows = longest(*modes)
    assert not [*require_short_names(workflows, PREFIX), *api_errors(workflows, OPTIONS)]
    shares = group_by_policy(workflows, PREFIX)
    assert len(shares) == policies <= POLICIES_OF_A_ROLE
    assert [workflow for share in shares for workflow in share] == workflows
    arns = longest_targets(workflows, PREFIX).state_machine_arns
    for share in shares:
        text = policy_text(api_policy(arns, share))
        assert len(text) <= POLICY_CHARACTERS
        assert " " not in text, "AWS counts no white space, and neither is there any"


def test_a_workflow_added_at_the_end_moves_no_other() -> None:
    workflows = longest(*("sync", "async") * 60)
    before = names(group_by_policy(workflows[:1], PREFIX))
    for count in range(2, len(workflows) + 1):
        after = names(group_by_policy(workflows[:count], PREFIX))
        added = [share[: len(known)] for share, known in zip(after, before, strict=False)]
        assert added == before, f"workflow {count} moves others"
        before = after


def test_the_same_workflows_give_the_same_policy_in_any_order() -> None:
    workflows = longest(*("sync", "async") * 5)
    arns = longest_targets(workflows, PREFIX).state_machine_arns
    text = policy_text(api_policy(arns, workflows))
    assert policy_text(api_policy(arns, workflows[::-1])) == text
