"""Routes that answer when an execution has ended."""

import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

import httpx
import pytest

from stepgate.client.outputs import parse_outputs
from stepgate.client.stack import Stack
from stepgate.http.execution_wait import wait_definition
from stepgate.testing import returns, run
from stepgate.workflow import Values
from tests.deployed.stacks import Deployed, deploy_beside
from tests.deployed.test_contract import problem

NOW = datetime(2026, 1, 1, tzinfo=UTC)
APP = "https://app.example.com"
PROGRAM = f"""
import pulumi
from stepgate import Route, Workflow, request
from stepgate.components import WorkflowApi


def pause(_):
    states = {{
        "Pause": {{"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Done"}},
        "Done": {{"Type": "Pass", "End": True}},
    }}
    return {{"StartAt": "Pause", "TimeoutSeconds": 60, "States": states}}


INPUT = {{"seconds": request.body, "user": request.path("user")}}
api = WorkflowApi(
    "api",
    workflows=[
        Workflow("pause", "async", pause, route=Route(wait=True)),
        Workflow(
            "user", "async", pause,
            route=Route(
                path="/users/{{user}}/pauses",
                execution_path="/pauses/{{execution}}/state",
                input=INPUT,
                wait=True,
            ),
        ),
        Workflow("other", "async", pause),
    ],
    authorization="none",
    allow_public=True,
    cors=["{APP}"],
)
for name, output in api.outputs.items():
    pulumi.export(name, output)
"""


@pytest.fixture(scope="module")
def waiting(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    project = tmp_path_factory.mktemp("waiting")
    (project / "Pulumi.yaml").write_text("name: waiting\nruntime: python\n")
    (project / "Pulumi.local.yaml").write_text("config:\n  aws:region: us-east-1\n")
    (project / "__main__.py").write_text(PROGRAM)
    return deploy_beside(deployed, "waiting", project)


@pytest.fixture(scope="module")
def stack(waiting: Deployed) -> Generator[Stack]:
    with Stack(parse_outputs(waiting.outputs)) as stack:
        yield stack


def start(waiting: Deployed, seconds: int) -> str:
    """The URL of the execution that waits for so many seconds."""
    url = waiting.url("pause")
    answer = httpx.post(url, json={"seconds": seconds})
    return urljoin(url, answer.headers["Location"])


@pytest.mark.proof
def test_the_client_waits_there(stack: Stack) -> None:
    execution = stack.start("user", 2, path={"user": "it's"})
    assert execution.wait_url == f"{execution.url}/wait"
    assert execution.wait(timeout=60) == {"seconds": 2, "user": "it's"}


def wait(url: str, seconds: object) -> httpx.Response:
    return httpx.get(f"{url}/wait", params={"seconds": str(seconds)}, timeout=35)


def test_an_execution_that_has_ended_is_answered_at_once(waiting: Deployed) -> None:
    url = start(waiting, 0)
    first = wait(url, 25)
    assert first.status_code == 303
    assert urljoin(str(first.request.url), first.headers["Location"]) == url
    assert first.json() == {"location": first.headers["Location"]}
    ended = httpx.get(f"{url}/wait", follow_redirects=True, timeout=35)
    assert ended.json()["status"] == "SUCCEEDED"


@pytest.mark.proof
def test_one_that_ends_meanwhile_has_ended_in_the_answer(waiting: Deployed) -> None:
    url = start(waiting, 2)
    answer = wait(url, 25)
    assert answer.status_code == 303
    assert httpx.get(url).json()["status"] == "SUCCEEDED"


@pytest.mark.proof
def test_one_that_does_not_end_is_answered_after_the_seconds(waiting: Deployed) -> None:
    url = start(waiting, 30)
    begun = time.monotonic()
    assert wait(url, 2).status_code == 303
    assert time.monotonic() - begun > 2
    assert httpx.get(url).json()["status"] == "RUNNING"
    httpx.delete(url)


@pytest.mark.parametrize("name", ["unknown", "a b", "a:b", "é", "a%2Fb", 'x"y', "x" * 90])
def test_an_unknown_execution_is_404(waiting: Deployed, name: str) -> None:
    document = problem(wait(f"{waiting.url('pause')}/{name}", 5), 404)
    assert document["error"] == "ExecutionDoesNotExist"


def test_an_execution_of_another_workflow_is_404(waiting: Deployed) -> None:
    other = httpx.post(waiting.url("other"), json={"seconds": 0}).json()["execution"]
    problem(wait(f"{waiting.url('pause')}/{other}", 5), 404)


@pytest.mark.parametrize("seconds", ["0", "26", "1.5", "-1", "", "x", '1, "a": 2', "01", "\u0661"])
def test_other_seconds_are_400(waiting: Deployed, seconds: str) -> None:
    document = problem(wait(f"{waiting.url('pause')}/unknown", seconds), 400)
    assert "1 to 25" in document["detail"]


def test_a_script_of_an_origin_may_follow(waiting: Deployed) -> None:
    url = start(waiting, 0)
    answer = httpx.get(f"{url}/wait", headers={"Origin": APP}, timeout=35)
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    preflight = httpx.options(f"{url}/wait", headers={"Origin": APP})
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Methods"]) == (
        204,
        "GET",
    )


def test_an_execution_path_of_its_own_has_it_too(waiting: Deployed) -> None:
    url = waiting.url("user").format(user="7")
    answer = httpx.post(url, json=0)
    status = urljoin(url, answer.headers["Location"])
    answer = wait(status, 5)
    assert urljoin(str(answer.request.url), answer.headers["Location"]) == status


def test_a_route_that_does_not_say_so_has_none(waiting: Deployed) -> None:
    assert "waitUrl" not in waiting.outputs["routes"]["other"]
    assert wait(f"{waiting.url('other')}/x", 1).status_code == 403
    paths = waiting.outputs["openapi"]["paths"]
    assert [path for path in paths if path.endswith("/wait")] == [
        "/pause/{execution}/wait",
        "/pauses/{execution}/state/wait",
    ]


# It looks at 0, 1, 3, 7 and 15 s and at the end, so one second more may mean one look more. For an
# execution that has been running for 20 s the first pause has 2 s.
@pytest.mark.emulator
@pytest.mark.parametrize(
    ("age", "seconds", "looks"),
    [
        *((0, 1, 2), (0, 2, 3), (0, 3, 3), (0, 4, 4), (0, 7, 4), (0, 8, 5), (0, 15, 5)),
        *((0, 16, 6), (0, 25, 6), (20, 2, 2), (20, 3, 3), (300, 25, 2)),
    ],
)
def test_it_looks_six_times_at_most_with_growing_pauses(age: int, seconds: int, looks: int) -> None:
    begun = (NOW - timedelta(seconds=age)).isoformat()
    result = run(
        wait_definition(Values()),
        {"executionArn": "arn", "seconds": seconds},
        mocks={"Look": returns({"Status": "RUNNING", "StartDate": begun})},
        now=NOW,
    )
    assert (result.status, result.seconds) == ("SUCCEEDED", seconds)
    assert len(result.calls["Look"]) == looks
