"""Outputs as files have them and as the Pulumi CLI tells them, and what is said of others."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from stepgate import (
    OutputsUnusable,
    Progress,
    PulumiFailed,
    QueueUnusable,
    SecretHidden,
    Stack,
)
from stepgate.authorization import SCHEME_NAMES
from stepgate.client.outputs import find_apis, parse_outputs

BASE = "https://api.example.com/v1"
OUTPUTS: dict[str, Any] = {
    "routes": {
        "now": {"mode": "sync", "method": "POST", "url": f"{BASE}/now"},
        "later": {
            "mode": "async",
            "method": "POST",
            "url": f"{BASE}/later",
            "executionUrl": f"{BASE}/later/{{execution}}",
        },
    },
    "region": "eu-west-1",
    "authorization": "api-key",
    "apiKey": "a-key-of-twenty-letters",
    "openapi": {"openapi": "3.0.1"},
    "definitions": {"now": {"StartAt": "A"}},
    "tableName": "orders",
    "progressQueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/q.fifo",
}
WRONG_OPERATIONS: list[dict[str, Any]] = [
    {"responses": {"a": {}}},
    {"parameters": [1]},
    {"security": 1},
]
TOLD = "`pulumi stack output --json --show-secrets`"

# Told what it was asked for, it prints what the test has written beside it.
CLI = """#!/bin/sh
echo "$@" > "$0.asked"
cat "$0.errors" >&2
cat "$0.outputs"
exit "$(cat "$0.code")"
"""


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in OUTPUTS.items() if key != name}


def test_a_stack_is_what_its_outputs_say(tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(OUTPUTS))
    for path in (file, str(file)):
        with Stack.from_outputs(path) as stack:
            assert_is_the_stack(stack)


def assert_is_the_stack(stack: Stack) -> None:
    now, later = stack.routes["now"], stack.routes["later"]
    assert (now.name, now.mode, now.url) == ("now", "sync", f"{BASE}/now")
    assert (now.execution_url, now.schema) == (None, None)
    assert (later.mode, later.execution_url) == ("async", f"{BASE}/later/{{execution}}")
    assert stack.execution("later", "e-1").url == f"{BASE}/later/e-1"
    assert stack.openapi == OUTPUTS["openapi"]
    assert stack.definitions == OUTPUTS["definitions"]
    assert stack.progress_queue_url == OUTPUTS["progressQueueUrl"]


def test_what_only_some_stacks_have_may_be_missing() -> None:
    needed = {name: OUTPUTS[name] for name in ("routes", "region")} | {"authorization": "none"}
    stack = Stack(parse_outputs(needed))
    assert (stack.openapi, stack.definitions) == ({}, {})
    assert stack.progress_queue_url is None
    with pytest.raises(QueueUnusable, match="no progress queue: set a workflow's `progress`"):
        Progress(stack.progress_queue_url, stack=stack)


def test_the_key_is_not_shown() -> None:
    assert OUTPUTS["apiKey"] not in repr(parse_outputs(OUTPUTS))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (None, f"outputs.json: No such file or directory; write it with {TOLD}"),
        (
            "",
            "outputs.json: not JSON (Expecting value: line 1 column 1 (char 0)); write it with",
        ),
        ("\xff", "outputs.json: not JSON ("),
        ("[" * 100_000, "outputs.json: not JSON ("),
        ("[]", "not the outputs of a stack: routes, region, authorization missing; use"),
    ],
)
def test_a_file_that_holds_no_outputs_is_refused_in_one_line(
    tmp_path: Path, text: str | None, line: str
) -> None:
    file = tmp_path / "outputs.json"
    if text is not None:
        file.write_text(text, encoding="latin-1")
    with pytest.raises(OutputsUnusable) as refused:
        Stack.from_outputs(file)
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("outputs", "line"),
    [
        (without("region"), f"a stack: region missing; use what {TOLD} prints after `pulumi up`"),
        (OUTPUTS | {"authorization": list[Any]()}, "authorization is []; this version knows"),
        (OUTPUTS | {"authorization": "oauth"}, "is 'oauth'; this version knows iam, api-key"),
        (OUTPUTS | {"routes": list[Any]()}, "output routes should be an object, not []"),
        (
            OUTPUTS | {"routes": {"now": dict[str, Any]()}},
            "routes.now is not a valid route: {}",
        ),
        (
            OUTPUTS | {"routes": {"now": {"mode": "sync", "url": "now"}}},
            "routes.now is not a valid route: {'mode': 'sync', 'url': 'now'}",
        ),
        (
            OUTPUTS | {"routes": {"later": OUTPUTS["routes"]["later"] | {"executionUrl": BASE}}},
            "routes.later is not a valid route: {'mode': 'async'",
        ),
        *(
            (OUTPUTS | {"routes": {"now": {"mode": "sync", "url": url}}}, "routes.now is not a")
            for url in ("https://", "https://a:b/now", "https://a:65536/now")
        ),
        (OUTPUTS | {"progressQueueUrl": 5}, "output progressQueueUrl should be a string, not 5"),
        (OUTPUTS | {"definitions": "x"}, "output definitions should be an object, not 'x'"),
        (OUTPUTS | {"apiKey": "a\nb"}, "output apiKey is not a valid key; write the outputs again"),
        *(
            (
                OUTPUTS
                | {"openapi": {"paths": {"/now": {"post": {"operationId": "now"} | wrong}}}},
                "output openapi has a form that this client does not know; deploy the stack again",
            )
            for wrong in WRONG_OPERATIONS
        ),
    ],
)
def test_outputs_of_another_form_are_refused_by_their_name(
    outputs: dict[str, Any], line: str
) -> None:
    with pytest.raises(OutputsUnusable) as refused:
        parse_outputs(outputs)
    assert line in str(refused.value)


@pytest.mark.parametrize("authorization", ["iam", "api-key"])
@pytest.mark.parametrize("member", ["url", "executionUrl"])
def test_no_key_and_no_signature_goes_over_a_network_as_it_is(
    authorization: str, member: str
) -> None:
    def outputs(url: str, authorization: str) -> dict[str, Any]:
        routes = {"later": OUTPUTS["routes"]["later"] | {member: f"{url}/{{execution}}"}}
        return OUTPUTS | {"routes": routes, "authorization": authorization}

    for elsewhere in ("http://api.example.com", "http://127.0.0.1.example.com", "http://10.0.0.1"):
        with pytest.raises(OutputsUnusable, match=r"routes\.later has no TLS, .* https://$"):
            parse_outputs(outputs(elsewhere, authorization))
        parse_outputs(outputs(elsewhere, "none"))
    for here in ("http://127.0.0.1:4566", "http://localhost:4566", "http://[::1]:4566"):
        parse_outputs(outputs(here, authorization))


@pytest.mark.parametrize("outputs", [without("apiKey"), OUTPUTS | {"apiKey": "[secret]"}])
def test_a_hidden_key_says_how_it_is_shown(outputs: dict[str, Any]) -> None:
    with pytest.raises(SecretHidden, match=r"apiKey hides it; write .* --show-secrets`"):
        parse_outputs(outputs)


def test_outputs_under_a_name_are_read_there(tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({"shop": OUTPUTS, "table": {"name": "orders"}}))
    with Stack.from_outputs(file, api="shop") as stack:
        assert_is_the_stack(stack)


@pytest.mark.parametrize(
    ("outputs", "api", "line"),
    [
        ({"shop": OUTPUTS}, None, "under a name; use api='shop' (the command's --api)"),
        (
            {"a": OUTPUTS, "b": OUTPUTS},
            None,
            "under a name; use api='a' or 'b' (the command's --api)",
        ),
        (
            {"shop": OUTPUTS},
            "shops",
            "output 'shops' does not hold an API's outputs; use api='shop'",
        ),
        (OUTPUTS, "region", "output 'region' does not hold an API's outputs; export"),
        (OUTPUTS, "shop", "export the `outputs` of a WorkflowApi under that name"),
        ({"shop": "[secret]"}, "shop", f"output 'shop' is hidden; write the outputs with {TOLD}"),
    ],
)
def test_a_name_that_is_missing_or_wrong_is_reported_with_the_right_one(
    outputs: dict[str, Any], api: str | None, line: str
) -> None:
    with pytest.raises(OutputsUnusable) as refused:
        parse_outputs(outputs, api)
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("outputs", "found"),
    [
        (OUTPUTS, [None]),
        ({"shop": OUTPUTS, "table": {"name": "orders"}}, ["shop"]),
        ({"a": OUTPUTS, "b": OUTPUTS}, ["a", "b"]),
        (OUTPUTS | {"b": OUTPUTS}, [None, "b"]),
        ({"routes": ["10.0.0.0/16"], "network": {"routes": ["10.0.0.0/16"]}}, []),
        ({}, []),
        ([], []),
    ],
)
def test_apis_are_found_at_the_top_and_under_each_name(
    outputs: Any, found: list[str | None]
) -> None:
    assert find_apis(outputs) == found
    for api in found:
        assert parse_outputs(outputs, api).region == OUTPUTS["region"]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the Pulumi CLI."""
    cli = tmp_path / "bin" / "pulumi"
    cli.parent.mkdir()
    cli.write_text(CLI)
    cli.chmod(0o755)
    monkeypatch.setenv("PATH", str(cli.parent), prepend=os.pathsep)
    return cli


