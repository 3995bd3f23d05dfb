"""An execution is watched: in a terminal, in a pipe, and by a machine."""

import json
import re
from collections.abc import Callable

import httpx
import pytest

from stepgate.cli.exit_codes import ExitCode
from tests.cli.command import Stepgate, screen
from tests.cli.conftest import Start
from tests.deployed.stacks import Deployed
from tests.local.processes import await_

pytestmark = pytest.mark.proof

STATES = ["What is asked for", "Wait", "Answer"]
SECONDS = r"\d+(?:\.\d s| ms)"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def watch(url: str) -> list[str]:
    """Arguments that watch the execution at this URL."""
    return ["watch", *url.split("/")[-2:]]


def test_in_a_terminal_a_running_execution_is_drawn_in_place(
    stepgate: Stepgate, delayed: str
) -> None:
    title = " ".join(watch(delayed)[1:])
    with stepgate.start(*watch(delayed), terminal="output errors") as running:
        running.await_output("RUNNING")
        drawings = running.output.text.count("RUNNING")
        await_(lambda: running.output.text.count("RUNNING") > drawings, "another drawing")
        httpx.delete(delayed)
        ended = running.end()
    during = "\n".join(screen(ended.output.rpartition("RUNNING")[0]))
    assert re.fullmatch(rf"{title}\n▸ Delay {SECONDS}\n", during)
    after = "\n".join(screen(ended.output))
    assert re.fullmatch(rf"{title}\n■ Delay {SECONDS}\nABORTED after {SECONDS}\n", after)
    assert (ended.code, ended.errors) == (ExitCode.FAILED, "")


def test_in_a_terminal_the_last_picture_is_left_standing(stepgate: Stepgate, start: Start) -> None:
    execution = start({"wait": 1})
    ended = stepgate.run("watch", "later", execution, terminal="output errors")
    assert (ended.code, ended.errors) == (0, "")
    rows = "".join(rf"✓ {state} +{SECONDS}\n" for state in STATES)
    expected = rf'later {execution}\n{rows}SUCCEEDED after {SECONDS}\n{{\n  "wait": 1\n}}\n'
    assert re.fullmatch(expected, "\n".join(screen(ended.output)))


def test_in_a_pipe_an_event_is_a_line_as_soon_as_it_happens(
    stepgate: Stepgate, delayed: str
) -> None:
    with stepgate.start(*watch(delayed)) as running:
        running.await_output("  entered  Delay\n")
        httpx.delete(delayed)
        ended = running.end()
    expected = rf"{TIME}  entered  Delay\n{TIME}  ABORTED after {SECONDS}\n"
    assert re.fullmatch(expected, ended.output)
    assert (ended.code, ended.errors) == (ExitCode.FAILED, "")


def test_in_a_pipe_the_last_line_is_the_output(stepgate: Stepgate, start: Start) -> None:
    ended = stepgate.run("watch", "later", start({"wait": 0}), FORCE_COLOR="1")
    assert (ended.code, ended.errors) == (0, "")
    events = "".join(
        rf"{TIME}  entered  {state}\n{TIME}  exited   {state}  {SECONDS}\n" for state in STATES
    )
    expected = rf'{events}{TIME}  SUCCEEDED after {SECONDS}: {{"wait": 0}}\n'
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
    execution = start({"fail": "Conflict", "cause": "[bold]it's\n\x1b[5mgone"})
    ended = stepgate.run("watch", "later", execution, terminal=terminal)
    assert (ended.code, ended.errors) == (ExitCode.FAILED, "")
    lines = screen(ended.output)
    expected = rf"FAILED after {SECONDS}: Conflict: \[bold\]it's\\n\\u001b\[5mgone$"
    assert re.search(expected, lines[-2])
    if terminal:
        assert re.fullmatch(rf"✗ Fail +{SECONDS}", lines[-3])
    else:
        cause = r"Conflict: \[bold\]it's\\n\\u001b\[5mgone"
        assert re.fullmatch(rf"{TIME}  failed   Fail  {SECONDS}: {cause}", lines[-3])


@pytest.mark.parametrize("terminal", ["output errors", ""])
def test_ctrl_c_ends_the_watching_only(stepgate: Stepgate, delayed: str, terminal: str) -> None:
    with stepgate.start(*watch(delayed), terminal=terminal) as running:
        running.await_output("Delay")
        ended = running.interrupt()
    assert ended.code == ExitCode.INTERRUPTED
    assert screen(ended.errors) == [
        "stepgate: no longer watching; the execution continues; stop it with "
        f"`stepgate stop {' '.join(watch(delayed)[1:])}`",
        "",
    ]
    assert ended.output.endswith("\x1b[?25h" if terminal else "  entered  Delay\n"), "no cursor"
    assert httpx.get(delayed).json()["status"] == "RUNNING"


@pytest.mark.parametrize("terminal", ["output", ""])
def test_without_credentials_only_the_status_is_watched_and_that_is_told_once(
    changed: Callable[..., Stepgate], start: Start, deployed: Deployed, terminal: str
) -> None:
    # At this path the emulator answers as at the other one, which tells that it is no AWS.
    url = re.sub(
        "/_aws/execute-api/([^/]+/[^/]+)", r"/restapis/\1/_user_request_", deployed.url("later")
    )
    route = {"mode": "async", "method": "POST", "url": url, "executionUrl": f"{url}/{{execution}}"}
    stepgate = changed(routes={"later": route})
    ended = stepgate.run("watch", "later", start({"wait": 1}), terminal=terminal)
    assert ended.code == 0
    told = "showing only the status, because the states cannot be read: "
    if terminal:
        assert ended.errors == ""
        assert "\n".join(screen(ended.output)).count(told) == 1
    else:
        assert ended.errors.startswith(f"stepgate: {told}")
        assert ended.errors.count("\n") == 1
        assert re.fullmatch(rf'{TIME}  SUCCEEDED after {SECONDS}: {{"wait": 1}}\n', ended.output)
