"""The dashboard as it is served: what it shows, starts and stops, and whom it answers."""

import json
import re
import signal
import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from stepgate.dashboard.access import read_secret
from stepgate.dashboard.app import MAX_INPUT_BYTES
from stepgate.dashboard.security import HEADERS
from tests.cli.command import Stepgate
from tests.client.progress_queues import Sent, new_queue
from tests.dashboard.conftest import Serve
from tests.dashboard.served import JSON, Page, Served, path_of
from tests.deployed.stacks import Deployed, deploy_beside
from tests.local.processes import await_

pytestmark = pytest.mark.proof

# What it shows


def time_of(number: int) -> str:
    """Of a message. Its execution is made up: that Step Functions does not know it counts only
    some time after its start.
    """
    return (datetime.now(UTC) + timedelta(hours=1, seconds=number)).isoformat()


def test_many_pages_share_the_reader_and_a_late_one_sees_what_went_before(
    dashboard: Served, queue: Sent
) -> None:
    name = uuid.uuid4().hex
    id_ = f"parts/{name}"
    with Page.of(dashboard) as first, Page.of(dashboard) as second:
        queue.send(name, "First", workflow="parts", time=time_of(0))
        queue.send(name, "Each", workflow="parts", time=time_of(1))
        assert first.await_record(id_, current=["Each"]) == second.await_record(
            id_, current=["Each"]
        )
        with Page.of(dashboard) as late:
            record = late.await_record(id_)
            assert (path_of(record), record["taken"]) == (["First", "Each"], [["First", "Each"]])
            queue.send(name, "Last", workflow="parts", time=time_of(2))
            queue.send(name, None, workflow="parts", time=time_of(3))
            for page in (first, second, late):
                page.await_record(id_, status="SUCCEEDED", current=[])
    assert queue.left() == 0


def test_a_queue_that_is_gone_is_told(serve: Serve, queue: Sent) -> None:
    with Page.of(serve(progressQueueUrl=queue.url.replace(".fifo", "-gone.fifo"))) as page:
        await_(lambda: page.state["problems"]["queue"], "a problem")
        assert "-gone.fifo" in page.state["problems"]["queue"]


def test_workflows_come_with_an_example_and_a_diagram(dashboard: Served) -> None:
    with Page.of(dashboard) as page:
        later = next(each for each in page.state["workflows"] if each["name"] == "later")
    assert (later["mode"], json.loads(later["example"])) == ("async", {})
    assert later["schema"]["properties"]["wait"]["type"] == "integer"
    diagram = dashboard.client.get(later["diagram"])
    assert diagram.headers["content-type"] == "image/svg+xml"
    assert 'data-state="What is asked for"' in diagram.text


def test_a_workflow_of_which_the_stack_tells_no_definition_has_no_diagram(serve: Serve) -> None:
    dashboard = serve(definitions={})
    with Page.of(dashboard) as page:
        assert {each["diagram"] for each in page.state["workflows"]} == {None}
    assert dashboard.get("/diagram", workflow="later").status_code == 404


# What it starts, looks at and stops


def test_an_execution_is_started_and_followed_to_its_end(dashboard: Served) -> None:
    with Page.of(dashboard) as page:
        answer = dashboard.post("/executions", '{"wait": 1}', workflow="later")
        assert answer.status_code == 202
        record = page.await_record(answer.json()["id"], status="SUCCEEDED")
    assert json.loads(record["input"]) == json.loads(record["output"]) == {"wait": 1}
    # No message tells of it: its states are those of its history.
    assert path_of(record) == ["What is asked for", "Wait", "Answer"]
    assert record["source"] == "history"
    assert {each["status"] for each in record["states"]} == {"SUCCEEDED"}
    assert record["taken"][-1] == ["Answer", ""]


def test_one_that_fails_says_with_what(dashboard: Served) -> None:
    body = json.dumps({"fail": "Conflict", "cause": "It's there."})
    with Page.of(dashboard) as page:
        id_ = dashboard.post("/executions", body, workflow="later").json()["id"]
        record = page.await_record(id_, status="FAILED")
    assert (record["error"], record["cause"]) == ("Conflict", "It's there.")
    origin = next(each for each in record["states"] if each["isOrigin"])
    assert (origin["name"], origin["status"], origin["error"]) == ("Fail", "FAILED", "Conflict")


