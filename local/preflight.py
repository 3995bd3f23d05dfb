"""What a program says before it registers its first resource.

`python -m local.preflight PROJECT STACK` runs it so far, in a process of its own, since a program
that is stopped in the middle leaves Pulumi's runtime unfit for another. The configuration comes as
JSON from standard input, and what the program says goes as JSON to standard output.
"""

import json
import logging
import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import NoReturn

import pulumi
from pulumi.runtime import Mocks
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

from local.errors import CommandError
from local.program import run_program


def preflight(project: Path, stack: str, config: dict[str, str]) -> list[str]:
    """Runs the project's `__main__.py` up to its first resource, and returns its warnings.

    Raises:
        CommandError: the program refuses to run (`pulumi.RunError`), or it fails.
    """
    run = subprocess.run(
        [sys.executable, "-m", "local.preflight", str(project), stack],
        input=json.dumps(config),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        process_group=0,  # Ctrl-C ends this process, and that ends the other
    )
    if run.returncode != 0:
        raise CommandError(f"{project / '__main__.py'} fails before it makes anything")
    said = json.loads(run.stdout)
    if said["refusal"]:
        raise CommandError(said["refusal"])
    return said["warnings"]


class _Stop(Mocks):
    """Ends the process when the program comes to its first resource or its first question."""

    def __init__(self, warnings: "_Warnings") -> None:
        self._warnings = warnings

    def new_resource(self, args: MockResourceArgs) -> NoReturn:  # noqa: ARG002
        _end(self._warnings)

    def call(self, args: MockCallArgs) -> NoReturn:  # noqa: ARG002
        _end(self._warnings)


class _Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING:
            self.lines.append(record.getMessage())


def _end(warnings: _Warnings, refusal: str = "") -> NoReturn:
    said = json.dumps({"warnings": warnings.lines, "refusal": refusal})
    print(said, file=sys.__stdout__, flush=True)
    os._exit(0)


def main() -> NoReturn:
    project, stack = Path(sys.argv[1]), sys.argv[2]
    config = json.load(sys.stdin)
    warnings = _Warnings()
    # What the program prints is shown by a deployment.
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        try:
            run_program(project, stack, config, _Stop(warnings), log=warnings)
        except pulumi.RunError as error:
            _end(warnings, str(error))
    _end(warnings)


if __name__ == "__main__":
    main()
