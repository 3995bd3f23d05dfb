"""What a page asks for and does: lists, data, events, redrive, restart; and other outputs."""

import json
import shlex
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.client.progress_queues import new_queue
from tests.dashboard.conftest import Serve
from tests.dashboard.served import Page, Served, served
from tests.deployed.stacks import Deployed, deploy_beside
from tests.local.processes import await_

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def failed(dashboard: Served) -> dict[str, str]:
    """The query of an execution that has failed."""
    body = json.dumps({"fail": "Conflict", "cause": "It's there."})
    with Page.of(dashboard) as page:
        id_ = dashboard.post("/executions", body, workflow="later").json()["id"]
        record = page.await_record(id_, status="FAILED")
    return {"workflow": "later", "execution": record["execution"]}


def test_a_list_is_filtered_and_continued(dashboard: Served, failed: dict[str, str]) -> None:
    dashboard.get("/execution", **failed)
    found = dashboard.get(
        "/executions", status="FAILED", workflow="later", text=failed["execution"][:8].upper()
    ).json()
    assert [each["execution"] for each in found["executions"]] == [failed["execution"]]
    assert (found["matched"], found["next"]) == (1, None)
    assert dashboard.get("/executions", text="conFLICT", limit="1").json()["executions"]
    assert dashboard.get("/executions", since="yesterday").status_code == 400
    assert dashboard.get("/executions", before="nowhere").status_code == 400


def test_states_have_their_data_and_events(dashboard: Served, failed: dict[str, str]) -> None:
    record = dashboard.get("/execution", **failed).json()
    origin = next(each for each in record["states"] if each["isOrigin"])
    assert origin["hasData"]
    data = dashboard.get("/state", index=str(origin["index"]), **failed).json()
    assert json.loads(data["input"])["fail"] == "Conflict"
    assert data["error"] == "Conflict"
    first = dashboard.get("/history", limit="2", **failed).json()
    assert first["events"][0]["type"] == "ExecutionStarted"
    rest = dashboard.get("/history", after=first["next"], limit="500", **failed).json()
    assert (rest["events"][-1]["type"], rest["next"]) == ("ExecutionFailed", None)
    assert {each["state"] for each in rest["events"]} >= {"Fail"}
    assert dashboard.get("/state", index="99", **failed).status_code == 404
    assert dashboard.get("/state", index="x", **failed).status_code == 400


def test_what_can_be_done_is_said_with_commands(
    dashboard: Served, failed: dict[str, str], outputs: dict[str, Any]
) -> None:
    record = dashboard.get("/execution", **failed).json()
    actions = record["actions"]
    assert (actions["stop"], actions["redrive"], actions["restart"]) == (False, True, True)
    assert outputs["routes"]["later"]["url"] in shlex.split(record["commands"]["curl"])
    history = shlex.split(record["commands"]["history"])
    assert (history[2], history[-2:]) == ("--outputs", [*failed.values()])
    assert record["links"] == {"console": None, "logs": None}  # the emulator has no console


def test_one_is_restarted_and_redriven(dashboard: Served, failed: dict[str, str]) -> None:
    with Page.of(dashboard) as page:
        answer = dashboard.ask("POST", "/restart", params=failed)
        assert answer.status_code == 202
        assert answer.json()["execution"] != failed["execution"]
        assert answer.json()["isNew"]
        page.await_record(answer.json()["id"], status="FAILED", error="Conflict")
        again = dashboard.ask("POST", "/restart", params=failed).json()
        assert again == {**answer.json(), "isNew": False}
        assert dashboard.ask("POST", "/redrive", params=failed).status_code == 202
        page.await_record("/".join(failed.values()), status="FAILED", redrives=1)


def test_a_page_is_not_sent_what_it_knows(dashboard: Served, failed: dict[str, str]) -> None:
    digest = dashboard.get("/execution", **failed).json()["digest"]
    assert dashboard.get("/execution", known=digest, **failed).status_code == 204
    assert dashboard.get("/execution", known="other", **failed).json()["digest"] == digest


def test_a_private_execution_is_read_and_stopped_without_its_route(
    serve: Serve, outputs: dict[str, Any], deployed: Deployed
) -> None:
    """Its route answers its owner only: here it answers nothing."""
    route = outputs["routes"]["later"]
    closed = {**route, "executionUrl": "http://127.0.0.1:9/{execution}"}
    dashboard = serve(routes={**outputs["routes"], "later": closed})
    client = deployed.cloud.client("stepfunctions")
    arn = client.start_execution(
        stateMachineArn=outputs["stateMachineArns"]["later"],
        name="ada_-key",
        input='{"wait": 9}',
    )["executionArn"]
    query = {"workflow": "later", "execution": "ada_-key"}
    record = dashboard.get("/execution", **query).json()
    assert (record["arn"], json.loads(record["input"])) == (arn, {"wait": 9})
    assert dashboard.ask("DELETE", "/execution", params=query).status_code == 202
    await_(lambda: client.describe_execution(executionArn=arn)["status"] == "ABORTED", "its end")


