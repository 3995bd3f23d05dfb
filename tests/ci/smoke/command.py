"""`stepgate ci smoke` on outputs."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.command import PROGRAM

SECONDS = 240
"""Longer than the tests take on a busy machine."""


@dataclass(frozen=True)
class SmokeCommand:
    """Runs in a folder, which may be a project's."""

    folder: Path

    def start(
        self, outputs: dict[str, Any], *options: str, **environment: str
    ) -> "subprocess.Popen[str]":
        (self.folder / "outputs.json").write_text(json.dumps(outputs))
        return subprocess.Popen(
            [PROGRAM, "ci", "smoke", "--outputs", "outputs.json", *options],
            cwd=self.folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, outputs: dict[str, Any], *options: str, **environment: str) -> tuple[int, str]:
        """The exit code, and what is printed."""
        with self.start(outputs, *options, **environment) as process:
            try:
                printed, _ = process.communicate(timeout=SECONDS)
            finally:
                process.kill()
        return process.returncode, printed
