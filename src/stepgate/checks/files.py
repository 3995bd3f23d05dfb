"""Definitions in files: which files have one, and what is wrong with it."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from stepgate.checks import lint_definition
from stepgate.checks.findings import REQUIRE_DEFINITION, Finding, Findings
from stepgate.checks.quotas import REQUIRE_MACHINE_WITHIN_QUOTAS, machine_problems
from stepgate.checks.rule import RuleContext
from stepgate.definition_file import (
    NOT_A_STATE_MACHINE,
    YAML_SUFFIXES,
    DefinitionFileError,
    read_definition,
)
from stepgate.permissions.policies import Policy, policy_document
from stepgate.project_files import own_files
from stepgate.substitutions import with_pseudo_parameters
from stepgate.workflow import Mode, Statement, Values

SUFFIXES = (".json", *YAML_SUFFIXES)
LANGUAGE_SUFFIXES = tuple(f".asl{suffix}" for suffix in SUFFIXES)
"""By which editors know the language; also a file that cannot be read is a definition."""

# What a workflow of a project declares, an option declares for a file.
_OPTIONS = (
    ("in the workflow's resources", "with --resource"),
    ("to the workflow's statements", "with --statement"),
)


class CheckedFile(NamedTuple):
    """What was found in a file, and what the role of its state machine may do.

    The policy is None if there is an error.
    """

    file: Path
    findings: Findings
    policy: Policy | None = None


class NoDefinitionError(ValueError):
    """A path has no definition to check; one line."""


def find_definitions(path: Path) -> list[Path]:
    """The file itself, or the definitions in a folder and those below it, in order.

    In a folder, these are the files that end in `.asl.json`, `.asl.yaml` or `.asl.yml`, and others
    in JSON and YAML that are an object with `StartAt` and `States`.

    Raises:
        NoDefinitionError: there is none.
    """
    if not path.exists():
        raise NoDefinitionError(
            f"{path}: there is no such file in {Path.cwd()}; write a path that is relative to that "
            "folder"
        )
    if not path.is_dir():
        return [path]
    if found := [
        file
        for file in own_files(path, installed=("node_modules",))
        if not file.name.startswith(".") and _is_definition(file)
    ]:
        return found
    raise NoDefinitionError(
        f"{path}: no definition in this folder; name a file, or end its name in "
        f"{LANGUAGE_SUFFIXES[0]}"
    )


def _is_definition(file: Path) -> bool:
    name = file.name.lower()
    if not name.endswith(SUFFIXES) or name.endswith(LANGUAGE_SUFFIXES):
        return name.endswith(LANGUAGE_SUFFIXES)
    try:
        return read_definition(file).keys() >= {"StartAt", "States"}
    except DefinitionFileError:
        return False


def check_file(
    file: Path, mode: Mode, resources: Sequence[str], statements: Sequence[Statement]
) -> CheckedFile:
    """The definition in a file, checked as one that a template deploys.

    The arguments are those of `RuleContext`.
    """
    try:
        return _checked(file, mode, resources, statements)
    except DefinitionFileError as error:
        finding = Finding(REQUIRE_DEFINITION, error.problem, file=str(file), line=error.line)
    except RecursionError:
        finding = Finding(REQUIRE_DEFINITION, "nested too deeply; use fewer levels", file=str(file))
    return CheckedFile(file, Findings([finding], []))


def _checked(
    file: Path, mode: Mode, resources: Sequence[str], statements: Sequence[Statement]
) -> CheckedFile:
    """
    Raises:
        DefinitionFileError, RecursionError: there is no definition that could be checked.
    """
    definition = with_pseudo_parameters(read_definition(file), Values())
    if not {"StartAt", "States"} & definition.keys():  # one line, not one for each field
        raise DefinitionFileError(file, NOT_A_STATE_MACHINE)
    context = RuleContext(definition, mode, resources, statements, is_template=True)
    text = file.read_text(encoding="utf-8-sig")
    errors, warnings = (
        [_in_file(finding, file, text) for finding in found] for found in lint_definition(context)
    )
    if errors:
        return CheckedFile(file, Findings(errors, warnings))
    policy = policy_document(context.permissions.statements)
    errors = [
        Finding(REQUIRE_MACHINE_WITHIN_QUOTAS, problem, file=str(file))
        for problem in machine_problems(policy, definition)
    ]
    return CheckedFile(file, Findings(errors, warnings), None if errors else policy)


def _in_file(finding: Finding, file: Path, text: str) -> Finding:
    message = finding.message
    for declared, option in _OPTIONS:
        message = message.replace(declared, option)
    return finding._replace(message=message, file=str(file), line=_state_line(text, finding.state))


def _state_line(text: str, state: str) -> int:
    """The line of a state's name in JSON or YAML; 0 if no line or more than one may be it."""
    key = re.compile(rf"""(?:^|[\s{{,"'])({re.escape(state)})["']?\s*:(?!\S*:)""", re.MULTILINE)
    found = [*key.finditer(text)] if state else []
    return text.count("\n", 0, found[0].start(1)) + 1 if len(found) == 1 else 0
