"""`stepgate check`. What comes with its extras is imported inside of the functions only."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.text import Text

from stepgate.cli.exit_codes import ExitCode
from stepgate.cli.printing import (
    Screen,
    escape,
    print_error,
    print_indented,
    print_json,
    print_message,
)
from stepgate.cli.subcommands import enter_project, extra
from stepgate.permissions.statements import EXAMPLE, statement_problem
from stepgate.workflow import Mode, Statement

if TYPE_CHECKING:
    from stepgate.checks.files import CheckedFile
    from stepgate.checks.findings import Finding, Findings


def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Definitions in JSON or YAML, and folders of them; without one, the project.",
        ),
    ] = None,
    *,
    mode: Annotated[
        Mode | None,
        typer.Option(
            help="Of a file: sync is Express behind a synchronous route, async is Standard.",
            show_default="async",
        ),
    ] = None,
    resource: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ARN",
            help="What a file's definition may act on where only its input names it; repeatable.",
        ),
    ] = None,
    statement: Annotated[
        list[str] | None,
        typer.Option(
            metavar="JSON",
            help="An IAM statement that the role of a file's definition has as well; repeatable.",
        ),
    ] = None,
    policy: Annotated[
        bool, typer.Option("--policy", help="Print the policy of the role of a file's definition.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_sarif: Annotated[
        bool, typer.Option("--sarif", help="Print SARIF, for code scanning.")
    ] = False,
) -> None:
    """Check workflows or definitions before they are deployed.

    Without a FILE they are those of the project, whose program is run as a preview with the
    settings of the stack local. The exit code is 1 if there is an error.
    """
    if as_sarif and (as_json or policy):
        raise typer.BadParameter("--sarif goes with neither --json nor --policy: give one of them")
    if not files:
        if mode or resource or statement or policy:
            raise typer.BadParameter(
                "--mode, --resource, --statement and --policy are for definitions: name a FILE"
            )
        found, checked = _project_findings(has_files=as_json or as_sarif)
    else:
        arns, statements = _arns(resource or ()), [_statement(text) for text in statement or ()]
        checked_files = _checked_files(files, mode or "async", arns, statements)
        found, checked = _joined(checked_files), _counted(len(checked_files), "definition")
        if policy:
            _print_policies(checked_files, as_json=as_json)
    lines = _lines(found)
    if policy:
        for line in lines:
            print_error(line)
    elif as_json:
        print_json({"errors": _documents(found.errors), "advice": _documents(found.warnings)})
    elif as_sarif:
        from stepgate.checks.sarif import sarif_log  # noqa: PLC0415

        print_json(sarif_log(found))
    else:
        for line in [*lines, f"{checked}: {_summary(found)}"]:
            Screen().print(Text(line))
    raise typer.Exit(ExitCode.FAILED if found.errors else ExitCode.OK)


def _arns(texts: Sequence[str]) -> Sequence[str]:
    for text in texts:
        if not text.startswith("arn:"):
            raise typer.BadParameter(
                f"--resource {text!r} is not an ARN: write for example arn:aws:sqs:…"
            )
    return texts


def _statement(text: str) -> Statement:
    try:
        statement: Any = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"--statement {text!r} is not JSON: {error}") from None
    if not isinstance(statement, dict):
        raise typer.BadParameter(
            f"--statement {text!r} is not an IAM statement: write for example {EXAMPLE}"
        )
    if problem := statement_problem(cast("Statement", statement)):
        raise typer.BadParameter(f"--statement {text!r} is not an IAM statement: {problem}")
    return cast("Statement", statement)


def _project_findings(*, has_files: bool) -> "tuple[Findings, str]":
    """Of the whole program of the current project, and what that is called.

    Args:
        has_files: whether each finding has a file, relative to the current folder.

    Raises:
        typer.Exit: there is none, or it cannot be used.
    """
    project = enter_project("local", "check")
    with extra("local", "check"):
        from stepgate.checks.findings import Finding, Findings  # noqa: PLC0415
        from stepgate.local import preflight  # noqa: PLC0415
        from stepgate.local.deployment import NAME  # noqa: PLC0415
        from stepgate.local.errors import CommandError  # noqa: PLC0415
        from stepgate.project import FILE  # noqa: PLC0415
    try:
        found = preflight.program_findings(project, NAME)
    except CommandError as error:
        found = Findings([Finding(preflight.PROGRAM, str(error))], [])

    def located(finding: Finding) -> Finding:
        file = os.path.relpath(project.folder / (finding.file or FILE))
        return finding._replace(file=file) if has_files else finding

    # A deployment does not need what the local engine lacks.
    errors, warnings = (
        [located(finding) for finding in each if finding.rule not in preflight.LOCAL_RULES]
        for each in found
    )
    return Findings(errors, warnings), f"project {project.name}"


def _checked_files(
    paths: Sequence[Path], mode: Mode, resources: Sequence[str], statements: Sequence[Statement]
) -> "list[CheckedFile]":
    """
    Raises:
        typer.Exit: a path has nothing that could be checked.
    """
    with extra("check"):
        from stepgate.checks.files import (  # noqa: PLC0415
            NoDefinitionError,
            check_file,
            find_definitions,
        )
    files: dict[Path, Path] = {}
    wrong: list[str] = []
    for path in paths:
        try:
            for file in find_definitions(path):
                files.setdefault(file.resolve(), file)
        except NoDefinitionError as error:
            wrong.append(str(error))
    if wrong:
        for line in wrong:
            print_message(line)
        raise typer.Exit(ExitCode.USAGE)
    return [check_file(file, mode, resources, statements) for file in files.values()]


def _joined(checked: "Sequence[CheckedFile]") -> "Findings":
    from stepgate.checks.findings import Findings  # noqa: PLC0415

    errors = [error for each in checked for error in each.findings.errors]
    return Findings(errors, [warning for each in checked for warning in each.findings.warnings])


def _print_policies(checked: "Sequence[CheckedFile]", *, as_json: bool) -> None:
    """The policy of one file, or those of several by their names; none of a file in error."""
    policies = {str(each.file): each.policy for each in checked if each.policy is not None}
    documents = [policies] if len(checked) > 1 else policies.values()
    for document in documents:
        (print_json if as_json else print_indented)(document)


def _lines(found: "Findings") -> list[str]:
    from stepgate.checks.findings import shared_lines  # noqa: PLC0415

    warnings = [f"warning: {line}" for line in shared_lines(found.warnings)]
    return [escape(line) for line in (*warnings, *map(str, found.errors))]


def _documents(findings: "Sequence[Finding]") -> list[dict[str, str]]:
    return [
        {
            "file": finding.file,
            "state": finding.state,
            "rule": finding.rule,
            "message": str(finding._replace(state="", file="", line=0)),
        }
        for finding in findings
    ]


def _summary(found: "Findings") -> str:
    errors = _counted(len(found.errors), "error") if found.errors else "no errors"
    warnings = [_counted(len(found.warnings), "warning")] if found.warnings else []
    return ", ".join([errors, *warnings])


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count != 1 else ''}"