def test_a_call_shows_its_output_and_what_its_log_has(dashboard: Served) -> None:
    with Page.of(dashboard) as page:
        answer = dashboard.post("/executions", '{"a": "ä"}', workflow="now").json()
        query = {"workflow": "now", "execution": answer["execution"]}
        page.await_record(answer["id"], status="SUCCEEDED")
        await_(lambda: dashboard.get("/execution", **query).json()["source"] == "log", "its log")
        record = dashboard.get("/execution", **query).json()
        assert json.loads(record["output"]) == {"a": "ä"}
        assert record["states"]
        events = dashboard.get("/history", **query).json()["events"]
        assert (events[0]["type"], events[-1]["type"]) == ("ExecutionStarted", "ExecutionSucceeded")
        same = dashboard.get("/executions", workflow="now", text=answer["execution"]).json()
        assert same["matched"] == 1, "the call and its log are one execution"


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ('{"fail": "NotFound", "cause": "No."}', "FAILED", "NotFound"),
        ('{"fail": "Odd", "cause": "No."}', "FAILED", "Odd"),
        ('{"wait": 5}', "TIMED_OUT", None),
    ],
)
def test_a_call_that_fails_says_with_what(
    dashboard: Served, body: str, status: str, error: str | None
) -> None:
    with Page.of(dashboard) as page:
        id_ = dashboard.post("/executions", body, workflow="now").json()["id"]
        record = page.await_record(id_, status=status)
    assert record["error"] == error
    assert record["execution"]


def test_what_cannot_be_called_says_why(serve: Serve, outputs: dict[str, Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    wrong = {"mode": "sync", "method": "POST", "url": f"http://127.0.0.1:{port}/"}
    dashboard = serve(routes={**outputs["routes"], "now": wrong})
    with Page.of(dashboard) as page:
        id_ = dashboard.post("/executions", "{}", workflow="now").json()["id"]
        record = page.await_record(id_, status="FAILED")
    assert f"127.0.0.1:{port}" in record["problem"]


def test_one_is_stopped(dashboard: Served) -> None:
    with Page.of(dashboard) as page:
        id_ = dashboard.post("/executions", '{"wait": 9}', workflow="later").json()["id"]
        name = page.await_record(id_, status="RUNNING")["execution"]
        query = {"workflow": "later", "execution": name}
        assert dashboard.ask("DELETE", "/execution", params=query).status_code == 202
        page.await_record(id_, status="ABORTED")


def test_after_a_restart_what_has_run_is_shown_with_its_error(
    serve: Serve, deployed: Deployed
) -> None:
    """Executions that send no messages, too."""
    outputs = deploy_beside(deployed, "restarted", workflows=["later", "approved", "order"]).outputs
    later, approved = (outputs["routes"][name]["url"] for name in ("later", "approved"))
    failing = {"fail": "Conflict", "cause": "It's there."}
    failed = httpx.post(later, json=failing).json()["execution"]
    running = httpx.post(approved, json={}).json()["execution"]
    with Page.of(serve(**outputs)) as page:
        record = page.await_record(f"later/{failed}", status="FAILED", error="Conflict")
        page.await_record(f"approved/{running}", status="RUNNING")
        httpx.delete(f"{approved}/{running}")
        page.await_record(f"approved/{running}", status="ABORTED")
    assert path_of(record) == ["What is asked for", "Fail"]
    assert record["cause"] == "It's there."


def test_an_execution_that_no_message_told_of_can_be_looked_at(
    dashboard: Served, added_execution: str
) -> None:
    with Page.of(dashboard) as page:
        answer = dashboard.get("/execution", workflow="later", execution=added_execution)
        record = page.await_record(f"later/{added_execution}", status="SUCCEEDED")
    assert answer.json() == record
    assert path_of(record) == ["What is asked for", "Answer"]


def test_one_that_is_looked_at_while_it_runs_is_followed_to_its_end(
    dashboard: Served, outputs: dict[str, Any]
) -> None:
    """As after a restart, when pages ask for those that they knew."""
    name = httpx.post(outputs["routes"]["later"]["url"], json={"wait": 4}).json()["execution"]
    with Page.of(dashboard) as page:
        answer = dashboard.get("/execution", workflow="later", execution=name)
        assert answer.json()["status"] == "RUNNING"
        record = page.await_record(f"later/{name}", status="SUCCEEDED")
    assert path_of(record) == ["What is asked for", "Wait", "Answer"]


@pytest.fixture
def added_execution(outputs: dict[str, Any]) -> str:
    """One that has ended."""
    url = outputs["routes"]["later"]["url"]
    name = httpx.post(url, json={}).json()["execution"]
    await_(lambda: httpx.get(f"{url}/{name}").json()["status"] == "SUCCEEDED", "its end")
    return name


@pytest.mark.parametrize(
    ("method", "query", "status", "said"),
    [
        ("GET", {"workflow": "later", "execution": "none"}, 404, "does not exist"),
        ("GET", {"workflow": "later", "execution": "a/../b"}, 400, "'a/../b'"),
        ("GET", {"workflow": "nope", "execution": "none"}, 404, "'nope'"),
        ("GET", {"workflow": "later"}, 400, "execution"),
        ("DELETE", {"workflow": "later", "execution": "none"}, 404, "does not exist"),
    ],
)
def test_what_is_not_there_is_told_in_a_line(
    dashboard: Served, method: str, query: dict[str, str], status: int, said: str
) -> None:
    answer = dashboard.ask(method, "/execution", params=query)
    assert answer.status_code == status
    assert said in answer.json()["message"]


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ("{}", None, None),
        ('{"wait": "long"}', "wait", "wait is invalid: 'long' is not of type 'integer'"),
        ('{"wait": 1,}', "", "line 1 column 12"),
        ('{"wait": 1, "wait": 2}', "", "'wait' appears twice"),
        ("[" * 100_000, "", "JSON"),
        ("", "", "JSON"),
        ("ä".encode("latin-1"), "", "JSON"),
    ],
)
def test_an_input_is_checked_before_it_is_sent(
    dashboard: Served, body: str, field: str | None, said: str | None
) -> None:
    problem = dashboard.post("/check", body, workflow="later").json()["problem"]
    assert problem == (None if field is None else {"field": field, "message": problem["message"]})
    assert said is None or said in problem["message"]
    if field is not None:
        refused = dashboard.post("/executions", body, workflow="later")
        assert refused.status_code == 400
        assert said in refused.json()["message"]


