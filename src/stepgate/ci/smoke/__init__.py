"""Smoke tests: the routes of any deployed stack, then what the project has in `smoke/`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from stepgate.ci.smoke import plugin
from stepgate.client.authentication import authentication
from stepgate.client.outputs import TOKEN_VARIABLE, parse_outputs

FOLDER = Path(__file__).parent


def run_smoke_tests(outputs: Mapping[str, Any], project_tests: Path, api: str | None) -> bool:
    """Runs the smoke tests in this process; returns whether all passed.

    The first failure ends them, because a stack in doubt is better left alone. So does
    KeyboardInterrupt from a signal's handler; fixtures clean up either way. Routes that require a
    token get the one in STEPGATE_TOKEN; without it, they are tried without a token alone.

    Args:
        outputs: the stack's outputs, secrets in plain text.
        project_tests: a folder with the project's own, if it exists.
        api: the output that holds an API's outputs; None if they are at the top.

    Raises:
        OutputsUnusable: the outputs are not a stack's.
        CredentialsUnusable: there are no credentials for its routes.
    """
    known = parse_outputs(outputs, api)
    token = os.environ.get(TOKEN_VARIABLE)
    target = plugin.Target(outputs, known, authentication(known, token or "missing"), token)
    folders = [FOLDER, *([project_tests] if project_tests.is_dir() else [])]
    options = (
        # pyproject.toml has what the project's other tests need.
        f"--config-file={os.devnull}",
        f"--rootdir={project_tests.parent}",
        "-pno:cacheprovider",
        "--exitfirst",
        "--verbose",
        "--no-header",
        "--tb=short",
        "--no-showlocals",  # the key is among them
        # The package has a plugin for pytest, and is imported before pytest looks for plugins.
        "-Wignore:Module already imported:pytest.PytestAssertRewriteWarning",
    )
    code = pytest.main([*options, *map(str, folders)], plugins=[plugin, target])
    return code == pytest.ExitCode.OK
