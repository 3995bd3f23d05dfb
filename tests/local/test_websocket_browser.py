"""Chromium's own WebSocket, with an API on the emulator."""

from playwright.sync_api import Browser

from tests.deployed.stacks import Deployed
from tests.local.websocket_apis import Route, create_api

PAGE = """url => new Promise(resolve => {
  const seen = [];
  const socket = new WebSocket(url);
  socket.onopen = () => socket.send(JSON.stringify({ action: "who", text: "é😀" }));
  socket.onmessage = ({ data }) => {
    seen.push(JSON.parse(data));
    if (seen.length === 1) socket.send("x".repeat(32 * 1024 + 1));
  };
  socket.onclose = ({ code, wasClean }) => resolve({ seen, code, wasClean });
})"""
REFUSED = """url => new Promise(resolve => {
  const socket = new WebSocket(url);
  socket.onclose = ({ code, wasClean }) => resolve({ code, wasClean });
})"""


def test_a_page_is_answered_and_sees_why_its_connection_ended(
    deployed: Deployed, chromium: Browser
) -> None:
    who = Route(response='{"route": "$context.routeKey", "at": "$context.identity.sourceIp"}')
    api = create_api(deployed.cloud, {"who": who})
    page = chromium.new_page()
    seen = page.evaluate(PAGE, api.url)
    assert seen == {
        "seen": [{"route": "who", "at": "127.0.0.1"}],
        "code": 1009,
        "wasClean": True,
    }
    assert page.evaluate(REFUSED, f"{api.url}-none") == {"code": 1006, "wasClean": False}
    page.close()
