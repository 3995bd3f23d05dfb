"""Standard streams that are closed, full or read by nobody, and a command that breaks."""

import subprocess
import sys
from pathlib import Path

import pytest

from stepgate.cli.exit_codes import ExitCode
from tests.cli.command import PROGRAM

pytestmark = pytest.mark.proof

FULL = "stepgate: the output: No space left on device\n"
UNKNOWN = "stepgate: .local/outputs.json does not exist; run `stepgate local up`, or use --outputs"


@pytest.mark.parametrize(
    ("command", "code", "errors"),
    [
        ("--version >/dev/full", ExitCode.INTERNAL_ERROR, FULL),
        ("--help >/dev/full", ExitCode.INTERNAL_ERROR, FULL),
        ("--version >/dev/full 2>&1", ExitCode.INTERNAL_ERROR, ""),
        ("--version >&-", ExitCode.OK, ""),
        ("routes >&-", ExitCode.USAGE, UNKNOWN),
        ("routes 2>&-", ExitCode.USAGE, ""),
        ("routes 2>/dev/full", ExitCode.USAGE, ""),
        ("routes --json 2>/dev/full", ExitCode.USAGE, ""),
        ("shout 2>&-", ExitCode.USAGE, ""),
        ("shout 2>/dev/full", ExitCode.USAGE, ""),
        ("routes <&- >&- 2>&-", ExitCode.USAGE, ""),
    ],
)
def test_the_code_is_right_where_nothing_can_be_written(
    tmp_path: Path, command: str, code: ExitCode, errors: str
) -> None:
    ended = subprocess.run(
        ["sh", "-c", f"exec {PROGRAM} {command}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (code, "")
    assert ended.stderr.startswith(errors)
    assert bool(ended.stderr) == bool(errors)


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_nobody_reads_what_it_says_of_itself(argument: str) -> None:
    with subprocess.Popen(
        [PROGRAM, argument], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == ExitCode.BROKEN_PIPE


def test_a_defect_is_shown_and_is_no_failed_workflow() -> None:
    broken = "from stepgate.cli import app; app.app = lambda *_, **__: 1 / 0; app.main()"
    ended = subprocess.run(
        [sys.executable, "-c", broken], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (ExitCode.INTERNAL_ERROR, "")
    assert ended.stderr.startswith("Traceback")
    assert ended.stderr.endswith("ZeroDivisionError: division by zero\n")
