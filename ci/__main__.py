"""`python -m ci preview | up | smoke | destroy | ephemeral | sweep`: see docs/ci.md."""

import argparse
import json
import re
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from rich.console import Console

from ci.changes import dangerous
from ci.errors import CiError, DangerousChangeError, ExitCode, StoppedError
from ci.interruption import Interruption
from ci.smoke import run_tests
from ci.stacks import Stacks
from ci.summary import counts, danger, summary
from ci.throw_away import ephemeral, sweep
from ci.unheard import drop_unheard_output
from local.steps import Steps

PROJECT = Path(__file__).parent.parent
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def preview(stacks: Stacks, stack: str) -> None:
    print(summary(stack, stacks.preview(stack)), end="")


def up(stacks: Stacks, steps: Steps, stack: str, *, allow_replace: bool) -> None:
    """
    Raises:
        DangerousChangeError: see there; nothing is changed.
    """
    changes = stacks.preview(stack)
    steps.tell(counts(changes) or "nothing changes")
    dangers = [*map(danger, dangerous(changes))]
    if dangers and not allow_replace:
        lines = [*dangers, "next: change it back, or say --allow-replace"]
        raise DangerousChangeError("\n".join(lines))
    for line in dangers:
        steps.tell(line, "yellow")
    stacks.up(stack)


def outputs_of(file: Path) -> Mapping[str, Any]:
    """
    Raises:
        CiError: it cannot be read, or is no JSON object.
    """
    how = "`make up` writes it for the local stack, `pulumi stack output --json` for any other"
    try:
        outputs: Any = json.loads(file.read_text())
    except OSError as error:
        raise CiError(f"{file} cannot be read ({error.strerror}): {how}") from None
    except ValueError as error:
        raise CiError(f"{file} is not JSON ({error}): {how}") from None
    if not isinstance(outputs, dict):
        raise CiError(f"{file} holds no JSON object: {how}")
    return cast("dict[str, Any]", outputs)


def age(text: str) -> int:
    """Seconds, from such as `6h`."""
    if not (found := re.fullmatch("([0-9]+)([smhd])", text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no age; write such as 6h, 30m or 2d")
    return int(found[1]) * UNITS[found[2]]


def setting(text: str) -> tuple[str, str]:
    """A setting's full key and its value, from `key=value`."""
    key, given, value = text.partition("=")
    if not key or not given:
        raise argparse.ArgumentTypeError(f"{text!r} is no setting; write key=value")
    return key if ":" in key else f"stepgate:{key}", value


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ci", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, told in (
        ("preview", "write a summary of what `up` would do, in Markdown"),
        ("up", "deploy, unless it would replace or delete what holds data"),
        ("destroy", "destroy the stack's resources"),
    ):
        command = commands.add_parser(name, help=told, description=told)
        command.add_argument("--stack", required=True)
        if name == "up":
            command.add_argument(
                "--allow-replace", action="store_true", help="deploy it all the same"
            )
    told = "run the smoke tests on a stack"
    smoke = commands.add_parser("smoke", help=told, description=told)
    stack = smoke.add_mutually_exclusive_group(required=True)
    stack.add_argument("--stack")
    stack.add_argument("--outputs", type=Path, help="a file with the stack's outputs, as JSON")
    told = "run the smoke tests on a throw-away stack"
    ephemeral = commands.add_parser("ephemeral", help=told, description=told)
    ephemeral.add_argument("--name", required=True, help="part of the stack's name, as pr-123")
    ephemeral.add_argument(
        "--config",
        type=setting,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a setting on top of those of dev",
    )
    told = "remove the throw-away stacks that killed runs have left"
    sweeping = commands.add_parser("sweep", help=told, description=told)
    sweeping.add_argument("--older-than", type=age, required=True, metavar="AGE", help="as 6h")
    return parser


def run(arguments: argparse.Namespace, interruption: Interruption, steps: Steps) -> int:
    """The exit code of a command that comes to its end."""

    def tested(outputs: Mapping[str, Any]) -> int:
        with interruption.ends(interruption.check):
            code = run_tests(outputs)
        interruption.check()
        return code

    if arguments.command == "smoke" and arguments.outputs:
        return tested(outputs_of(arguments.outputs))
    stacks = Stacks(PROJECT, interruption, steps)
    match arguments.command:
        case "preview":
            preview(stacks, arguments.stack)
        case "up":
            up(stacks, steps, arguments.stack, allow_replace=arguments.allow_replace)
        case "smoke":
            return tested(stacks.outputs(arguments.stack))
        case "destroy":
            stacks.destroy(arguments.stack)
        case "ephemeral":
            config = dict(arguments.config)
            return ephemeral(stacks, interruption, arguments.name, config, tested)
        case _:
            sweep(stacks, steps, arguments.older_than)
    return ExitCode.DONE


def explain(error: BaseException) -> None:
    """Tells why a command ended, what came first before what came of it."""
    if error.__cause__:
        explain(error.__cause__)
    if not isinstance(error, CiError | StoppedError):
        traceback.print_exception(error)
    for line in str(error).splitlines():
        print(f"stepgate: {line}", file=sys.stderr)


def main() -> int:
    arguments = parser().parse_args()
    drop_unheard_output()
    steps = Steps(Console(stderr=True, highlight=False))
    interruption = Interruption()
    try:
        return run(arguments, interruption, steps)
    except StoppedError as error:
        explain(error)
        return 128 + error.signal
    except CiError as error:
        explain(error)
        return error.code


if __name__ == "__main__":
    sys.exit(main())
