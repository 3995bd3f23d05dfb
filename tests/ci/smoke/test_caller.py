"""What is asked again, and what is shown of an answer that should be another."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from stepgate.ci.smoke.caller import Caller, expect, shown
from stepgate.client.authentication import ApiKeyAuth
from tests.ci.smoke.conftest import Clock

URL = "https://api.example.com/v1/now"
KEY = "a-key-of-twenty-letters"
Handler = Callable[[httpx.Request], httpx.Response]


def caller(handler: Handler) -> Caller:
    http = httpx.Client(transport=httpx.MockTransport(handler), auth=ApiKeyAuth(KEY))
    return Caller(http, not_ready=["NotReady"])


def answering(*answers: httpx.Response) -> Caller:
    """Each answer once."""
    left: Iterator[httpx.Response] = iter(answers)
    return caller(lambda _: next(left))


def refusal(status: int, error: str) -> httpx.Response:
    return httpx.Response(status, json={"status": status, "error": error})


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "7"}, 7), ({}, 2)])
def test_a_throttled_request_is_sent_again_when_the_answer_says_so(
    clock: Clock, method: str, headers: dict[str, str], seconds: int
) -> None:
    throttled = httpx.Response(429, headers=headers)
    call = answering(throttled, throttled, httpx.Response(200))
    assert call(method, URL).status_code == 200
    assert clock.now == 2 * seconds


@pytest.mark.parametrize(("seconds", "waited"), [("7", 56), ("3600", 0)])
def test_no_request_is_put_off_for_more_than_a_minute(
    clock: Clock, seconds: str, waited: int
) -> None:
    call = caller(lambda _: httpx.Response(429, headers={"Retry-After": seconds}))
    assert call("POST", URL).status_code == 429
    assert clock.now == waited


@pytest.mark.parametrize(
    "refused",
    [
        refusal(403, "ACCESS_DENIED"),
        refusal(403, "INVALID_API_KEY"),
        refusal(403, "NotReady"),
        refusal(502, "AccessDeniedException"),
        refusal(500, "API_CONFIGURATION_ERROR"),
    ],
)
def test_what_a_new_stack_may_refuse_is_asked_again(clock: Clock, refused: httpx.Response) -> None:
    assert answering(refused, httpx.Response(200))("POST", URL).status_code == 200
    assert clock.now == 2


@pytest.mark.parametrize(
    "answer",
    [
        refusal(403, "MISSING_AUTHENTICATION_TOKEN"),
        refusal(404, "NotFound"),
        refusal(502, "Unavailable"),
        httpx.Response(200, json={"note": "ACCESS_DENIED"}),
    ],
)
def test_any_other_answer_is_final_once_there_was_one(clock: Clock, answer: httpx.Response) -> None:
    call = answering(httpx.Response(404), answer)
    assert call("GET", URL).status_code == 404
    assert call("GET", URL) is answer
    assert clock.now == 0


def test_until_there_was_an_answer_a_stage_may_forbid_everything(clock: Clock) -> None:
    new = refusal(403, "MISSING_AUTHENTICATION_TOKEN")
    assert answering(new, new, httpx.Response(200))("GET", URL).status_code == 200
    assert clock.now == 4


def test_a_request_without_an_answer_fails_and_says_why() -> None:
    def fails(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("too late")

    with pytest.raises(pytest.fail.Exception) as failed:
        caller(fails)("POST", URL)
    assert str(failed.value) == f"POST {URL} got no answer: ReadTimeout('too late')"


def test_a_request_to_a_local_stack_that_does_not_run_says_how_to_start_it() -> None:
    def fails(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    url = "http://127.0.0.1:4566/_aws/execute-api/abc/v1/now"
    with pytest.raises(pytest.fail.Exception, match=r"start it with `stepgate local up`$"):
        caller(fails)("POST", url)


def test_an_unexpected_answer_is_shown_with_its_request() -> None:
    answer = answering(httpx.Response(404, text="nobody"))("POST", URL, {"name": "ü"})
    with pytest.raises(pytest.fail.Exception) as failed:
        expect(answer, 200)
    line = f'not 200 with JSON: POST {URL} {{"name":"ü"}} answered 404: nobody'
    assert str(failed.value) == line


def test_an_answer_that_is_not_json_is_unexpected() -> None:
    answer = answering(httpx.Response(200, text="<html>"))("GET", URL)
    with pytest.raises(pytest.fail.Exception, match=f"GET {URL} answered 200: <html>"):
        expect(answer, 200)


def test_no_secret_is_shown_even_if_the_body_repeats_it() -> None:
    call = caller(lambda request: httpx.Response(403, json=dict(request.headers)))
    answer = call("GET", URL, headers={"Authorization": "AWS4 me", "X-Amz-Security-Token": "IQo"})
    for secret in (KEY, "AWS4 me", "IQo"):
        assert secret in answer.text
        assert secret not in shown(answer)
