"""Each route of a stack, with requests that cannot start anything."""

from uuid import uuid4

import httpx
import pytest

from stepgate.ci.smoke.caller import Caller, expect_problem
from stepgate.ci.smoke.plugin import TARGET
from stepgate.client.emulator import is_loopback
from stepgate.client.outputs import DeployedRoute
from stepgate.client.route_request import fill_path

JSON = {"Content-Type": "application/json"}
# A route that is open by mistake refuses it all the same, and starts nothing.
TEXT = {"Content-Type": "text/plain"}


def url_of(route: DeployedRoute, url: str = "") -> str:
    """With a text for each parameter in the path."""
    return fill_path(route, url or route.url, dict.fromkeys(route.path, "smoke"))


@pytest.fixture(autouse=True)
def _token(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> None:
    """Skips a test that needs a token, if there is none."""
    names = request.fixturenames
    route = request.getfixturevalue("async_route" if "async_route" in names else "route")
    if "call" in names and route.takes_token and not pytestconfig.stash[TARGET].token:
        pytest.skip("the route requires a token; set STEPGATE_TOKEN")


def test_another_content_type_is_refused(route: DeployedRoute, call: Caller) -> None:
    expect_problem(call(route.method, url_of(route), content=b"{}", headers=TEXT), 415)


def test_a_body_that_is_not_json_is_refused(route: DeployedRoute, call: Caller) -> None:
    if not route.has_body:
        pytest.skip("the route reads no body")
    expect_problem(call(route.method, url_of(route), content=b"{", headers=JSON), 400)


def test_a_caller_without_a_signature_key_or_token_is_refused(
    route: DeployedRoute, http: httpx.Client
) -> None:
    if route.authorization == "none":
        pytest.skip("anybody may call the route")
    if route.authorization == "iam" and is_loopback(httpx.URL(route.url).host):
        pytest.skip("the emulator checks no signatures")
    unsigned = http.request(
        route.method, url_of(route), content=b"{}", headers=TEXT, auth=httpx.Auth()
    )
    expect_problem(unsigned, 401 if route.takes_token else 403)


def test_an_unknown_execution_is_not_found(async_route: DeployedRoute, call: Caller) -> None:
    url = url_of(async_route, str(async_route.execution_url))
    expect_problem(call("GET", url.replace("{execution}", str(uuid4()))), 404)
