"""The public names of the package, and what importing them loads."""

import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

import stepgate
from stepgate import StepgateError
from stepgate.client import errors
from tests.client.test_outputs import OUTPUTS
from tests.conftest import REPOSITORY

APPS = (REPOSITORY / "docs/apps.md").read_text()
MAX_IMPORT_SECONDS = 0.15


def test_the_public_names_are_the_listed_ones() -> None:
    assert dir(stepgate) == stepgate.__all__ == sorted(set(stepgate.__all__))
    for name in stepgate.__all__:
        assert hasattr(stepgate, name), name
    with pytest.raises(AttributeError, match="'stepgate' has no attribute 'Rout'"):
        _ = stepgate.Rout  # pyright: ignore


def test_every_error_is_public_documented_and_a_stepgate_error() -> None:
    classes = {name: value for name, value in vars(errors).items() if inspect.isclass(value)}
    for name, class_ in classes.items():
        assert issubclass(class_, StepgateError)
        assert getattr(stepgate, name) is class_
        assert class_.__doc__
        assert class_ is StepgateError or f"`{name}`" in APPS, "docs/apps.md has all of them"


def loaded_by(statement: str) -> set[str]:
    """The names of all modules in a new interpreter after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    return set(subprocess.check_output([sys.executable, "-c", code], text=True).split())


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("from stepgate import Workflow", {"httpx", "botocore", "pulumi", "stepgate.client"}),
        (
            "from stepgate import Stack",
            {"botocore", "jsonschema", "pulumi", "pulumi_aws", "starlette", "typer"},
        ),
        (
            "from stepgate.cli.app import app",
            {"botocore", "httpx", "jsonschema", "pulumi", "pulumi_aws", "starlette"},
        ),
    ],
)
def test_a_name_loads_only_what_it_needs(statement: str, unwanted: set[str]) -> None:
    loaded = loaded_by(statement)
    assert "stepgate" in loaded
    assert not loaded & unwanted


@pytest.mark.parametrize("command", ["routes", "openapi"])
def test_a_command_that_sends_nothing_loads_no_http_client(command: str, tmp_path: Path) -> None:
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps(OUTPUTS))
    lines = (
        "import sys",
        f"sys.argv = ['stepgate', {command!r}, '--json', '--outputs', {str(outputs)!r}]",
        "sys.stdout = sys.stderr",
        "from stepgate.cli import main",
        "try: main()",
        "except SystemExit as ended: assert not ended.code",
        "finally: sys.stdout = sys.__stdout__",
    )
    loaded = loaded_by("\n".join(lines))
    assert "stepgate.client.outputs" in loaded
    assert not loaded & {"asyncio", "httpx", "ssl", "stepgate.client.stack", "urllib3"}


def test_the_package_is_imported_fast() -> None:
    # The processor's time, because other tests may keep the machine busy.
    code = (
        "from time import process_time as now; begun = now(); import stepgate; print(now() - begun)"
    )
    run = [sys.executable, "-c", code]
    assert min(float(subprocess.check_output(run)) for _ in range(3)) < MAX_IMPORT_SECONDS
