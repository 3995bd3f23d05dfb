"""Reading the progress queue, on the emulator's SQS."""

import json
import logging
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from stepgate import Stack
from stepgate.client.errors import QueueUnreachable, QueueUnusable
from stepgate.client.message import Message
from stepgate.client.progress import UNHANDLED_SECONDS, Progress
from stepgate.client.queue import Queue, sqs_client
from tests.client.progress_queues import MOST_RECEIVED, Sent, arn
from tests.client.status_routes import Ended, StatusRoutes
from tests.local.processes import await_

pytestmark = pytest.mark.proof


def taken(progress: Progress, count: int) -> list[Message]:
    """So many messages, all handled."""
    messages: list[Message] = []
    with progress:
        for message in progress:
            messages.append(message)
            if len(messages) == count:
                progress.close()
    return messages


def fail_at(state: str | None, progress: Progress) -> None:
    for message in progress:
        if message.state == state:
            raise ZeroDivisionError


def states(messages: list[Message]) -> list[str | None]:
    return [message.state for message in messages]


def test_each_of_fifty_executions_is_told_in_its_order_and_nothing_is_left(sent: Sent) -> None:
    steps = ["A", "B", "C", None]
    for step in steps:
        for number in range(50):
            sent.send(f"e{number}", step)
    told: defaultdict[str, list[str | None]] = defaultdict(list)
    for message in taken(Progress(sent.url), 200):
        told[message.execution].append(message.state)
    assert told == {f"e{number}": steps for number in range(50)}
    assert sent.left() == 0


def test_what_a_handler_fails_on_comes_again_before_what_follows_it(sent: Sent) -> None:
    sent.send("e", "A", "B", "C")
    with pytest.raises(ZeroDivisionError), Progress(sent.url) as progress:
        fail_at("B", progress)
    assert states(taken(Progress(sent.url), 2)) == ["B", "C"], "A was handled"
    assert sent.left() == 0


def left_by_break(progress: Progress) -> None:
    for message in progress:
        if message.state == "B":
            break


def left_by_an_exception_that_is_caught(progress: Progress) -> None:
    with suppress(ZeroDivisionError):
        fail_at("B", progress)


@pytest.mark.parametrize("leave", [left_by_break, left_by_an_exception_that_is_caught])
def test_a_loop_that_does_not_ask_for_the_next_message_has_not_handled_its_last_one(
    sent: Sent, leave: Callable[[Progress], None]
) -> None:
    sent.send("e", "A", "B", "C")
    with Progress(sent.url) as progress:
        leave(progress)
    assert states(taken(Progress(sent.url), 2)) == ["B", "C"]


def test_an_app_that_fails_at_one_message_and_is_started_again_loses_no_other(sent: Sent) -> None:
    sent.send("bad", "A", "bad")
    others = [f"e{number}" for number in range(8)]
    for other in others:
        sent.send(other, "A")
    told: list[str] = []

    def fail_at_bad(progress: Progress) -> None:
        for message in progress:
            if message.state == "bad":
                raise ZeroDivisionError
            told.append(message.execution)

    for _ in range(MOST_RECEIVED):
        with pytest.raises(ZeroDivisionError), Progress(sent.url) as progress:
            fail_at_bad(progress)
    time.sleep(UNHANDLED_SECONDS)
    sent.send("last", "A")
    told += [message.execution for message in taken(Progress(sent.url), 1)]
    assert told == ["bad", *others, "last"]


def test_a_new_loop_of_the_same_object_gets_what_the_one_before_it_failed_on(sent: Sent) -> None:
    sent.send("e", "A", "B")
    progress = Progress(sent.url)
    with pytest.raises(ZeroDivisionError):
        fail_at("A", progress)
    assert states(taken(progress, 2)) == ["A", "B"]


def test_a_second_reader_goes_on_at_once_where_the_first_one_has_stopped(sent: Sent) -> None:
    sent.send("e", *"ABCDE")
    sent.send("f", *"ABC")
    first = taken(Progress(sent.url), 3)
    begun = time.monotonic()
    second = taken(Progress(sent.url), 5)
    assert time.monotonic() - begun < 5, "nobody waits for the first reader's minute to pass"
    for execution, steps in (("e", "ABCDE"), ("f", "ABC")):
        of = [message.state for message in first + second if message.execution == execution]
        assert of == list(steps)
    assert sent.left() == 0


def test_close_in_another_thread_gives_back_what_was_not_handed_on(sent: Sent) -> None:
    sent.send("e", "A")
    sent.send("f", "A", "B")
    progress = Progress(sent.url)
    for message in progress:
        closing = threading.Thread(target=progress.close)
        closing.start()
        closing.join()
        assert message.execution == "e"
    assert sent.visible() == ["A", "B"], "e's message was handled, and f's were not handed on"


