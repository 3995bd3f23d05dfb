"""Projects that a test writes, and a copy of the tests' own."""

import shutil
from pathlib import Path

from tests.program import PROJECT

NEEDS_NOTHING = """
import pulumi
pulumi.export("answer", {"deep": [42, "text"]})
"""


def write_project(folder: Path, program: str) -> Path:
    """A project called shop, with a program and no settings."""
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "Pulumi.local.yaml").write_text("config:\n  aws:region: us-east-1\n")
    (folder / "__main__.py").write_text(program)
    return folder


def clone(folder: Path) -> Path:
    """The tests' project, in a folder of its own."""
    return shutil.copytree(
        PROJECT, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
    )


def set_value(project: Path, setting: str, value: str) -> None:
    """Writes a value into the settings of the local stack, over the one that may stand there."""
    file = project / "Pulumi.local.yaml"
    others = [line for line in file.read_text().splitlines() if f"{setting}:" not in line]
    file.write_text("\n".join([*others, f"  {setting}: {value}", ""]))
