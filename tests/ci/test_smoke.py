"""`stepgate ci smoke` on a stack on the emulator."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.ci.smoke.command import SmokeCommand
from tests.cli.command import PROGRAM
from tests.deployed.stacks import Deployed

KEY = {"authorization": "api-key", "apiKey": "a-key-of-twenty-letters"}
ON_AWS = {"now": {"mode": "sync", "method": "POST", "url": "https://example.invalid/v1/now"}}


@pytest.fixture
def smoke(tmp_path: Path) -> SmokeCommand:
    return SmokeCommand(tmp_path)


def executions(stack: Deployed) -> set[str]:
    """Of Standard state machines; those of Express ones are not listed."""
    found: set[str] = set()
    for name, route in stack.outputs["routes"].items():
        if route["mode"] == "async":
            machine = stack.outputs["stateMachineArns"][name]
            pages = stack.cloud.stepfunctions.get_paginator("list_executions").paginate(
                stateMachineArn=machine
            )
            found |= {each["executionArn"] for page in pages for each in page["executions"]}
    return found


@pytest.mark.parametrize("authorization", ["none", "iam"])
def test_each_route_is_tried_and_nothing_is_started(
    deployed: Deployed, smoke: SmokeCommand, authorization: str
) -> None:
    before = executions(deployed)
    code, printed = smoke.run(deployed.outputs | {"authorization": authorization})
    assert code == 0, printed
    routes = deployed.outputs["routes"]
    modes = [route["mode"] for route in routes.values()]
    for name in routes:
        for test in ("test_another_content_type_is_refused", "test_a_body_that_is_not_json"):
            assert f"{test}" in printed
            assert f"[{name}] PASSED" in printed
    # The emulator checks no signatures.
    passed, skipped = 2 * len(modes) + modes.count("async"), len(modes)
    assert f"{passed} passed, {skipped} skipped in" in printed
    assert "warning" not in printed
    assert executions(deployed) == before
    assert [file.name for file in smoke.folder.iterdir()] == ["outputs.json"]


def test_a_route_that_is_gone_fails(deployed: Deployed, smoke: SmokeCommand) -> None:
    name, *_ = routes = dict(deployed.outputs["routes"])
    url = f"{deployed.url(name)}-gone"
    routes = {"first": deployed.outputs["routes"][name], "gone": routes[name] | {"url": url}}
    code, printed = smoke.run(deployed.outputs | {"routes": routes})
    assert code == 1, printed
    assert f"POST {url} {{}} answered 403" in printed


def test_the_outputs_of_an_api_may_have_a_name(deployed: Deployed, smoke: SmokeCommand) -> None:
    name, *_ = deployed.outputs["routes"]
    outputs = deployed.outputs | {"routes": {name: deployed.outputs["routes"][name]}}
    code, printed = smoke.run({"shop": outputs}, "--api", "shop")
    assert code == 0, printed
    assert f"test_another_content_type_is_refused[{name}] PASSED" in printed


def test_a_route_that_is_open_by_mistake_fails(deployed: Deployed, smoke: SmokeCommand) -> None:
    code, printed = smoke.run(deployed.outputs | KEY)
    assert code == 1, printed
    assert "not 403 with JSON: POST" in printed
    assert KEY["apiKey"] not in printed


OWN = """
from stepgate import Stack
from stepgate.ci.smoke.caller import expect

def test_own(stack: Stack, outputs, http, call) -> None:
    assert stack.routes.keys() == outputs["routes"].keys()
    assert stack.call("free", {"a": 1}) == {"a": 1}
    url = stack.routes["free"].url
    assert expect(call("POST", url, {"a": 2}), 200) == http.post(url, json={"a": 2}).json()
"""


@pytest.mark.parametrize("passes", [True, False])
def test_the_projects_own_tests_follow_with_the_same_fixtures(
    deployed: Deployed, smoke: SmokeCommand, passes: bool
) -> None:
    (smoke.folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    tests = smoke.folder / "smoke"
    tests.mkdir()
    (tests / "test_shop.py").write_text(OWN + ("" if passes else "    assert stack is None"))
    code, printed = smoke.run(deployed.outputs)
    assert code == (0 if passes else 1), printed
    line = f"smoke/test_shop.py::test_own {'PASSED' if passes else 'FAILED'}"
    assert line in printed
    assert printed.index("test_another_content_type") < printed.index(line)


@pytest.mark.parametrize("text", [None, "[]"])
def test_a_file_without_outputs_is_one_line_with_exit_code_2(
    tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "outputs.json"
    if text is not None:
        file.write_text(text)
    command = [PROGRAM, "ci", "smoke", "--outputs", str(file)]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert "`pulumi stack output --json --show-secrets`" in line


@pytest.mark.parametrize(
    ("outputs", "code", "line"),
    [
        ({"authorization": "api-key"}, 2, "stepgate: the routes require the key"),
        ({"authorization": "iam", "routes": ON_AWS}, 5, "no AWS credentials are usable"),
    ],
)
def test_routes_that_cannot_be_called_are_one_line(
    deployed: Deployed, smoke: SmokeCommand, outputs: dict[str, Any], code: int, line: str
) -> None:
    nowhere = {"HOME": str(smoke.folder), "AWS_EC2_METADATA_DISABLED": "true"}
    ended, printed = smoke.run(deployed.outputs | outputs, **nowhere)
    assert ended == code, printed
    assert line in printed
    assert printed.count("\n") == 1