def test_close_ends_a_waiting_loop_at_once_and_loses_nothing_that_comes_after(sent: Sent) -> None:
    progress = Progress(sent.url)
    reading = threading.Thread(target=lambda: list(progress))
    reading.start()
    reading.join(0.5)
    assert reading.is_alive(), "it waits for messages"
    begun = time.monotonic()
    progress.close()
    reading.join()
    assert time.monotonic() - begun < 5, "the queue is asked for messages for 20 s"
    assert list(progress) == [], "it stays closed"
    sent.send("e", "A", "B")  # the poll under way receives them, and gives them back
    assert states(taken(Progress(sent.url), 2)) == ["A", "B"]


READER = """
import sys
from stepgate.client.progress import UNHANDLED_SECONDS, Progress
with Progress(sys.argv[1]) as progress:
    for message in progress:
        print(message.state, flush=True)
"""


def test_ctrl_c_ends_a_waiting_loop_at_once(sent: Sent) -> None:
    sent.send("e", "A")
    with subprocess.Popen(
        [sys.executable, "-c", READER, sent.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "A\n"
            # It was deleted, so the next one is waited for.
            await_(lambda: sent.left() == 0, "an empty queue", 20)
            begun = time.monotonic()
            process.send_signal(signal.SIGINT)
            _, error = process.communicate(timeout=10)
        finally:
            process.kill()  # a reader that goes on would be waited for without end
    assert time.monotonic() - begun < 8, "the queue is asked for messages for 20 s"
    assert error.endswith("KeyboardInterrupt\n")


def test_a_malformed_message_goes_to_the_dead_letter_queue_and_stops_nobody(
    sent: Sent, caplog: pytest.LogCaptureFixture
) -> None:
    sent.send("e", "A")
    sent.send_body("e", "no JSON")
    sent.send("e", "B")
    dead: list[str] = []

    def is_dead() -> bool:
        answer = sent.sqs.receive_message(QueueUrl=sent.dead_url)
        dead.extend(each["Body"] for each in answer.get("Messages", []))
        return bool(dead)

    told: list[Message] = []
    with Progress(sent.url) as progress:
        reading = threading.Thread(target=lambda: told.extend(progress))
        reading.start()
        await_(is_dead, "a dead letter", 20)
        sent.send("e", None)
        await_(lambda: sent.left() == 0, "an empty queue", 20)
        progress.close()
        reading.join()
    assert dead == ["no JSON"]
    assert states(told) == ["A", "B", None]
    warnings = [text for _, level, text in caplog.record_tuples if level == logging.WARNING]
    assert len(warnings) == MOST_RECEIVED
    assert "it is not JSON" in warnings[0]


def test_handlers_that_take_longer_together_than_a_message_is_hidden_keep_their_batch(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stepgate.client.progress.VISIBILITY_TIMEOUT_SECONDS", 3)
    monkeypatch.setattr("stepgate.client.progress.MARGIN_SECONDS", 1)
    sent.send("e", *"ABCDEFGHIJ")
    told: list[str | None] = []
    with Progress(sent.url) as progress:
        for message in progress:
            told.append(message.state)
            if len(told) == 10:
                progress.close()
                continue
            time.sleep(0.4)
            other = sent.sqs.receive_message(QueueUrl=sent.url)
            assert "Messages" not in other, "they are this reader's"
    assert told == list("ABCDEFGHIJ")


class Proxy:
    """In front of the emulator: what it answers instead, by the action, as often as it is said."""

    def __init__(self, behind: str) -> None:
        self.answers: dict[str, list[int]] = {}
        self.seen: list[dict[str, Any]] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                action = self.headers["X-Amz-Target"].partition(".")[2]
                body = self.rfile.read(int(self.headers["Content-Length"]))
                proxy.seen.append({"action": action} | json.loads(body))
                if answers := proxy.answers.get(action):
                    status = answers.pop(0)
                    if not status:  # the connection is dropped
                        self.close_connection = True
                        return
                    content = b'{"__type": "com.amazonaws.sqs#RequestThrottled"}'
                else:
                    headers = {
                        name: value for name, value in self.headers.items() if name != "Host"
                    }
                    try:
                        answer = httpx.post(f"{behind}/", content=body, headers=headers, timeout=30)
                    except httpx.TransportError:  # the emulator ended during a long poll
                        return
                    status, content = answer.status_code, answer.content
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def proxy(endpoint: str) -> Generator[Proxy]:
    proxy = Proxy(endpoint)
    serving = threading.Thread(target=proxy.server.serve_forever)
    serving.start()
    yield proxy
    proxy.server.shutdown()
    proxy.server.server_close()
    serving.join()


def test_throttling_and_dropped_connections_are_waited_out(sent: Sent, proxy: Proxy) -> None:
    sent.send("e", "A", "B")
    proxy.answers["ReceiveMessage"] = [0, 403, 500, 0]
    progress = Progress(sent.url.replace(sent.endpoint, proxy.url))
    assert states(taken(progress, 2)) == ["A", "B"]
    attempts = {
        each["ReceiveRequestAttemptId"] for each in proxy.seen if each["action"] == "ReceiveMessage"
    }
    assert len(attempts) == 1, "so SQS gives what a lost answer had"


def test_why_it_cannot_be_read_is_known_for_as_long_as_it_lasts(sent: Sent, proxy: Proxy) -> None:
    proxy.answers["ReceiveMessage"] = [403, 403, 403]
    progress = Progress(sent.url.replace(sent.endpoint, proxy.url), wait_time_seconds=1)
    reading = threading.Thread(target=lambda: states([*progress]))
    reading.start()
    assert isinstance(await_(lambda: progress.problem, "a problem"), QueueUnreachable)
    await_(lambda: progress.problem is None, "no problem")
    progress.close()
    reading.join()


def test_a_queue_that_is_gone_is_the_problem_until_it_can_be_read(sent: Sent) -> None:
    progress = Progress(f"{sent.url}x")
    with pytest.raises(QueueUnusable):
        next(iter(progress))
    assert isinstance(progress.problem, QueueUnusable)


def test_close_waits_for_what_the_request_that_is_underway_brings(sent: Sent) -> None:
    progress = Progress(sent.url, wait_time_seconds=2)
    reading = threading.Thread(target=lambda: states([*progress]))
    reading.start()
    await_(lambda: any(t.name == "stepgate-progress" for t in threading.enumerate()), "a request")
    closing = threading.Thread(target=lambda: progress.close(timeout=30))
    closing.start()
    reading.join()
    sent.send("e", "A")
    closing.join()
    assert sent.visible() == ["A"], "at once, and not after a minute"


def test_a_message_whose_deletion_was_lost_is_not_handed_on_again(
    sent: Sent, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stepgate.client.progress.VISIBILITY_TIMEOUT_SECONDS", 2)
    monkeypatch.setattr("stepgate.client.progress.MARGIN_SECONDS", 0)
    sent.send("e", "A")
    proxy.answers["DeleteMessage"] = [500, 500, 500]
    progress = Progress(sent.url.replace(sent.endpoint, proxy.url))
    told: list[Message] = []
    reading = threading.Thread(target=lambda: told.extend(progress))
    reading.start()
    await_(lambda: sent.left() == 0, "an empty queue", 20)
    sent.send("e", "B")
    await_(lambda: len(told) > 1 and sent.left() == 0, "an empty queue", 20)
    progress.close()
    reading.join()
    assert states(told) == ["A", "B"]
    assert not proxy.answers["DeleteMessage"], "the message has come a second time"


def test_a_queue_that_does_not_exist_is_an_error_that_says_what_it_takes(endpoint: str) -> None:
    with pytest.raises(QueueUnusable, match="progressQueueUrl") as refused:
        next(iter(Progress(f"{endpoint}/000000000000/none.fifo")))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        *["queue.fifo", "ftp://127.0.0.1/p.fifo", "http://10.0.0.1:4566/0/p.fifo"],
        *["https://sqs.example.com/0/p.fifo", "https://sqs.eu-west-1.amazonaws.com.example.com/0"],
        *["http://sqs.eu-west-1.amazonaws.com/0/p.fifo", "https://127.0.0.1.example.com/0"],
        "https://example.com/@sqs.eu-west-1.amazonaws.com/0",
    ],
)
def test_a_url_of_no_queue_is_refused(url: str) -> None:
    with pytest.raises(QueueUnusable, match="is not the URL of a queue") as refused:
        Progress(url)
    assert str(refused.value).startswith(repr(url))


@pytest.mark.parametrize("url", ["http://[::1", "http://127.0.0.1:port/0/p.fifo"])
def test_a_text_that_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(QueueUnusable, match="cannot read "):
        Progress(url)


def test_a_queue_of_a_stopped_local_stack_is_reported_with_the_command_that_starts_it() -> None:
    queue = Queue("http://127.0.0.1:1/000000000000/p.fifo")
    with pytest.raises(QueueUnreachable) as stopped:
        queue.receive(1, 30, "attempt")
    remedy = "; the local stack does not run; start it with `stepgate local up`"
    assert str(stopped.value).endswith(remedy)


def test_settings_that_aws_cannot_be_used_with_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(QueueUnusable, match=r"The config profile \(nobody\) could not be found"):
        Progress("https://sqs.eu-central-1.amazonaws.com/123456789012/p.fifo")


@pytest.mark.parametrize(
    ("host", "endpoint", "region"),
    [
        ("https://sqs.eu-central-1.amazonaws.com", None, "eu-central-1"),
        ("https://sqs.cn-north-1.amazonaws.com.cn", None, "cn-north-1"),
        ("https://us-gov-west-1.queue.amazonaws.com", "sqs.us-gov-west-1.amazonaws.com", None),
        ("https://sqs-fips.us-east-1.amazonaws.com", None, "us-east-1"),
        ("https://sqs.ap-southeast-2.api.aws", None, "ap-southeast-2"),
        ("https://vpce-0a1b-2c3d.sqs.us-east-1.vpce.amazonaws.com", None, "us-east-1"),
        ("http://127.0.0.1:4566", None, "us-east-1"),
        ("http://localhost:4566", None, "us-east-1"),
        ("http://[::1]:4566", None, "us-east-1"),
    ],
)
def test_a_queue_s_url_tells_where_it_is(
    host: str, endpoint: str | None, region: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    meta = sqs_client(f"{host}/123456789012/p.fifo").meta
    assert meta.endpoint_url == (f"https://{endpoint}" if endpoint else host)
    assert meta.region_name == (region or "us-gov-west-1")


def test_a_last_message_that_stays_away_is_made_of_the_status_route_s_answer(sent: Sent) -> None:
    sent.send("e", "A")
    routes = StatusRoutes([Ended("FAILED")])
    told: list[Message] = []
    with Progress(sent.url, stack=routes, silence_timeout=0.1) as progress:
        for message in progress:
            told.append(message)
            if len(told) == 2:
                sent.send("e", "late", None)  # the queue's own last message, after all
                sent.send("e", "B", time="2026-11-22T18:31:00Z")  # it was redriven
            if len(told) == 4:
                progress.close()
    assert told[1] == Message(
        "slow",
        "e",
        arn("e"),
        None,
        "FAILED",
        datetime(2026, 11, 22, 18, 30, tzinfo=UTC),
        "Broken",
        "It broke.",
    )
    assert states(told) == ["A", None, "late", "B"], "only the second end is dropped"
    assert routes.asked == [("slow", "e")]
    assert sent.left() == 0


def test_no_status_route_is_asked_while_the_queue_may_have_more(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQS gives fewer messages than it has, as it likes."""
    monkeypatch.setattr("stepgate.client.queue.MAX_BATCH", 1)
    sent.send("e", "A", "B", None)
    routes = StatusRoutes([])
    assert states(taken(Progress(sent.url, stack=routes, silence_timeout=0), 3)) == ["A", "B", None]
    assert routes.asked == []


def test_a_deployed_stack_tells_how_an_execution_has_ended(sent: Sent, stack: Stack) -> None:
    execution = stack.start("later", {"fail": "Conflict", "cause": "It broke."})
    sent.send(execution.name, "What is asked for", workflow="later")
    last = taken(Progress(sent.url, stack=stack, silence_timeout=0.1), 2)[-1]
    assert (last.execution, last.state, last.status) == (execution.name, None, "FAILED")
    assert (last.error, last.cause) == ("Conflict", "It broke.")


def test_only_executions_that_a_status_route_knows_are_asked_for(sent: Sent) -> None:
    sent.send("sync", "A", workflow="quick")
    sent.send("foreign", "A", workflow="unknown")
    sent.send("ended", "A", None)
    sent.send("open", "A")
    routes = StatusRoutes([Ended("ABORTED", stopped=None, error=None, cause=None)])
    told = taken(Progress(sent.url, stack=routes, silence_timeout=0.1), 6)
    assert (told[-1].execution, told[-1].status) == ("open", "ABORTED")
    assert routes.asked == [("slow", "open")]


def test_a_last_message_that_was_not_handled_is_made_again(sent: Sent) -> None:
    sent.send("e", "A")
    routes = StatusRoutes([Ended("TIMED_OUT"), Ended("TIMED_OUT")])
    progress = Progress(sent.url, stack=routes, silence_timeout=0.1)
    with pytest.raises(ZeroDivisionError):
        fail_at(None, progress)
    assert [message.status for message in taken(progress, 1)] == ["TIMED_OUT"]
