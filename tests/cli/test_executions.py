"""Executions are listed, and their histories are printed, for a person and for machines."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import typer

from stepgate.cli.execution_list import list_rows, list_summary
from stepgate.cli.history import timeline
from stepgate.cli.times import parse_time
from stepgate.client.executions import ExecutionList, ExecutionSummary
from stepgate.client.visited_state import Around, VisitedState
from tests.cli.command import COLUMNS, Stepgate
from tests.cli.conftest import Start
from tests.deployed.stacks import Deployed
from tests.local.processes import await_

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)


def ago(**passed: float) -> datetime:
    return NOW - timedelta(**passed)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("90s", ago(seconds=90)),
        ("30m", ago(minutes=30)),
        ("2h", ago(hours=2)),
        ("7d", ago(days=7)),
        ("2026-11-30T07:00Z", ago(hours=1)),
        ("2026-11-30T09:00+02:00", ago(hours=1)),
    ],
)
def test_an_age_or_a_time_says_since_when(text: str, time: datetime) -> None:
    assert parse_time(text, NOW) == time


@pytest.mark.parametrize(
    "text", ["", "2", "h", "-1h", "1.5h", "yesterday", "9" * 20 + "d", "30000d", "1969-01-01"]
)
def test_another_text_is_no_time(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a time: use an age such as 30m"):
        parse_time(text, NOW)


def test_a_person_sees_ages_and_a_pipe_gets_times() -> None:
    ended = ExecutionSummary(
        "pay", "a", "arn:a", "FAILED", ago(minutes=5), ago(minutes=4), version=7, error="Gone"
    )
    running = ExecutionSummary("pay", "b", "arn:b", "RUNNING", ago(seconds=3), None)
    lost = ExecutionSummary("pay", "c", "arn:c", "UNKNOWN", ago(hours=3), None)
    found = ExecutionList((running, ended, lost), has_more=True, searched=9)
    _, *rows = list_rows(found, NOW, is_relative=True)
    assert [row[2:] for row in rows] == [
        ("", "RUNNING", "3.0 s ago", "3.0 s", ""),
        ("7", "FAILED", "5 min 00 s ago", "1 min 00 s", "Gone"),
        ("", "UNKNOWN", "3 h 00 min ago", "", ""),
    ]
    assert list_rows(found, NOW, is_relative=False)[2][4] == "2026-11-30T07:55:00.000Z"
    assert list_summary(found, "Gone") == (
        "3 of 9 executions have failed with Gone; there are more: use --since, or a larger --limit"
    )
    assert not list_summary(ExecutionList((), has_more=False, searched=0), None)


def test_bars_of_a_timeline_have_one_scale() -> None:
    inside = (Around("Each", 1, "item"),)
    states = [
        VisitedState("Each", NOW, None, NOW + timedelta(seconds=10), status="FAILED"),
        VisitedState("Part", NOW + timedelta(seconds=5), None, None, around=inside),
    ]
    first, second = str(timeline_text(states, NOW + timedelta(seconds=10))).splitlines()
    assert first == f"Each          {'█' * 20}      10.0 s"
    assert second == f"Each[1].Part  {' ' * 10}{'█' * 10}       5.0 s"


def timeline_text(states: list[VisitedState], now: datetime) -> str:
    return "\n".join(map(str, timeline(states, now, 20 + 14 + len("Each[1].Part")).renderables))


def printed(stepgate: Stepgate, *arguments: str) -> Any:
    ended = stepgate.run(*arguments, "--json")
    assert (ended.code, ended.errors) == (0, "")
    return json.loads(ended.output)


@pytest.mark.proof
def test_failed_executions_are_found_by_their_error_and_looked_into(
    stepgate: Stepgate, start: Start, deployed: Deployed
) -> None:
    name = start({"fail": "Lost", "cause": "It is."})
    call = httpx.post(deployed.url("now"), json={"fail": "Lost", "cause": "x"}).json()["execution"]

    def found() -> Any:
        document = printed(stepgate, "list", "--since", "10m", "--error", "Lost")
        names = {each["execution"] for each in document["executions"]}
        return document if {name, call} <= names else None

    document = await_(found, "both executions in the list")
    assert document["searched"] >= 2
    assert {each["error"] for each in document["executions"]} == {"Lost"}
    versions = {each["execution"]: each.get("version") for each in document["executions"]}
    assert (versions[name], versions[call]) == (1, None)
    history = printed(stepgate, "history", "later", name)
    assert history["status"] == "FAILED"
    assert [(each["state"], each["status"]) for each in history["states"]] == [
        ("What is asked for", "SUCCEEDED"),
        ("Fail", "FAILED"),
    ]
    assert history["states"][0]["input"] == {"fail": "Lost", "cause": "It is."}
    assert history["states"][1]["origin"]
    table = stepgate.run("history", "now", call)
    assert (table.code, table.errors) == (0, "")
    assert re.search(r"^Fail +FAILED .* Lost: x$", table.output, re.MULTILINE)
    drawn = stepgate.run("history", "later", name, "--timeline", terminal="output")
    assert re.search("Fail .*█", drawn.output)
    assert max(map(len, drawn.output.splitlines())) < COLUMNS + 20  # with colours
    status = printed(stepgate, "status", "now", call)
    assert (status["status"], status["error"]) == ("FAILED", "Lost")


@pytest.mark.proof
def test_what_is_not_recorded_proves_nothing(stepgate: Stepgate) -> None:
    for arguments in (("status", "now", "none"), ("history", "later", "none")):
        ended = stepgate.run(*arguments)
        assert (ended.code, ended.output) == (4, "")
        assert "nothing is recorded of execution none" in ended.errors
        assert "does not prove that it did not run" in ended.errors


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("list --since soon", "'--since': 'soon' is not a time: use an age such as 30m"),
        ("status now a --until 5", "'--until': '5' is not a time"),
        ("status later a --since 2h", "later is asynchronous, and its executions are found by"),
        ("history later a --until 2h", "later is asynchronous, and its executions are found by"),
    ],
)
@pytest.mark.proof
def test_a_time_that_selects_nothing_is_refused(
    stepgate: Stepgate, arguments: str, said: str
) -> None:
    ended = stepgate.run(*arguments.split())
    assert (ended.code, ended.output) == (2, "")
    assert said in ended.errors
    assert ended.errors.count("\n") == 1


@pytest.mark.proof
def test_a_call_is_looked_for_between_two_times(stepgate: Stepgate, deployed: Deployed) -> None:
    call = httpx.post(deployed.url("now"), json={"fail": "Old", "cause": "x"}).json()["execution"]

    def found(*times: str) -> bool:
        return stepgate.run("status", "now", call, *times).code == 0

    await_(lambda: found("--since", "10m", "--until", "0s"), "the call in the log")
    assert not found("--since", "3h", "--until", "2h")
