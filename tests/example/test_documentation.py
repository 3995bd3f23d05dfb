"""docs/apps.md: its Python, run as it stands against the emulator."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.deployed.stacks import Deployed

BLOCKS = re.findall(
    r"^```python\n(.*?)^```$", (REPOSITORY / "docs/apps.md").read_text(), re.MULTILINE | re.DOTALL
)
PROMISED = re.compile(r"^ *print\((.*)\)  # (.*?)(?:;.*)?$", re.MULTILINE)


def test_what_the_guide_shows_runs_and_prints_what_it_promises(
    example: Deployed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "outputs.json").write_text(json.dumps(example.outputs))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in BLOCKS:
        exec(block, names)
    names["stack"].close()
    printed = capsys.readouterr().out
    (first, *_) = printed.splitlines()
    assert first.startswith(f"{example.outputs['instanceId']} st")
    promised = [text for _, text in PROMISED.findall("\n".join(BLOCKS)) if "…" not in text]
    assert len(promised) == 3
    for text in promised:
        assert text in printed.splitlines()
    assert re.search(r"^Describe the instance \d{4}-", printed, re.MULTILINE)
