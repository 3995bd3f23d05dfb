"""Exit codes, and the one line that says why."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stepgate.cli.exit_codes import CODES, ExitCode, exit_code
from stepgate.client import errors
from tests.cli.command import PROGRAM, Ended, Stepgate, screen
from tests.cli.conftest import Start
from tests.deployed.stacks import Deployed

pytestmark = pytest.mark.proof


def line(ended: Ended, code: ExitCode) -> str:
    """What it says, if it has ended so, in one line and with nothing in its output."""
    assert (ended.code, ended.output) == (code, "")
    assert ended.errors.startswith("stepgate: ")
    assert ended.errors.count("\n") == 1
    return ended.errors.removeprefix("stepgate: ").rstrip()


def test_a_failed_workflow(stepgate: Stepgate) -> None:
    given = '{"fail": "Conflict", "cause": "taken [bold]\\u001b"}'
    said = line(stepgate.run("call", "now", given), ExitCode.FAILED)
    assert "Conflict: taken [bold]\\u001b" in said
    ended = stepgate.run("call", "now", given, "--json")
    assert (ended.code, ended.output) == (ExitCode.FAILED, "")
    problem = json.loads(ended.errors)
    assert problem.pop("execution")
    assert "Conflict" in problem.pop("message")
    assert problem == {
        "problem": "WorkflowFailed",
        "exitCode": 1,
        "status": 409,
        "error": "Conflict",
        "detail": "taken [bold]\x1b",
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("call", "Missing argument 'WORKFLOW'. (see --help)"),
        ("shout", "No such command 'shout'. (see --help)"),
        ("routes --outputs a --stack b", "use --outputs or --stack, not both"),
        ("routes --outputs nothing.json", "nothing.json: No such file"),
        ("routes --stack dev", "use the file with --outputs or Stack.from_outputs"),
        ("call now @", "@ needs a file's name after it"),
        ("call now @none.json", "cannot read the input from none.json: No such file"),
        ("call later", "later is asynchronous; use start"),
        ("status later a.b", "'a.b' is not a valid execution name: use 1 to 80"),
    ],
)
def test_wrong_arguments(stepgate: Stepgate, arguments: str, said: str) -> None:
    assert said in line(stepgate.run(*arguments.split(), PATH="/nowhere"), ExitCode.USAGE)


def test_without_outputs_it_says_how_to_get_some(tmp_path: Path) -> None:
    assert line(Stepgate(tmp_path).run("routes"), ExitCode.USAGE) == (
        ".local/outputs.json does not exist; run `stepgate local up`, or use --outputs or --stack"
    )


def test_outputs_are_those_of_the_project_that_the_folder_is_in(tmp_path: Path) -> None:
    below = tmp_path / "docs/pictures"
    below.mkdir(parents=True)
    (tmp_path / "Pulumi.yaml").touch()
    missing = line(Stepgate(below).run("routes"), ExitCode.USAGE)
    assert missing.startswith("../../.local/outputs.json does not exist; ")
    (tmp_path / ".local").mkdir()
    outputs: dict[str, Any] = {"routes": {}, "region": "us-east-1", "authorization": "none"}
    (tmp_path / ".local/outputs.json").write_text(json.dumps(outputs))
    ended = Stepgate(below).run("routes", "--json")
    assert (ended.code, ended.output) == (0, "{}\n")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            '{"a":}',
            "the input is not JSON: Expecting value at line 1, column 6 of the argument; "
            """write it in quotes, for example '{"name": "Ada"}'""",
        ),
        ("[NaN]", "the input from the argument cannot be sent: NaN is not a JSON number"),
        ("-", "the input is not JSON: Expecting value at line 1, column 1 of standard input"),
        ('{"wait": -1}', "wait is invalid: -1 is less than the minimum of 0"),
    ],
)
def test_refused_input(stepgate: Stepgate, given: str, said: str) -> None:
    assert said in line(stepgate.run("call", "now", given), ExitCode.INPUT_REJECTED)


def test_a_key_that_was_used_before(stepgate: Stepgate, start: Start) -> None:
    key = start({})
    line(stepgate.run("start", "later", '{"wait": 1}', "--key", key), ExitCode.INPUT_REJECTED)


def test_an_unknown_workflow_is_told_with_those_that_there_are(stepgate: Stepgate) -> None:
    said = line(stepgate.run("call", "nothing"), ExitCode.NOT_FOUND)
    assert "free, later, now, order, parts, " in said


def test_a_workflow_without_a_definition(stepgate: Stepgate) -> None:
    said = line(stepgate.run("diagram", "nothing"), ExitCode.NOT_FOUND)
    assert "free, later, now, order, parts, " in said


def test_an_unknown_execution(stepgate: Stepgate) -> None:
    for command in ("status", "stop", "watch"):
        line(stepgate.run(command, "later", "nobody"), ExitCode.NOT_FOUND)


def test_no_credentials(changed: Callable[..., Stepgate]) -> None:
    route = {"mode": "sync", "method": "POST", "url": "https://example.invalid/v1/now"}
    stepgate = changed(authorization="iam", routes={"now": route})
    said = line(stepgate.run("call", "now"), ExitCode.ACCESS_DENIED)
    assert "no AWS credentials" in said


def test_an_answer_that_no_route_gives(
    changed: Callable[..., Stepgate], deployed: Deployed
) -> None:
    url = f"{deployed.cloud.endpoint}/_localstack/health"
    route = {"mode": "async", "method": "POST", "url": url, "executionUrl": f"{url}?{{execution}}"}
    stepgate = changed(routes={"odd": route})
    line(stepgate.run("status", "odd", "one"), ExitCode.NO_RESPONSE)


def test_ctrl_c_while_a_call_waits(stepgate: Stepgate) -> None:
    with stepgate.start("call", "now", '{"wait": 2}', terminal="errors") as running:
        running.await_errors("now")  # beside the sign that it waits
        ended = running.interrupt()
    assert (ended.code, ended.output) == (ExitCode.INTERRUPTED, "")
    lines = screen(ended.errors)
    assert lines == ["stepgate: no longer waiting; the workflow continues if it was started", ""]


def test_nobody_reads_any_more(stepgate: Stepgate) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer) as output:
        ended = subprocess.run(
            [PROGRAM, "openapi"],
            cwd=stepgate.folder,
            stdout=output,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (ExitCode.BROKEN_PIPE, b"")


UNANSWERED = {
    errors.AwsRequestFailed,
    errors.NoResponse,
    errors.OutcomeUnknown,
    errors.RequestFailed,
    errors.RouteFailed,
    errors.StepgateError,
    errors.Throttled,
    errors.UnexpectedResponse,
}
NEVER_ENDS_IT = {
    errors.InvalidMessage,
    errors.QueueUnreachable,
    errors.WaitTimedOut,
}
AS_ITS_BASE = {errors.NotWaiting, errors.SecretHidden, errors.TokenRejected}


def test_every_error_has_its_code() -> None:
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type)}
    assert kinds == CODES.keys() | UNANSWERED | NEVER_ENDS_IT | AS_ITS_BASE
    assert exit_code(errors.SecretHidden("")) == ExitCode.USAGE
    assert exit_code(errors.StepgateError("")) == ExitCode.NO_RESPONSE
