"""The command beside routes that lose answers, and do not know at once what they have started."""

import json
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from stepgate.cli.exit_codes import ExitCode
from tests.cli.command import Stepgate
from tests.client.routes import Answer, Do, Fault, Routes, after, half, instead, problem
from tests.local.processes import await_

pytestmark = pytest.mark.proof

UNKNOWN = instead(problem(404, "ExecutionDoesNotExist"))


@pytest.fixture
def routes() -> Generator[Routes]:
    with Routes().serving() as routes:
        yield routes


@pytest.fixture
def stepgate(routes: Routes, tmp_path: Path) -> Stepgate:
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local/outputs.json").write_text(json.dumps(routes.outputs()))
    return Stepgate(tmp_path)


@pytest.mark.parametrize("command", ["status", "watch", "stop"])
def test_an_execution_may_be_so_new_that_its_route_does_not_know_it(
    routes: Routes, stepgate: Stepgate, command: str
) -> None:
    routes.executions["e-1"] = b"{}"
    routes.ended.add("e-1")
    routes.faults = [UNKNOWN, UNKNOWN]
    ended = stepgate.run(command, "later", "e-1")
    assert ended.code == 0
    assert routes.faults == []


@pytest.mark.parametrize(
    "fault",
    [after(None), half, after(problem(504, "INTEGRATION_TIMEOUT"))],
    ids=["none", "half", "504"],
)
@pytest.mark.parametrize("ends_at_once", [False, True])
def test_a_start_whose_answer_is_lost_starts_once(
    routes: Routes, stepgate: Stepgate, fault: Fault, ends_at_once: bool
) -> None:
    routes.ends_at_once = ends_at_once
    routes.faults = [fault, fault]
    ended = stepgate.run("start", "later", '{"a": 1}', "--json")
    assert (ended.code, ended.errors) == (0, "")
    assert [json.loads(ended.output)["execution"]] == [*routes.executions]
    assert len(routes.requests("POST")) == 3


@pytest.mark.parametrize("key", [[], ["--key", "a-key"]])
def test_ctrl_c_tells_the_key_of_what_may_have_been_started(
    routes: Routes, stepgate: Stepgate, key: list[str]
) -> None:
    routes.faults = [routes.slow]
    with stepgate.start("start", "later", *key) as running:
        [name] = await_(lambda: [*routes.executions], "the start")
        ended = running.interrupt()
    assert (ended.code, ended.output) == (ExitCode.INTERRUPTED, "")
    assert ended.errors == (
        "stepgate: interrupted; the execution may have been started: look for it with "
        f"`stepgate status later {name}`, or run this again with --key {name}\n"
    )
    assert not key or key[-1] == name
    assert stepgate.run("start", "later", "--key", name).code == 0
    assert [*routes.executions] == [name]


def test_that_states_cannot_be_read_is_an_object_for_machines(
    routes: Routes, stepgate: Stepgate
) -> None:
    routes.executions["e-1"] = b"{}"
    routes.ended.add("e-1")
    ended = stepgate.run("watch", "later", "e-1", "--json")
    assert ended.code == 0
    told = json.loads(ended.errors)
    assert told.pop("message").startswith("showing only the status, because the states cannot")
    assert told == {"problem": "HistoryUnavailable"}


def started_now(do: Do) -> Answer:
    answer = do()
    return answer._replace(body={**answer.body, "startDate": time.time()})


def test_states_that_cannot_be_read_for_a_moment_are_read_later(
    routes: Routes, stepgate: Stepgate
) -> None:
    routes.executions["e-1"] = b"{}"
    routes.always = started_now
    entered = {
        "id": 1,
        "type": "PassStateEntered",
        "timestamp": 1.5,
        "stateEnteredEventDetails": {"name": "First"},
    }
    with Routes().serving() as aws:
        aws.faults = [instead(Answer(400, {"__type": "ThrottlingException"}))] * 2
        definition = json.dumps({"StartAt": "First", "States": {"First": {"Type": "Succeed"}}})
        # The history, and the definition that the execution has.
        aws.always = instead(Answer(200, {"events": [entered], "definition": definition}))
        with stepgate.start(
            "watch",
            "later",
            "e-1",
            AWS_ACCESS_KEY_ID="AKID",
            AWS_SECRET_ACCESS_KEY="secret",
            AWS_ENDPOINT_URL=aws.url(),
            AWS_MAX_ATTEMPTS="1",
        ) as running:
            running.await_output("entered  First\n")
            routes.ended.add("e-1")
            ended = running.end()
    assert ended.code == 0
    assert "ThrottlingException" in ended.errors
    assert ended.errors.count("\n") == 1
