"""A Pulumi program deployed onto the emulator: each resource becomes the AWS calls that make it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pulumi
from botocore.exceptions import BotoCoreError, ClientError
from pulumi.runtime import Mocks
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

from local.cloud import Cloud
from local.errors import CommandError
from local.program import Outputs, run_program
from local.resources import FUNCTIONS, RESOURCES


def deploy(
    project: Path, stack: str, config: dict[str, str], cloud: Cloud, created: Callable[[str], None]
) -> Outputs:
    """Runs the project's `__main__.py` against the emulator and returns the stack's outputs.

    Args:
        config: what the program is given as its configuration, see `local.config`.
        created: called with the name of each resource as soon as it exists.

    Raises:
        CommandError: the program refuses to run (`pulumi.RunError`), uses a type that
            `local/resources.py` lacks, or the emulator refuses a call.
    """
    try:
        return run_program(project, stack, config, Emulation(cloud, created))
    except pulumi.RunError as error:
        raise CommandError(str(error)) from None


class Emulation(Mocks):
    """Makes what a program registers."""

    def __init__(self, cloud: Cloud, created: Callable[[str], None]) -> None:
        self._cloud = cloud
        self._created = created

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not args.custom:  # a component: only its children exist outside Pulumi
            return None, {}
        inputs = cast("dict[str, Any]", args.inputs)  # pyright: ignore[reportUnknownMemberType]
        make = RESOURCES.get(args.typ)
        if make is None:
            raise CommandError(_unknown("resource type", args.typ, "RESOURCES"))
        try:
            id_, outputs = make(self._cloud, args.name, inputs)
        except (BotoCoreError, ClientError) as error:
            raise _refused(f"{args.typ} {args.name}", error) from error
        self._created(args.name)
        return id_, {**inputs, **outputs}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        arguments = cast("dict[str, Any]", args.args)  # pyright: ignore[reportUnknownMemberType]
        answer = FUNCTIONS.get(args.token)
        if answer is None:
            raise CommandError(_unknown("function", args.token, "FUNCTIONS"))
        try:
            return answer(self._cloud, arguments), []
        except (BotoCoreError, ClientError) as error:
            raise _refused(args.token, error) from error


def _refused(what: str, error: Exception) -> CommandError:
    return CommandError(f"the emulator refuses {what}: {' '.join(str(error).split())}")


def _unknown(kind: str, token: str, table: str) -> str:
    return (
        f"the local engine does not know the {kind} {token}; "
        f"add it to {table} in local/resources.py"
    )
