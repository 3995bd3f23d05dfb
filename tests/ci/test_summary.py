"""A preview in Markdown."""

import re

import pytest

from stepgate.ci.alerts import Alerts, alerts
from stepgate.ci.changes import Change
from stepgate.ci.summary import MAX_ALERTS, MAX_CHARACTERS, counts, summary
from stepgate.resource_types import RESOURCE_TYPES
from stepgate.resource_types.resource_type import ResourceType
from stepgate.resource_types.sqs import create_queue
from tests.engine import aws

KNOWN = aws.KINDS.keys() & RESOURCE_TYPES.keys()
HOLDS = [token for token, record in RESOURCE_TYPES.items() if record.lost]


def summary_of(changes: list[Change]) -> str:
    return summary("dev", changes, alerts(changes, [], lambda _arn, _profile: 0))


def test_nothing_to_change_is_said_in_a_line() -> None:
    assert summary("dev", [], Alerts()) == "### `dev`: nothing changes\n"


def test_each_change_is_a_row_with_what_differs() -> None:
    changes = [
        Change("created", aws.ROLE, "role"),
        Change("changed", aws.REST_API, "api", ("body", "description")),
    ]
    assert summary_of(changes).splitlines() == [
        "### `dev`: 1 created, 1 changed",
        "",
        "| | Resource | Type | What differs |",
        "| --- | --- | --- | --- |",
        "| created | `role` | `aws:iam:Role` |  |",
        "| changed | `api` | `aws:apigateway:RestApi` | `body`, `description` |",
    ]


@pytest.mark.parametrize("verb", ["replaced", "deleted"])
@pytest.mark.parametrize("type_", HOLDS)
def test_what_is_lost_is_marked_and_told_first(type_: str, verb: str) -> None:
    lines = summary_of([Change(verb, type_, "it")]).splitlines()
    assert lines[2] == "> [!CAUTION]"
    assert re.fullmatch(rf"> - `it \(aws:\w+:\w+\) is {verb}: .+ are lost`", lines[4])
    assert lines[-1].startswith(f"| **dangerous**, {verb} | `it` |")


def test_nothing_else_is_dangerous() -> None:
    kept = [Change(verb, type_, "it") for verb in ("created", "changed") for type_ in HOLDS]
    others = [Change("replaced", type_, "it") for type_ in KNOWN if type_ not in HOLDS]
    assert alerts([*kept, *others], [], lambda _arn, _profile: 0) == Alerts()
    assert counts([*kept, *others]) == (
        f"{len(HOLDS)} created, {len(HOLDS)} changed, {len(others)} replaced"
    )


def test_running_executions_are_told_like_other_dangers() -> None:
    changes = [Change("changed", aws.ROLE_POLICY, "bill-policy", ("policy",))]
    line = "bill: 1 running execution would lose lambda:InvokeFunction on bill:1"
    assert summary("dev", changes, Alerts(running=(line,))).splitlines()[2:6] == [
        "> [!CAUTION]",
        "> **Dangerous.** `up` refuses this without `--allow-replace`.",
        f"> - `{line}`",
        "",
    ]


def test_what_was_rolled_back_is_told_although_nothing_changes() -> None:
    text = summary("dev", [], Alerts(notes=("bill is rolled back", "ship is")))
    assert text.splitlines() == [
        "### `dev`: nothing changes",
        "",
        "> [!NOTE]",
        "> - `bill is rolled back`",
        "> - `ship is`",
    ]


def test_a_summary_fits_into_a_comment() -> None:
    changes = [Change("created", aws.ROLE, f"role-{number}") for number in range(5_000)]
    text = summary_of(changes)
    assert len(text) < MAX_CHARACTERS + 100
    shown = text.count("| created |")
    assert text.endswith(f"\n\nand {5_000 - shown} more\n")


def test_the_first_alerts_of_each_kind_are_shown_and_the_others_counted() -> None:
    lines = tuple(f"bill-{number}" for number in range(MAX_ALERTS + 12))
    text = summary("dev", [], Alerts(lost=lines, doubtful=lines, notes=lines)).splitlines()
    assert text.count("> - and 12 more") == 3
    assert text.count(f"> - `bill-{MAX_ALERTS - 1}`") == 3
    assert f"> - `bill-{MAX_ALERTS}`" not in text


@pytest.mark.parametrize("local", [False, True], ids=["no record", "a record to create it by"])
def test_a_type_that_ci_does_not_know_is_reported(
    monkeypatch: pytest.MonkeyPatch, local: bool
) -> None:
    cluster = "aws:rds/cluster:Cluster"
    if local:
        monkeypatch.setitem(RESOURCE_TYPES, cluster, ResourceType(cluster, create=create_queue))
    changes = [
        Change("created", cluster, "new"),
        Change("replaced", cluster, "orders", ("engine",)),
    ]
    lines = summary_of(changes).splitlines()
    assert lines[2] == "> [!WARNING]"
    assert lines[4] == (
        "> - `orders (aws:rds:Cluster) is replaced: "
        "stepgate does not know what is lost with this type`"
    )
    assert lines[-1] == "| replaced | `orders` | `aws:rds:Cluster` | `engine` |"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        pytest.param("a|b", "`a|b`", id="a cell's border"),
        pytest.param("a`b``c", "``` a`b``c ```", id="backticks"),
        pytest.param("`a`", "`` `a` ``", id="backticks at both ends"),
        pytest.param("<img src=x>", "`<img src=x>`", id="HTML"),
        pytest.param("@octocat #1 :tada:", "`@octocat #1 :tada:`", id="what GitHub expands"),
        pytest.param("a\n| b\r\n# c", "`a | b # c`", id="lines"),
        pytest.param("[a](https://b) **c**", "`[a](https://b) **c**`", id="links and emphasis"),
    ],
)
def test_a_name_is_shown_as_it_is(name: str, code: str) -> None:
    cell = code.replace("|", r"\|")
    changes = [Change("changed", aws.ROLE, name, (name,)), Change("deleted", aws.QUEUE, name)]
    title, _, _, _, danger, *_, head, rule, changed, deleted = summary_of(changes).splitlines()
    assert title == "### `dev`: 1 changed, 1 deleted"
    fence = "`" * (len(code) - len(code.lstrip("`")))
    assert danger.startswith(f"> - {fence}")
    assert danger.endswith(fence)
    assert (head.count("|"), rule) == (5, "| --- | --- | --- | --- |")
    assert deleted.startswith(f"| **dangerous**, deleted | {cell} | ")
    assert changed == f"| changed | {cell} | `aws:iam:Role` | {cell} |"
    assert summary(name, [], Alerts()) == f"### {code}: nothing changes\n"
