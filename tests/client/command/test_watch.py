"""An execution is watched: in a terminal, in a pipe, and by a machine."""

import json
import re
from collections.abc import Callable

import httpx
import pytest
from stepgate.command.exits import ExitCode

from tests.client.command.conftest import Start
from tests.client.command.stepgate import Stepgate, screen
from tests.conftest import Deployed

WAIT = {"wait": 2}
STATES = ["What is asked for", "Wait", "Answer"]
SECONDS = r"\d\.\d s"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
COLOUR = re.compile(r"\x1b\[[1-9;]+m")
REDRAWN = "\x1b[2K"


def test_in_a_terminal_it_is_drawn_in_place_and_left_standing(
    stepgate: Stepgate, start: Start
) -> None:
    execution = start(WAIT)
    with stepgate.start("watch", "later", execution, terminal="output errors") as running:
        running.await_output("▸")
        running.await_output("RUNNING 1.")
        during = screen(running.output.text)
        ended = running.end()
    assert (ended.code, ended.errors) == (0, "")
    assert COLOUR.search(ended.output)
    assert REDRAWN in ended.output
    expected = (
        f"later {execution}\n"
        f"✓ What is asked for +{SECONDS}\n"
        f"▸ Wait +{SECONDS}\n"
        f"RUNNING {SECONDS}\n?"
    )
    assert re.fullmatch(expected, "\n".join(during))
    rows = "".join(rf"✓ {state} +{SECONDS}\n" for state in STATES)
    expected = rf'later {execution}\n{rows}SUCCEEDED after {SECONDS}\n{{\n  "wait": 2\n}}\n'
    assert re.fullmatch(expected, "\n".join(screen(ended.output)))


def test_in_a_terminal_without_colours_it_is_drawn_in_place_too(
    stepgate: Stepgate, start: Start
) -> None:
    arguments = ("watch", "later", start({"wait": 1}))
    ended = stepgate.run(*arguments, terminal="output errors", NO_COLOR="1")
    assert REDRAWN in ended.output
    assert not re.search(r"\x1b\[[\d;]*3\dm", ended.output)


def test_in_a_pipe_it_is_a_line_for_each_event_as_it_happens(
    stepgate: Stepgate, start: Start
) -> None:
    with stepgate.start("watch", "later", start(WAIT), FORCE_COLOR="1") as running:
        running.await_output("entered  Wait\n")
        assert "exited   Wait" not in running.output.text
        ended = running.end()
    assert (ended.code, ended.errors) == (0, "")
    events = "".join(
        rf"{TIME}  entered  {state}\n{TIME}  exited   {state}  {SECONDS}\n" for state in STATES
    )
    expected = rf'{events}{TIME}  SUCCEEDED after {SECONDS}: {{"wait": 2}}\n'
    assert re.fullmatch(expected, ended.output)


def test_for_a_machine_it_is_an_object_for_each_event(stepgate: Stepgate, start: Start) -> None:
    execution = start({"wait": 0})
    ended = stepgate.run("watch", "later", execution, "--json", terminal="output")
    assert (ended.code, ended.errors) == (0, "")
    events = [json.loads(line) for line in ended.output.splitlines()]
    assert all(re.fullmatch(TIME, event.pop("time")) for event in events)
    assert all(event.pop("seconds", 0) >= 0 for event in events)
    of = {"workflow": "later", "execution": execution}
    assert events == [
        *(
            {**of, "state": state, "status": status}
            for state in STATES
            for status in ("ENTERED", "EXITED")
        ),
        {**of, "status": "SUCCEEDED", "output": {"wait": 0}},
    ]


@pytest.mark.parametrize("terminal", ["output errors", ""])
def test_a_failure_is_told_and_is_its_exit_code(
    stepgate: Stepgate, start: Start, terminal: str
) -> None:
    execution = start({"fail": "Gone", "cause": "[bold]it's\n\x1b[5mgone"})
    ended = stepgate.run("watch", "later", execution, terminal=terminal)
    assert (ended.code, ended.errors) == (ExitCode.WORKFLOW_FAILED, "")
    lines = screen(ended.output)
    assert re.search(rf"FAILED after {SECONDS}: Gone: \[bold\]it's\\n\\u001b\[5mgone$", lines[-2])
    if terminal:
        assert re.fullmatch(rf"✗ Fail +{SECONDS}", lines[-3])


def test_ctrl_c_ends_the_watching_only(stepgate: Stepgate, start: Start, added: Deployed) -> None:
    execution = start(WAIT)
    with stepgate.start("watch", "later", execution) as running:
        running.await_output("entered  Wait")
        ended = running.interrupt()
    assert ended.code == ExitCode.INTERRUPTED
    assert ended.errors == (
        "stepgate: no longer watching; the execution goes on, and "
        f"`stepgate stop later {execution}` stops it\n"
    )
    assert httpx.get(f"{added.url('later')}/{execution}").json()["status"] == "RUNNING"


@pytest.mark.parametrize("terminal", ["output", ""])
def test_without_credentials_only_the_status_is_watched_and_that_is_told_once(
    changed: Callable[..., Stepgate], start: Start, added: Deployed, terminal: str
) -> None:
    # At this path the emulator answers as at the other one, which tells that it is no AWS.
    url = re.sub(
        "/_aws/execute-api/([^/]+/[^/]+)", r"/restapis/\1/_user_request_", added.url("later")
    )
    route = {"mode": "async", "method": "POST", "url": url, "executionUrl": f"{url}/{{execution}}"}
    stepgate = changed(routes={"later": route})
    ended = stepgate.run("watch", "later", start({"wait": 1}), terminal=terminal)
    assert ended.code == 0
    told = "only the status is watched, for the states cannot be read: "
    if terminal:
        assert ended.errors == ""
        assert "\n".join(screen(ended.output)).count(told) == 1
    else:
        assert ended.errors.startswith(f"stepgate: {told}")
        assert ended.errors.count("\n") == 1
        assert re.fullmatch(rf'{TIME}  SUCCEEDED after {SECONDS}: {{"wait": 1}}\n', ended.output)
