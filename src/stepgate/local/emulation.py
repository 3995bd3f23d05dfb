"""A Pulumi program deployed onto the emulator: each resource becomes the AWS calls that make it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError
from pulumi.runtime import Mocks
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

from stepgate.local.errors import CommandError, unknown_function, unknown_type
from stepgate.local.program import Outputs, error_lines, run_program
from stepgate.local.stack_references import TYPE as STACK_REFERENCE
from stepgate.local.stack_references import referenced_state
from stepgate.resource_types import FUNCTIONS, RESOURCE_TYPES
from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.function import FromEmulator, FromRegion
from stepgate.resource_types.inputs import InputError, read_inputs

REFUSALS = (BotoCoreError, ClientError, InputError)


def deploy(
    project: Path, stack: str, config: dict[str, str], cloud: Cloud, created: Callable[[str], None]
) -> Outputs:
    """Runs the project's `__main__.py` against the emulator and returns the stack's outputs.

    Args:
        config: what the program is given as its configuration, see `stepgate.local.config`.
        created: called with the name of each resource as soon as it exists.

    Raises:
        CommandError: the program raises an exception (see `error_lines`), uses a type or a
            function that `stepgate.resource_types` lacks, or refers to a stack without outputs
            (see `referenced_state`), or the emulator refuses a call.
    """
    try:
        return run_program(project, stack, config, Emulation(project, config, cloud, created))
    except CommandError:
        raise
    except (Exception, SystemExit) as error:
        raise CommandError("\n".join(error_lines(error, project))) from error


class Emulation(Mocks):
    """Makes what a program registers."""

    def __init__(
        self, project: Path, config: dict[str, str], cloud: Cloud, created: Callable[[str], None]
    ) -> None:
        self._project = project
        self._config = config
        self._cloud = cloud
        self._created = created

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ == STACK_REFERENCE:
            stack = str(args.resource_id)
            return stack, referenced_state(stack, self._project, self._config)
        if not args.custom:  # a component: only its children exist outside Pulumi
            return None, {}
        record = RESOURCE_TYPES.get(args.typ)
        if record is None or record.create is None:
            raise CommandError(unknown_type(args.typ, args.name))
        inputs = read_inputs(cast("dict[str, Any]", args.inputs))  # pyright: ignore[reportUnknownMemberType]
        name = inputs.get("name") or f"{inputs.get('namePrefix', '')}{args.name}"
        try:
            id_, outputs = record.create(self._cloud, name, inputs)
        except REFUSALS as error:
            raise _refused(f"{args.typ} {args.name}", error) from error
        self._created(args.name)
        return id_, {**inputs, "name": name, **outputs}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        match FUNCTIONS.get(args.token):
            case None:
                raise CommandError(unknown_function(args.token))
            case FromRegion(answer):
                return answer(self._cloud.region), []
            case FromEmulator(answer):
                arguments = read_inputs(cast("dict[str, Any]", args.args))  # pyright: ignore[reportUnknownMemberType]
                try:
                    return answer(self._cloud, arguments), []
                except REFUSALS as error:
                    raise _refused(args.token, error) from error


def _refused(what: str, error: Exception) -> CommandError:
    return CommandError(f"the emulator refuses {what}: {' '.join(str(error).split())}")
