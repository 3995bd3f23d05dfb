"""The commands."""

import os
import sys
import traceback
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from enum import StrEnum
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from stepgate import Patience, Route, Stack
from stepgate.command.exits import ExitCode
from stepgate.command.input import read_input
from stepgate.command.printing import (
    Screen,
    print_document,
    print_error,
    print_indented,
    print_json,
    print_table,
    tell,
    waiting,
)
from stepgate.command.problems import told
from stepgate.command.serving import serve_dashboard
from stepgate.command.status import document, rows
from stepgate.command.watching import watch_events, watch_live
from stepgate.diagram import mermaid, svg
from stepgate.errors import OutputsUnusable, WorkflowUnknown

DEFAULT_OUTPUTS = Path(".local/outputs.json")
"""Where `make up` writes the outputs of the local stack."""

PATIENCE = Patience(retries=10, unknown=5)
"""Somebody sits there, and may try again."""

WorkflowName = Annotated[
    str, typer.Argument(metavar="WORKFLOW", help="Its name, as `stepgate routes` lists it.")
]
InputArgument = Annotated[
    str, typer.Argument(metavar="INPUT", help="JSON, @FILE, or - for standard input.")
]
ExecutionName = Annotated[
    str, typer.Argument(metavar="EXECUTION", help="Its name, as `stepgate start` prints it.")
]
OutputsOption = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH",
        help="The stack's outputs, as `pulumi stack output --json --show-secrets` prints them; "
        f"{DEFAULT_OUTPUTS} if not given.",
    ),
]
StackOption = Annotated[
    str | None,
    typer.Option("--stack", metavar="NAME", help="A stack of the Pulumi project in this folder."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines, errors too.")]


class Format(StrEnum):
    """What a diagram can be written in."""

    MERMAID = "mermaid"
    SVG = "svg"


app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nExit codes:\n" + "\n".join(f"  {code:<5d}{code.meaning}" for code in ExitCode),
)


def main() -> None:
    """Runs the command and exits with an `ExitCode`."""
    _open_closed_streams()
    # A character that its encoding lacks is escaped, and no error.
    cast("TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace")
    try:
        code = app(sys.argv[1:] or ["--help"], prog_name="stepgate", standalone_mode=False)
    except typer.TyperException as error:
        tell(f"{error.format_message()} (--help says more)")
        code = ExitCode.USAGE
    except SystemExit:  # so typer ends when nobody reads the help
        code = ExitCode.PIPE_CLOSED
    except OSError as error:
        Screen().discard()
        tell(f"{error.filename or 'the output'}: {error.strerror}")
        code = ExitCode.BROKEN
    except Exception:
        print_error(traceback.format_exc().rstrip())
        code = ExitCode.BROKEN
    sys.exit(code)


def _open_closed_streams() -> None:
    """Whoever has closed a standard stream gets an empty one."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115


def _print_version(is_asked: bool) -> None:
    if is_asked:
        Screen().print(version("stepgate"))
        raise typer.Exit


@app.callback()
def options(
    _: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version)
    ] = False,
) -> None:
    """Call the workflows of a stack by their routes, and follow what they do."""


@app.command()
def routes(
    *, outputs: OutputsOption = None, name: StackOption = None, as_json: JsonOption = False
) -> None:
    """List the workflows and their routes."""
    with told(as_json=as_json), _stack(outputs, name) as stack:
        routes = stack.routes.values()
        if as_json:
            print_json({route.name: _document(route) for route in routes})
        else:
            print_table(
                ("WORKFLOW", "MODE", "METHOD", "SCHEMA", "URL"),
                *((r.name, r.mode, "POST", "yes" if r.schema else "no", r.url) for r in routes),
            )


@app.command()
def call(
    workflow: WorkflowName,
    given: InputArgument = "{}",
    *,
    outputs: OutputsOption = None,
    name: StackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Call a synchronous workflow, and print its output."""
    interrupted = "no longer waiting; the workflow goes on if it was started"
    with told(as_json=as_json, interrupted=interrupted), _stack(outputs, name) as stack:
        value = read_input(workflow, given)
        with waiting(workflow):
            output = stack.call(workflow, value)
        (print_json if as_json else print_indented)(output)


@app.command()
def start(
    workflow: WorkflowName,
    given: InputArgument = "{}",
    *,
    key: Annotated[
        str | None,
        typer.Option(metavar="K", help="Idempotency key: the execution's name, started once."),
    ] = None,
    outputs: OutputsOption = None,
    name: StackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Start an asynchronous workflow; print its execution."""
    key = str(uuid.uuid4()) if key is None else key
    interrupted = (
        "interrupted; the execution may have been started: look for it with "
        f"`stepgate status {workflow} {key}`, or run this again with --key {key}"
    )
    with told(as_json=as_json, interrupted=interrupted), _stack(outputs, name) as stack:
        value = read_input(workflow, given)
        execution = stack.start(workflow, value, idempotency_key=key)
        started = {"workflow": workflow, "execution": execution.name, "url": execution.url}
        if as_json:
            print_json(started)
        else:
            print_table(*started.items())


@app.command()
def status(
    workflow: WorkflowName,
    execution: ExecutionName,
    *,
    outputs: OutputsOption = None,
    name: StackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print how an execution is doing, and its result."""
    with told(as_json=as_json), _stack(outputs, name) as stack:
        found = stack.execution(workflow, execution, just_started=True).status()
        if as_json:
            print_json(document(found))
        else:
            print_table(*rows(found))


@app.command()
def stop(
    workflow: WorkflowName,
    execution: ExecutionName,
    *,
    outputs: OutputsOption = None,
    name: StackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop an execution; one that has ended stays as it is."""
    with told(as_json=as_json), _stack(outputs, name) as stack:
        stack.execution(workflow, execution, just_started=True).stop()
        if as_json:
            print_json({"workflow": workflow, "execution": execution})
        else:
            Screen().print(f"{execution} is stopped, unless it had ended before")


@app.command()
def watch(
    workflow: WorkflowName,
    execution: ExecutionName,
    *,
    outputs: OutputsOption = None,
    name: StackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Follow an execution to its end, live in a terminal."""
    interrupted = (
        f"no longer watching; the execution goes on, and `stepgate stop {workflow} {execution}` "
        "stops it"
    )
    with told(as_json=as_json, interrupted=interrupted), _stack(outputs, name) as stack:
        watched = stack.execution(workflow, execution, just_started=True)
        if Screen().is_live and not as_json:
            end = watch_live(watched)
        else:
            end = watch_events(watched, as_json=as_json)
        succeeded = end.status == "SUCCEEDED"
        raise typer.Exit(ExitCode.DONE if succeeded else ExitCode.WORKFLOW_FAILED)


@app.command()
def openapi(
    *, outputs: OutputsOption = None, name: StackOption = None, as_json: JsonOption = False
) -> None:
    """Print the API's OpenAPI document, for generators of clients."""
    with told(as_json=as_json), _stack(outputs, name) as stack:
        (print_json if as_json else print_indented)(stack.openapi)


@app.command()
def diagram(
    workflow: WorkflowName,
    *,
    written_as: Annotated[
        Format, typer.Option("--format", help="Mermaid for Markdown, or SVG.")
    ] = Format.MERMAID,
    outputs: OutputsOption = None,
    name: StackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw a workflow's state machine."""
    with told(as_json=as_json), _stack(outputs, name) as stack:
        if workflow not in stack.definitions:
            known = ", ".join(sorted(stack.definitions)) or "none"
            raise WorkflowUnknown(
                f"the outputs have no definition of {workflow!r}; they have {known}"
            )
        definition = stack.definitions[workflow]
        drawn = svg(definition, workflow) if written_as is Format.SVG else mermaid(definition)
        if as_json:
            print_json({"workflow": workflow, "format": written_as, "diagram": drawn})
        else:
            print_document(drawn)


@app.command()
def dashboard(
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where on 127.0.0.1; 0 takes a free one.")
    ] = 8787,
    outputs: OutputsOption = None,
    name: StackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show executions live in a web page, on this machine only."""
    interrupted = "the dashboard is closed; executions go on"
    with told(as_json=as_json, interrupted=interrupted), _stack(outputs, name) as stack:
        title = name or (str(outputs) if outputs else "local stack")
        serve_dashboard(stack, title, port, as_json=as_json)


@contextmanager
def _stack(outputs: Path | None, name: str | None) -> Generator[Stack]:
    """The stack that the options mean.

    Raises:
        typer.BadParameter: they mean two.
        StepgateError: there is none there.
    """
    if name is not None and outputs is not None:
        raise typer.BadParameter("give --outputs or --stack, not both")
    if name is not None:
        found = Stack.from_pulumi(name, patience=PATIENCE)
    elif outputs is not None or DEFAULT_OUTPUTS.exists():
        found = Stack.from_outputs(outputs or DEFAULT_OUTPUTS, patience=PATIENCE)
    else:
        raise OutputsUnusable(
            f"there is no {DEFAULT_OUTPUTS}; run `make up`, or give --outputs PATH or --stack NAME"
        )
    with found as stack:
        yield stack


def _document(route: Route) -> dict[str, Any]:
    execution_url = {"executionUrl": route.execution_url} if route.execution_url else {}
    return {
        "mode": route.mode,
        "method": "POST",
        "url": route.url,
        **execution_url,
        "schema": route.schema,
    }
