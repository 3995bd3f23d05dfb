"""What each command prints, for a person and for machines."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest

from stepgate.diagram import mermaid, svg
from tests.cli.command import Stepgate
from tests.cli.conftest import Start
from tests.deployed.stacks import Deployed
from tests.local.processes import await_

pytestmark = pytest.mark.proof

ESCAPE = "\x1b"
NASTY = {"[bold]it's[/bold]": "\x1b[31mred\x07 \u202e é 😀", "n": [1, None]}


def printed(stepgate: Stepgate, *arguments: str, stdin: bytes = b"") -> Any:
    """What the command prints for machines, if all is well."""
    ended = stepgate.run(*arguments, "--json", stdin=stdin)
    assert (ended.code, ended.errors) == (0, "")
    assert ended.output.isascii()
    assert ended.output.count("\n") == 1
    return json.loads(ended.output)


def test_routes_are_a_table_whose_lines_are_never_folded(
    stepgate: Stepgate, deployed: Deployed
) -> None:
    ended = stepgate.run("routes")
    assert (ended.code, ended.errors) == (0, "")
    header, *rows = ended.output.splitlines()
    assert header.split() == ["WORKFLOW", "MODE", "METHOD", "SCHEMA", "URL"]
    with_schema = {"now", "later", "order"}
    assert sorted(row.split() for row in rows) == sorted(
        [name, route["mode"], "POST", "yes" if name in with_schema else "no", route["url"]]
        for name, route in deployed.outputs["routes"].items()
    )


def test_routes_for_machines_are_the_output_with_schemas(
    stepgate: Stepgate, deployed: Deployed
) -> None:
    routes = printed(stepgate, "routes")
    schemas = {name: route.pop("schema") for name, route in routes.items()}
    assert routes == deployed.outputs["routes"]
    assert schemas["free"] is None
    assert schemas["now"]["properties"].keys() == {"wait", "fail"}


def test_outputs_under_a_name_need_it(
    stepgate: Stepgate, deployed: Deployed, tmp_path: Path
) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({"shop": deployed.outputs}))
    assert printed(stepgate, "call", "free", "[1]", "--outputs", str(file), "--api", "shop") == [1]
    ended = stepgate.run("routes", "--outputs", str(file))
    assert (ended.code, ended.output) == (2, "")
    assert "use api='shop' (the command's --api)" in ended.errors


def test_a_call_prints_the_output(stepgate: Stepgate) -> None:
    given = json.dumps(NASTY)
    assert printed(stepgate, "call", "free", given) == NASTY
    ended = stepgate.run("call", "free", given)
    assert (ended.code, ended.errors) == (0, "")
    assert json.loads(ended.output) == NASTY
    assert ESCAPE not in ended.output
    assert '"[bold]it\'s[/bold]": "\\u001b[31mred\\u0007 \\u202e é 😀"' in ended.output


def test_input_is_an_empty_object_or_comes_from_a_file_or_from_standard_input(
    stepgate: Stepgate,
) -> None:
    (stepgate.folder / "input.json").write_bytes(b'\xef\xbb\xbf{"from": "a file"}')
    assert printed(stepgate, "call", "free") == {}
    assert printed(stepgate, "call", "free", "@input.json") == {"from": "a file"}
    assert printed(stepgate, "call", "free", "-", stdin=b'{"from": "a pipe"}') == {"from": "a pipe"}


@pytest.mark.parametrize("as_json", [True, False])
def test_a_start_prints_the_execution_which_its_key_names(
    stepgate: Stepgate, deployed: Deployed, as_json: bool
) -> None:
    key = f"key-{as_json}"
    expected = {"workflow": "later", "execution": key, "url": f"{deployed.url('later')}/{key}"}
    arguments = ("start", "later", '{"wait": 0}', "--key", key)
    if as_json:
        assert printed(stepgate, *arguments) == expected
    else:
        rows = stepgate.run(*arguments).output.splitlines()
        assert dict(row.split() for row in rows) == expected
    assert httpx.get(expected["url"]).json()["input"] == {"wait": 0}


def test_a_status_for_machines_is_what_the_route_answers(
    stepgate: Stepgate, deployed: Deployed, start: Start, delayed: str
) -> None:
    assert printed(stepgate, "status", *delayed.split("/")[-2:]) == httpx.get(delayed).json()
    execution = start({"n": 1})
    url = f"{deployed.url('later')}/{execution}"
    await_(lambda: httpx.get(url).json()["status"] != "RUNNING", "its end")
    assert printed(stepgate, "status", "later", execution) == httpx.get(url).json()


def test_a_status_for_a_person_is_a_row_for_each_thing_known(
    stepgate: Stepgate, deployed: Deployed, start: Start
) -> None:
    execution = start({"fail": "NotFound", "cause": "[bold]\x1b", "n": 1})
    url = f"{deployed.url('later')}/{execution}"
    await_(lambda: httpx.get(url).json()["status"] != "RUNNING", "its end")
    ended = stepgate.run("status", "later", execution)
    assert (ended.code, ended.errors) == (0, "")
    rows = dict(line.split(maxsplit=1) for line in ended.output.splitlines())
    assert rows.pop("started") <= rows.pop("stopped")
    assert rows == {
        "execution": execution,
        "status": "FAILED",
        "version": "1",
        "input": '{"fail": "NotFound", "cause": "[bold]\\u001b", "n": 1}',
        "error": "NotFound",
        "cause": "[bold]\\u001b",
    }


def test_a_stopped_execution_is_aborted_and_stopping_it_again_changes_nothing(
    stepgate: Stepgate, delayed: str
) -> None:
    workflow, execution = delayed.split("/")[-2:]
    named = {"workflow": workflow, "execution": execution}
    assert printed(stepgate, "stop", workflow, execution) == named | {"stopped": True}
    assert httpx.get(delayed).json()["status"] == "ABORTED"
    assert printed(stepgate, "stop", workflow, execution) == named | {"stopped": False}
    ended = stepgate.run("stop", workflow, execution)
    assert ended.output == f"{execution} had already ended: ABORTED\n"
    assert (ended.code, ended.errors) == (0, "")


def test_the_document_is_the_output(stepgate: Stepgate, deployed: Deployed) -> None:
    assert printed(stepgate, "openapi") == deployed.outputs["openapi"]
    assert json.loads(stepgate.run("openapi").output) == deployed.outputs["openapi"]


def test_a_diagram_is_drawn_from_the_definition(stepgate: Stepgate, deployed: Deployed) -> None:
    definition = deployed.outputs["definitions"]["now"]
    text = mermaid(definition)
    assert stepgate.run("diagram", "now").output == text
    assert stepgate.run("diagram", "now", "--format", "svg").output == svg(definition, "now")
    expected = {"workflow": "now", "format": "mermaid", "diagram": text}
    assert printed(stepgate, "diagram", "now") == expected


def test_outputs_may_be_elsewhere(tmp_path: Path, deployed: Deployed) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(deployed.outputs))
    routes = printed(Stepgate(tmp_path), "routes", "--outputs", "outputs.json")
    assert routes.keys() == deployed.outputs["routes"].keys()


def test_a_stack_is_asked_of_pulumi(tmp_path: Path, deployed: Deployed) -> None:
    """A program of that name stands in for the CLI, which tests/engine runs."""
    program = tmp_path / "pulumi"
    program.write_text('#!/bin/sh\necho "$@" > arguments\ncat outputs.json\n')
    program.chmod(0o755)
    (tmp_path / "outputs.json").write_text(json.dumps(deployed.outputs))
    ended = Stepgate(tmp_path).run("routes", "--stack", "dev", PATH=f"{tmp_path}:/usr/bin:/bin")
    assert (ended.code, ended.errors) == (0, "")
    assert "stack output --json --show-secrets --stack dev" in (tmp_path / "arguments").read_text()


def test_the_version_is_the_packages(stepgate: Stepgate) -> None:
    assert stepgate.run("--version").output == f"{version('pulumi-stepgate')}\n"


@pytest.mark.parametrize("command", [(), ("call",)])
def test_help_has_a_short_name(stepgate: Stepgate, command: tuple[str, ...]) -> None:
    asked = stepgate.run(*command, "-h")
    assert asked == stepgate.run(*command, "--help")
    assert (asked.code, asked.errors) == (0, "")


@pytest.mark.parametrize("command", [(), ("local",), ("ci",)])
def test_each_command_is_summed_up_in_a_line(stepgate: Stepgate, command: tuple[str, ...]) -> None:
    summaries = stepgate.run(*command, "--help").output.partition("\nCommands:\n")[2]
    assert summaries
    assert "..." not in summaries