def tells(cli: Path, *, code: int = 0, outputs: str = "", errors: str = "") -> None:
    for name, text in (("code", str(code)), ("outputs", outputs), ("errors", errors)):
        cli.with_name(f"pulumi.{name}").write_text(text)


def test_a_stack_is_what_the_cli_says(cli: Path, tmp_path: Path) -> None:
    tells(cli, outputs=json.dumps({"shop": OUTPUTS}))
    with Stack.from_pulumi("dev", api="shop") as stack:
        assert_is_the_stack(stack)
    tells(cli, outputs=json.dumps(OUTPUTS), errors="warning: a new version is out\n")
    with Stack.from_pulumi("dev", tmp_path) as stack:
        assert_is_the_stack(stack)
    assert cli.with_name("pulumi.asked").read_text().split() == [
        *["stack", "output", "--json", "--show-secrets", "--stack", "dev"],
        *["--cwd", str(tmp_path), "--non-interactive"],
    ]


@pytest.mark.parametrize(
    ("errors", "line"),
    [
        ("error: no stack named 'dev' found\n", "error: no stack named 'dev' found"),
        ("warning: old\n\nerror: PULUMI_ACCESS_TOKEN must be set\n\n", "error: PULUMI_ACCESS_TOK"),
        ("", "exit code 255"),
    ],
)
def test_what_the_cli_refuses_is_told_with_its_last_line(cli: Path, errors: str, line: str) -> None:
    tells(cli, code=255, errors=errors)
    with pytest.raises(PulumiFailed) as failed:
        Stack.from_pulumi("dev")
    assert f"pulumi failed to print the outputs of 'dev': {line}" in str(failed.value)
    assert "\n" not in str(failed.value)


