"""What the functions of Lambda in a program run with on this machine."""

from collections.abc import Mapping
from typing import Any

from stepgate.emulator.interpreters import (
    Interpreter,
    has_interpreters,
    is_of_runtime,
    nearest_interpreter,
)
from stepgate.emulator_environment import PYTHON_VERSION

LEAVE_OUT = 'leave it out on the stack local: if pulumi.get_stack() != "local"'


def lacking_runtime(name: str, inputs: Mapping[str, Any]) -> str | None:
    """The error for a function that cannot run here; None if it can, as far as is known."""
    if inputs.get("packageType") == "Image":
        return (
            f"{name}: the local engine runs functions from archives, not from images; {LEAVE_OUT}"
        )
    runtime = inputs.get("runtime")
    if (
        not isinstance(runtime, str)
        or runtime.startswith("python3.")
        or nearest_interpreter(runtime)
    ):
        return None
    if has_interpreters(runtime):
        return f"{name}: the runtime {runtime} needs node on PATH; install Node.js, or {LEAVE_OUT}"
    return (
        f"{name}: the local engine runs functions with the runtimes python3.* and nodejs*, not "
        f"{runtime}; {LEAVE_OUT}"
    )


def other_version(inputs: Mapping[str, Any]) -> str | None:
    """The warning for a runtime that has another version here; None if it has the same."""
    runtime = inputs.get("runtime")
    if not isinstance(runtime, str) or not has_interpreters(runtime):
        return None
    found = nearest_interpreter(runtime) or Interpreter("the emulator's own", PYTHON_VERSION)
    if is_of_runtime(found, runtime):
        return None
    return f"functions with the runtime {runtime} run with version {found.version}, {found.path}"
