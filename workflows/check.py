"""`python -m workflows.check [FILE …]`: the rules, on definitions in JSON.

Without a file, on the project's own workflows. Ends with 1 if a rule is broken.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from workflows import WORKFLOWS
from workflows.rules import Findings, definition_findings, findings
from workflows.rules.breach import Subject
from workflows.workflow import PLACEHOLDERS, Mode

# As long as a stack's prefix may well be.
PREFIX = "stepgate-dev"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m workflows.check", description=__doc__)
    parser.add_argument("files", metavar="FILE", nargs="*", type=Path, help="a definition, in JSON")
    parser.add_argument(
        "--mode",
        choices=get_args(Mode),
        default="async",
        help="sync: Express behind a synchronous route; async: Standard (default)",
    )
    parser.add_argument(
        "--resource",
        metavar="ARN",
        action="append",
        default=[],
        help="what a definition may act on where only its input says on which; may be repeated",
    )
    options = parser.parse_args(arguments)
    if options.files:
        found = [_file_findings(file, options.mode, options.resource) for file in options.files]
    else:
        found = [findings(WORKFLOWS, PREFIX, PLACEHOLDERS)]
    for line in (line for each in found for line in each.advice):
        print(f"advice: {line}")
    wrong = [line for each in found for line in each.breaches]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


def _file_findings(file: Path, mode: Mode, resources: Sequence[str]) -> Findings:
    try:
        found = definition_findings(Subject(_definition(file), mode, resources), str(file))
    except ValueError as error:
        return Findings([f"{file}: {error}"], [])
    except RecursionError:
        return Findings([f"{file}: is nested too deeply; write it with fewer levels"], [])
    return Findings(*([_of_file(line) for line in lines] for lines in found))


def _of_file(line: str) -> str:
    """What a workflow of the project declares, an option declares for a file."""
    return line.replace("in the workflow's resources", "with --resource")


def _definition(file: Path) -> dict[str, Any]:
    """A file's definition.

    Raises:
        ValueError: one line that says why the file cannot be read as one.
    """
    try:
        # Some editors begin a file with a byte order mark.
        text = file.read_text(encoding="utf-8-sig")
        definition = json.loads(text, object_pairs_hook=_object, parse_constant=_refused_constant)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}; name a file in JSON") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"is no JSON: {error}") from None
    if not isinstance(definition, dict):
        raise ValueError("is no state machine: write an object with StartAt and States")
    return definition  # pyright: ignore[reportUnknownVariableType] JSON


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, of which no key is lost because it stands there twice."""
    counted = Counter(key for key, _ in pairs)
    if twice := [key for key, count in counted.items() if count > 1]:
        raise ValueError(f"{twice[0]!r} stands twice in one object; rename or remove one")
    return dict(pairs)


def _refused_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON; write a finite one")


if __name__ == "__main__":
    sys.exit(main())