def test_a_stack_that_was_not_deployed_is_told(cli: Path) -> None:
    tells(cli, outputs="{}")
    with pytest.raises(OutputsUnusable, match="a stack: routes, region, authorization missing"):
        Stack.from_pulumi("dev")
    tells(cli, outputs="no JSON")
    with pytest.raises(PulumiFailed, match="pulumi did not print JSON for the outputs of 'dev'"):
        Stack.from_pulumi("dev")


def test_without_the_cli_two_ways_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PulumiFailed, match=r"not on PATH; install .* Stack\.from_outputs"):
        Stack.from_pulumi("dev")


@pytest.mark.parametrize("number", ["", "2"], ids=["the only one", "the second of its kind"])
@pytest.mark.parametrize("kind", SCHEME_NAMES)
def test_an_event_asks_for_what_its_operation_does(kind: str, number: str) -> None:
    """Without its signature, AWS would refuse what a caller sends to a workflow that waits."""
    scheme: dict[str, list[str]] = {
        f"{name}{number}": [] for each, name in SCHEME_NAMES.items() if each == kind
    }
    send: dict[str, Any] = {"operationId": "later.events.approval", "security": [scheme]}
    paths = {
        "/later": {"post": {"operationId": "later"}},
        "/later/{execution}/events/approval": {"post": send},
    }
    stack = parse_outputs({**OUTPUTS, "openapi": {"openapi": "3.0.1", "paths": paths}})
    assert stack.routes["later"].events["approval"].authorization == kind