def test_an_input_that_is_too_large_is_refused(dashboard: Served) -> None:
    answer = dashboard.post("/check", " " * MAX_INPUT_BYTES + "{}", workflow="later")
    assert answer.status_code == 413
    assert "262,144" in answer.json()["message"]


def test_one_that_is_gone_is_given_up(serve: Serve, outputs: dict[str, Any]) -> None:
    """As after the stack was made anew."""
    later = outputs["routes"]["later"]
    gone = later["executionUrl"].replace("{execution}", "gone-{execution}")
    dashboard = serve(
        routes={**outputs["routes"], "later": {**later, "executionUrl": gone}},
        stateMachineArns={},  # so that no list has it
    )
    with Page.of(dashboard) as page:
        id_ = dashboard.post("/executions", "{}", workflow="later").json()["id"]
        record = page.await_record(id_, status="UNKNOWN")
    assert record["stopped"]
    assert record["problem"].startswith("This execution does not exist")


# Whom it answers


POLICY = (
    r"default-src 'none'; script-src 'self'; style-src 'self' 'sha256-[A-Za-z0-9+/]{43}='; "
    r"img-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    r"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types stepgate"
)


def test_every_answer_says_what_a_page_may_do(dashboard: Served) -> None:
    with dashboard.client.stream("GET", "/events") as events:
        answers = [
            events,
            dashboard.get("/"),
            dashboard.get("/page/index.html"),
            dashboard.get("/nowhere"),
            dashboard.get("/diagram", workflow="later"),
            dashboard.ask("POST", "/check"),
            dashboard.client.get("/", headers={"Host": "example.com"}),
            dashboard.client.head("/events"),
            dashboard.client.get("/check"),
        ]
    for answer in answers:
        assert {**answer.headers}.items() >= {k.lower(): v for k, v in HEADERS.items()}.items()
        assert re.fullmatch(POLICY, answer.headers["content-security-policy"])
        assert "server" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers


def test_another_method_is_told_which_there_are(dashboard: Served) -> None:
    answer = dashboard.client.get("/check")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:9000"])
def test_hosts_of_this_machine_are_answered(dashboard: Served, host: str) -> None:
    assert dashboard.client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "127.0.0.1.example.com",
        "localhost.",
        "[::1",
        "",
        "a@127.0.0.1",
        "127.0.0.1:x",
    ],
)
def test_another_host_is_refused(dashboard: Served, host: str) -> None:
    answer = dashboard.client.get("/", headers={"Host": host})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "origin", [None, "null", "https://example.com", "http://127.0.0.1:1", "http://localhost"]
)
def test_only_its_own_pages_may_change_something(dashboard: Served, origin: str | None) -> None:
    headers = {"Content-Type": "application/json"} | ({"Origin": origin} if origin else {})
    answers = [
        dashboard.client.post("/executions?workflow=now", content="{}", headers=headers),
        dashboard.client.delete("/execution?workflow=later&execution=x", headers=headers),
    ]
    assert [answer.status_code for answer in answers] == [403, 403]


def test_a_page_from_elsewhere_may_not_read_either(dashboard: Served) -> None:
    headers = {"Origin": "https://example.com"}
    assert dashboard.client.get("/events", headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["/", "/events", "/page/dashboard.js", "/diagram?workflow=later"])
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_browser_says_that_a_request_is_of_another_page(
    dashboard: Served, site: str, path: str
) -> None:
    answer = dashboard.client.get(path, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403
    assert "address bar" in answer.json()["message"]


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_its_own_page_and_the_address_bar_are_answered(dashboard: Served, site: str) -> None:
    assert dashboard.client.get("/", headers={"Sec-Fetch-Site": site}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/?token=other"),
        ("GET", "/page/dashboard.js"),
        ("GET", "/events"),
        ("GET", "/diagram?workflow=later"),
        ("GET", "/execution?workflow=later&execution=e"),
        ("POST", "/check?workflow=later"),
        ("POST", "/executions?workflow=later"),
        ("DELETE", "/execution?workflow=later&execution=e"),
    ],
)
@pytest.mark.parametrize("cookie", [None, "other", "ä"])
def test_another_user_of_the_machine_is_refused(
    dashboard: Served, method: str, path: str, cookie: str | None
) -> None:
    (name,) = dashboard.client.cookies
    headers = {**JSON, "Origin": dashboard.url, "Cookie": f"{name}={cookie}" if cookie else ""}
    request = httpx.Request(
        method,
        f"{dashboard.url}{path}",
        headers=[(key.encode(), value.encode()) for key, value in headers.items()],
        content="{}",
    )
    with httpx.Client() as stranger:
        answer = stranger.send(request)
    assert answer.status_code == 403
    assert "open the address that `stepgate dashboard` has printed" in answer.text


def test_the_token_is_exchanged_for_a_cookie_that_scripts_do_not_see(dashboard: Served) -> None:
    answer = httpx.get(dashboard.printed)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    port = urlsplit(dashboard.url).port
    value = dashboard.client.cookies[f"stepgate-{port}"]
    said = f"stepgate-{port}={value}; HttpOnly; Path=/; SameSite=strict"
    assert answer.headers["set-cookie"] == said


