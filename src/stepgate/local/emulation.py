"""A Pulumi program deployed onto the emulator: each resource becomes the AWS calls that make it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError
from pulumi.runtime import Mocks
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

from stepgate.local.errors import CommandError, unknown_function, unknown_type, wrong_input
from stepgate.local.program import Outputs, error_lines, run_program
from stepgate.local.stack_references import TYPE as STACK_REFERENCE
from stepgate.local.stack_references import referenced_state
from stepgate.resource_types import FUNCTIONS, RESOURCE_TYPES
from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.function import FromEmulator, Offline
from stepgate.resource_types.inputs import SECRETS, InputError, Inputs, argument, read_inputs
from stepgate.resource_types.resource_type import name_in_aws

REFUSALS = (BotoCoreError, ClientError)
LONGEST = 60
"""Characters of an input that an error shows."""


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
        name = args.name
        try:
            name = name_in_aws(name, inputs)
            cloud = self._cloud.in_region(inputs.text("region"))
            id_, outputs = record.create(cloud, name, inputs)
        except InputError as error:
            raise CommandError(wrong_input(args.typ, args.name, error)) from error
        except REFUSALS as error:
            given = Inputs(inputs, name=name)
            raise _refused(f"{args.typ} {args.name}", given, error) from error
        self._created(args.name)
        tags = inputs.get("tags", {})
        return id_, {"region": cloud.region, "tagsAll": tags, **inputs, "name": name, **outputs}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        arguments = read_inputs(cast("dict[str, Any]", args.args))  # pyright: ignore[reportUnknownMemberType]
        try:
            match FUNCTIONS.get(args.token):
                case None:
                    raise CommandError(unknown_function(args.token))
                case Offline(answer):
                    return answer(self._cloud.region, arguments), []
                case FromEmulator(answer):
                    return answer(self._cloud, arguments), []
        except InputError as error:
            raise CommandError(f"{args.token}: {error}") from error
        except REFUSALS as error:
            raise _refused(args.token, arguments, error) from error


def _refused(what: str, inputs: Inputs, error: Exception) -> CommandError:
    """With what the program gave: those inputs that AWS names, or else all that are short."""
    reason = " ".join(str(error).split())
    if isinstance(error, ClientError):
        code, message = (
            error.response.get("Error", {}).get(key, "") for key in ("Code", "Message")
        )
        reason = f"{code}: {' '.join(message.split())}"
    short = {
        argument(key): value
        for key, value in inputs.without(*SECRETS).items()
        if isinstance(value, str | int | float) and len(str(value)) <= LONGEST
    }
    named = {
        key: value
        for key, value in short.items()
        if key.replace("_", "") in reason.lower() or str(value) in reason
    }
    inputs_text = ", ".join(f"{key} is {value!r}" for key, value in (named or short).items())
    return CommandError(f"the emulator refuses {what}: {reason.rstrip('.')} ({inputs_text})")