def test_an_event_that_the_workflow_does_not_have_is_refused(
    dashboard: Served, failed: dict[str, str]
) -> None:
    answer = dashboard.ask("POST", "/event", params={**failed, "event": "nope"}, content="{}")
    assert answer.status_code == 404
    assert "nope" in answer.json()["message"]


def test_without_its_flag_the_queue_is_left_to_others(
    outputs: dict[str, Any], deployed: Deployed, tmp_path: Path
) -> None:
    queue = new_queue(deployed.cloud.endpoint)
    queue.send("left", "First", workflow="parts")
    beside = {**outputs, "progressQueueUrl": queue.url}
    with served(tmp_path, beside, 0, {}, options=()) as dashboard, Page.of(dashboard) as page:
        name = httpx.post(outputs["routes"]["later"]["url"], json={}).json()["execution"]
        page.await_record(f"later/{name}", status="SUCCEEDED")
        assert dashboard.get("/record", id="parts/left").status_code == 404
    assert queue.left() == 1


def test_a_stack_without_a_queue_is_shown(serve: Serve, outputs: dict[str, Any]) -> None:
    name = httpx.post(outputs["routes"]["later"]["url"], json={}).json()["execution"]
    with Page.of(serve(progressQueueUrl=None)) as page:
        page.await_record(f"later/{name}", status="SUCCEEDED")


def test_pages_are_shown_outputs_that_have_changed(
    serve: Serve, outputs: dict[str, Any], tmp_path: Path
) -> None:
    with Page.of(serve()) as page:
        routes = {name: each for name, each in outputs["routes"].items() if name != "later"}
        file = tmp_path / ".local/outputs.json"
        file.write_text("half writ")
        file.write_text(json.dumps({**outputs, "routes": routes}))
        await_(lambda: page.names.count("snapshot") == 2, "another snapshot")
        assert "later" not in [each["name"] for each in page.state["workflows"]]


@pytest.fixture(scope="module")
def waiting(deployed: Deployed) -> Deployed:
    names = ["approved", "in-time", "each-approved", "each-apart", "order"]
    return deploy_beside(deployed, "waiting", workflows=names)


def test_what_an_execution_waits_for_is_shown_and_sent(waiting: Deployed, tmp_path: Path) -> None:
    """It was not opened: its history is read because its definition has such a state."""
    started = httpx.post(waiting.url("approved"), json={}).json()["execution"]
    query = {"workflow": "approved", "execution": started}
    with served(tmp_path, waiting.outputs, 0, {}) as dashboard, Page.of(dashboard) as page:
        record = page.await_record(f"approved/{started}", waiting=["approval"])
        assert [each["event"] for each in record["actions"]["events"]] == ["approval"]
        assert record["input"] == "{}", "its history was read before it was opened"
        answer = dashboard.ask(
            "POST", "/event", params={**query, "event": "approval"}, content="{}"
        )
        assert answer.status_code == 202
        page.await_record(f"approved/{started}", status="SUCCEEDED", waiting=[])
        again = dashboard.ask("POST", "/event", params={**query, "event": "approval"}, content="{}")
        assert again.status_code == 409


def test_an_event_is_sent_to_one_item_of_a_map(waiting: Deployed, tmp_path: Path) -> None:
    value = {"items": ["a", "b"]}
    started = httpx.post(waiting.url("each-approved"), json=value).json()["execution"]
    query = {"workflow": "each-approved", "execution": started}
    with served(tmp_path, waiting.outputs, 0, {}) as dashboard:

        def items() -> list[str]:
            events = dashboard.get("/execution", **query).json()["actions"]["events"]
            return sorted(each["item"] for each in events)

        await_(lambda: items() == ["0", "1"], "both items to wait")
        item = items()[0]
        event = {"event": "approval", "item": item}
        answer = dashboard.ask("POST", "/event", params={**query, **event}, content="{}")
        assert answer.status_code == 202, answer.text
        await_(lambda: item not in items(), "the item to go on")
        dashboard.ask("DELETE", "/execution", params=query)