def test_a_client_that_hangs_up_leaves_no_traceback(serve: Serve) -> None:
    dashboard = serve()
    address = urlsplit(dashboard.url)
    (cookie,) = (f"{name}={value}" for name, value in dashboard.client.cookies.items())
    head = (
        f"POST /check?workflow=later HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {cookie}\r\n"
        f"Origin: {dashboard.url}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    )
    for sent in (head, head + "{", "GET /events HTTP/1.1\r\n"):
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(sent.encode())
    assert dashboard.post("/check", "{", workflow="later").json()["problem"]
    ended = dashboard.running.interrupt()
    assert "Traceback" not in ended.errors
    assert len(ended.errors.splitlines()) == 1


def test_the_secret_of_the_cookies_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "cache" / "secret"
    secret = read_secret(file)
    assert (len(secret), file.stat().st_mode & 0o777) == (32, 0o600)
    assert read_secret(file) == secret
    assert [*file.parent.iterdir()] == [file]


def test_a_cache_that_cannot_be_used_is_one_line(outputs: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "outputs.json").write_text(json.dumps(outputs))
    arguments = ["dashboard", "--outputs", "outputs.json"]
    ended = Stepgate(tmp_path).run(*arguments, STEPGATE_CACHE=str(tmp_path / "file"))
    assert ended.code == 2
    assert "set STEPGATE_CACHE to a folder of your own" in " ".join(ended.errors.split())


def test_a_form_from_elsewhere_is_no_json(dashboard: Served) -> None:
    headers = {"Content-Type": "text/plain"}
    answer = dashboard.ask("POST", "/check?workflow=now", content="{}", headers=headers)
    assert answer.status_code == 415


def test_it_listens_on_this_machine_only(dashboard: Served) -> None:
    port = urlsplit(dashboard.url).port
    assert port
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)}
    for address in {*others, "::1", "127.0.0.2"} - {"127.0.0.1"}:
        with pytest.raises(OSError):  # noqa: PT011 whichever the address gives
            socket.create_connection((str(address), port), timeout=2)


def test_credentials_never_reach_the_page(serve: Serve) -> None:
    """Routes take no key on the emulator, so the call fails or not; neither tells it."""
    secrets = {name: uuid.uuid4().hex for name in ("key", "id", "secret", "token")}
    dashboard = serve(
        authorization="api-key",
        apiKey=secrets["key"],
        AWS_ACCESS_KEY_ID=secrets["id"],
        AWS_SECRET_ACCESS_KEY=secrets["secret"],
        AWS_SESSION_TOKEN=secrets["token"],
    )
    with Page.of(dashboard) as page:
        for workflow in ("now", "later"):
            body = '{"fail": "Odd", "cause": "No."}'
            id_ = dashboard.post("/executions", body, workflow=workflow).json()["id"]
            page.await_record(id_, status="FAILED")
    paths = ["/", "/diagram?workflow=now", "/execution?workflow=later&execution=none"]
    shown = [json.dumps(page.state), *(dashboard.get(path).text for path in paths)]
    for secret in secrets.values():
        assert not any(secret in text for text in shown)


# How it begins and ends


def test_ctrl_c_ends_it_at_once_and_its_pages_too(serve: Serve) -> None:
    dashboard = serve()
    with Page.of(dashboard) as page:
        ended = dashboard.running.interrupt()
        await_(lambda: not page.is_connected, "the end of the stream")
    assert ended.code == 130
    assert json.loads(ended.errors)["message"] == "the dashboard is closed; executions continue"


def test_a_request_that_is_underway_at_the_end_is_answered(
    serve: Serve, outputs: dict[str, Any]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        later = outputs["routes"]["later"]
        hanging = {**later, "url": f"http://127.0.0.1:{silent.getsockname()[1]}/"}
        dashboard = serve(routes={**outputs["routes"], "later": hanging})
        with ThreadPoolExecutor() as pool:
            asked = pool.submit(dashboard.post, "/executions", "{}", workflow="later")
            connection, _ = silent.accept()
            with connection:
                ended = dashboard.running.interrupt()
                answer = asked.result()
    assert (answer.status_code, ended.code) == (503, 130)
    assert answer.json()["message"].startswith("the dashboard was closed")
    assert "Traceback" not in ended.errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_restart_loses_nothing_that_is_in_the_queue(
    serve: Serve, deployed: Deployed, number: signal.Signals
) -> None:
    sent = new_queue(deployed.cloud.endpoint)
    name = uuid.uuid4().hex
    dashboard = serve(progressQueueUrl=sent.url)
    with Page.of(dashboard) as page:
        sent.send(name, "First", workflow="parts", time=time_of(0))
        page.await_record(f"parts/{name}", current=["First"])
        dashboard.running.process.send_signal(number)
        dashboard.running.end()
    sent.send(name, "Each", workflow="parts", time=time_of(1))
    sent.send(name, None, workflow="parts", time=time_of(2))
    with Page.of(serve(urlsplit(dashboard.url).port, progressQueueUrl=sent.url)) as page:
        record = page.await_record(f"parts/{name}", status="SUCCEEDED")
    assert path_of(record) == ["Each"]
