"""Commands that work on a stack, and the options that select it and what is in it."""

import functools
import inspect
import os
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepgate.cli.errors import exit_on_error
from stepgate.cli.input import read_options
from stepgate.client.errors import OutputsUnusable
from stepgate.client.outputs import TOKEN_VARIABLE, Outputs, load_outputs, load_pulumi_outputs
from stepgate.client.retry_policy import RetryPolicy

if TYPE_CHECKING:
    from stepgate.client.execution import Execution
    from stepgate.client.stack import Stack

DEFAULT_OUTPUTS = Path(".local/outputs.json")
"""Where `stepgate local up` writes the outputs, in the project's folder."""

RETRY_POLICY = RetryPolicy(retry_timeout=10, not_found_timeout=5)
"""Shorter than for an app: a person waits, and may try again."""

OutputsOption = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH",
        help="File with the stack's outputs, as printed by `pulumi stack output --json "
        f"--show-secrets`; by default {DEFAULT_OUTPUTS}.",
    ),
]
StackOption = Annotated[
    str | None,
    typer.Option("--stack", metavar="NAME", help="A stack of the Pulumi project in this folder."),
]
ApiOption = Annotated[
    str | None,
    typer.Option(
        "--api", metavar="NAME", help="The output that holds the API's outputs, if they have one."
    ),
]
TokenOption = Annotated[
    str | None,
    typer.Option(
        "--token",
        metavar="TOKEN",
        envvar=TOKEN_VARIABLE,
        help="The token, for routes that require one.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, also for errors.")]


WorkflowName = Annotated[
    str,
    typer.Argument(metavar="WORKFLOW", help="Its name, as listed by `stepgate routes`."),
]
PathOption = Annotated[
    list[str] | None,
    typer.Option("--path", metavar="NAME=VALUE", help="A parameter in the route's path."),
]


def stack_command(command: Callable[..., None]) -> Callable[..., None]:
    """A command for typer that has the options above beside its own parameters.

    Args:
        command: gets the stack that the options select as its first argument, and whether to print
            JSON as `as_json`. Its errors are reported, and end it.
    """
    return _with_options(command, open_stack)


def outputs_command(command: Callable[..., None]) -> Callable[..., None]:
    """As `stack_command`, for a command that sends no requests: it gets the stack's outputs."""

    def selected(
        outputs: Path | None, name: str | None, api: str | None, _: str | None
    ) -> AbstractContextManager[Outputs]:
        return nullcontext(selected_outputs(outputs, name, api))

    return _with_options(command, selected)


def _with_options(
    command: Callable[..., None],
    select: Callable[
        [Path | None, str | None, str | None, str | None], AbstractContextManager[Any]
    ],
) -> Callable[..., None]:
    def run(
        *,
        outputs: OutputsOption = None,
        name: StackOption = None,
        api: ApiOption = None,
        token: TokenOption = None,
        as_json: JsonOption = False,
        **own: Any,
    ) -> None:
        with exit_on_error(as_json=as_json), select(outputs, name, api, token) as selected:
            command(selected, as_json=as_json, **own)

    *options, _ = inspect.signature(run).parameters.values()
    signature = inspect.signature(command)
    _, *own = [p for p in signature.parameters.values() if p.name != "as_json"]
    functools.update_wrapper(run, command)
    # Typer reads a command's parameters from there. The first one's type is not loaded yet.
    run.__annotations__ = {p.name: p.annotation for p in (*own, *options)}
    vars(run)["__signature__"] = signature.replace(parameters=[*own, *options])
    return run


@contextmanager
def open_stack(
    outputs: Path | None, name: str | None, api: str | None, token: str | None
) -> Generator["Stack"]:
    """The stack that the options select; raises what `selected_outputs` does."""
    with connect_stack(selected_outputs(outputs, name, api), token) as stack:
        yield stack


def connect_stack(outputs: Outputs, token: str | None) -> "Stack":
    """The stack with such outputs."""
    from stepgate.client.stack import Stack  # noqa: PLC0415 only what sends requests needs httpx

    return Stack(outputs, retry_policy=RETRY_POLICY, token=token)


def open_execution(stack: "Stack", workflow: str, name: str, path: list[str] | None) -> "Execution":
    """An execution, which may have been started a moment ago.

    Raises:
        typer.BadParameter: a parameter of the path is not `NAME=VALUE`.
        StepgateError: there can be none of that name.
    """
    parameters = read_options("--path", path)
    return stack.execution(workflow, name, just_started=True, path=parameters)


def selected_outputs(outputs: Path | None, name: str | None, api: str | None) -> Outputs:
    """The outputs of the stack that the options select.

    Raises:
        typer.BadParameter: they select two.
        StepgateError: they select none.
    """
    if name is not None and outputs is not None:
        raise typer.BadParameter("use --outputs or --stack, not both")
    if name is not None:
        return load_pulumi_outputs(name, ".", api)
    file = outputs or default_outputs()
    if outputs is None and not file.exists():
        raise OutputsUnusable(
            f"{file} does not exist; run `stepgate local up`, or use --outputs or --stack"
        )
    return load_outputs(file, api)


def default_outputs() -> Path:
    """Of the project that the current folder is in; outside of projects, of this folder.

    `stepgate.project` would need PyYAML, which comes with extras only.
    """
    here = Path.cwd()
    projects = (folder for folder in (here, *here.parents) if (folder / "Pulumi.yaml").is_file())
    return Path(os.path.relpath(next(projects, here) / DEFAULT_OUTPUTS))
