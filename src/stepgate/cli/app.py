"""The commands."""

import os
import sys
import traceback
import uuid
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from importlib.resources import files
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from stepgate.cli import ci, local
from stepgate.cli.check import check
from stepgate.cli.cost import costs_document, print_costs, read_loads
from stepgate.cli.dashboard import serve_dashboard
from stepgate.cli.errors import exit_on_error, explain_interruption
from stepgate.cli.execution_list import list_rows, list_summary
from stepgate.cli.exit_codes import ExitCode, exit_code
from stepgate.cli.history import history_rows, outcome_rows, timeline
from stepgate.cli.input import read_input, read_parameters
from stepgate.cli.mcp import serve_tools
from stepgate.cli.printing import (
    Screen,
    print_document,
    print_error,
    print_indented,
    print_json,
    print_message,
    print_table,
    spinner,
)
from stepgate.cli.rerun_commands import redrive, restart
from stepgate.cli.stack_command import (
    ApiOption,
    JsonOption,
    OutputsOption,
    PathOption,
    StackOption,
    TokenOption,
    WorkflowName,
    connect_stack,
    default_outputs,
    open_execution,
    outputs_command,
    selected_outputs,
    stack_command,
)
from stepgate.cli.status import (
    status_document,
    status_rows,
    waiting_document,
    waiting_rows,
)
from stepgate.cli.times import parse_time
from stepgate.client.documents import history_document, list_document, outcome_document
from stepgate.client.errors import WorkflowNotFound
from stepgate.client.outputs import DeployedRoute, Outputs
from stepgate.cost import Load

if TYPE_CHECKING:
    from stepgate.client.recorded_outcome import RecordedOutcome
    from stepgate.client.stack import Stack

InputArgument = Annotated[
    str | None, typer.Argument(metavar="INPUT", help="JSON, @FILE, or - for standard input.")
]
QueryOption = Annotated[
    list[str] | None,
    typer.Option("--query", metavar="NAME=VALUE", help="A parameter in the query string."),
]
HeaderOption = Annotated[
    list[str] | None,
    typer.Option("--header", metavar="NAME=VALUE", help="A header of the request."),
]
ExecutionName = Annotated[
    str,
    typer.Argument(metavar="EXECUTION", help="Its name, as printed by `stepgate start`."),
]
CallSinceOption = Annotated[
    datetime | None,
    typer.Option(
        "--since",
        parser=parse_time,
        metavar="TIME",
        help="Earliest time of the call; for synchronous workflows.",
    ),
]
CallUntilOption = Annotated[
    datetime | None,
    typer.Option("--until", parser=parse_time, metavar="TIME", help="Latest time of the call."),
]


class StatusOption(StrEnum):
    """The statuses of executions."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"
    PENDING_REDRIVE = "PENDING_REDRIVE"


class Format(StrEnum):
    """The formats of a diagram."""

    MERMAID = "mermaid"
    SVG = "svg"


GROUPS = {"local": local.app, "ci": ci.app}
"""Commands that have commands of their own."""

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
    # Escape characters that the encoding lacks, instead of failing.
    cast("TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace")
    arguments = sys.argv[1:]
    if arguments in ([], *([name] for name in GROUPS)):
        arguments.append("--help")
    try:
        code = app(arguments, prog_name="stepgate", standalone_mode=False)
    except typer.TyperException as error:
        print_message(f"{error.format_message()} (see --help)")
        code = ExitCode.USAGE
    except SystemExit:  # typer raises it when the reader of the help has gone
        code = ExitCode.BROKEN_PIPE
    except (KeyboardInterrupt, typer.Abort):
        print_message("interrupted")
        code = ExitCode.INTERRUPTED
    except OSError as error:
        Screen().discard()
        print_message(f"{error.filename or 'the output'}: {error.strerror}")
        code = ExitCode.INTERNAL_ERROR
    except Exception:
        print_error(traceback.format_exc().rstrip())
        code = ExitCode.INTERNAL_ERROR
    sys.exit(code)


def _open_closed_streams() -> None:
    """Replaces a standard stream that the caller has closed by an empty one."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115


def _print_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version  # noqa: PLC0415

        Screen().print(version("pulumi-stepgate"))
        raise typer.Exit


@app.callback()
def options(
    _: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version)
    ] = False,
) -> None:
    """Call the workflows of a stack by their routes, and watch their executions."""


@app.command()
@outputs_command
def routes(
    outputs: Outputs,
    *,
    as_json: bool,
) -> None:
    """List the workflows and their routes."""
    routes = outputs.routes.values()
    if as_json:
        print_json({route.name: _route_document(route) for route in routes})
    else:
        print_table(
            ("WORKFLOW", "MODE", "METHOD", "SCHEMA", "URL"),
            *((r.name, r.mode, r.method, "yes" if r.schema else "no", r.url) for r in routes),
        )


@app.command()
@stack_command
def call(
    stack: "Stack",
    workflow: WorkflowName,
    given: InputArgument = None,
    *,
    path: PathOption = None,
    query: QueryOption = None,
    header: HeaderOption = None,
    as_json: bool,
) -> None:
    """Call a synchronous workflow, and print its output."""
    interrupted = "no longer waiting; the workflow continues if it was started"
    with explain_interruption(interrupted):
        value = read_input(workflow, given)
        parameters = read_parameters(path, query, header)
        with spinner(workflow):
            output = stack.call(
                workflow,
                value,
                path=parameters["path"],
                query=parameters["query"],
                headers=parameters["headers"],
            )
        (print_json if as_json else print_indented)(output)


@app.command()
@stack_command
def start(
    stack: "Stack",
    workflow: WorkflowName,
    given: InputArgument = None,
    *,
    key: Annotated[
        str | None,
        typer.Option(metavar="K", help="Idempotency key, and the execution's name."),
    ] = None,
    path: PathOption = None,
    query: QueryOption = None,
    header: HeaderOption = None,
    as_json: bool,
) -> None:
    """Start an asynchronous workflow, and print its execution."""
    key = str(uuid.uuid4()) if key is None else key
    interrupted = (
        "interrupted; the execution may have been started: look for it with "
        f"`stepgate status {workflow} {key}`, or run this again with --key {key}"
    )
    with explain_interruption(interrupted):
        value = read_input(workflow, given)
        parameters = read_parameters(path, query, header)
        execution = stack.start(workflow, value, idempotency_key=key, **parameters)
        started = {"workflow": workflow, "execution": execution.name, "url": execution.url}
        if as_json:
            print_json(started)
        else:
            print_table(*started.items())


@app.command()
@stack_command
def status(
    stack: "Stack",
    workflow: WorkflowName,
    execution: ExecutionName,
    *,
    path: PathOption = None,
    since: CallSinceOption = None,
    until: CallUntilOption = None,
    as_json: bool,
) -> None:
    """Print an execution's status and result.

    Those of a synchronous workflow are read from its log.
    """
    _check_call_times(stack, workflow, since, until)
    route = stack.routes.get(workflow)
    if route and route.mode == "sync":
        recorded = _recorded(stack, workflow, execution, since, until)
        if as_json:
            print_json(outcome_document(recorded))
        else:
            print_table(*outcome_rows(recorded))
        return
    found = open_execution(stack, workflow, execution, path).status()
    if as_json:
        print_json(status_document(found))
    else:
        print_table(*status_rows(found))


@app.command("list")
@stack_command
def list_executions(
    stack: "Stack",
    workflow: Annotated[
        str | None,
        typer.Argument(metavar="[WORKFLOW]", help="Its name; without one, of all workflows."),
    ] = None,
    *,
    status: Annotated[
        StatusOption | None, typer.Option(help="Only those with this status.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=parse_time,
            metavar="AGE",
            help="Only those started since then: 30m, 2h, 7d, or a time.",
        ),
    ] = None,
    error: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only fetched ones that failed with this error."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="The most executions that are fetched.")] = 100,
    as_json: bool,
) -> None:
    """List executions, the newest first, with your AWS credentials."""
    now = datetime.now(UTC)
    if error is not None and status is None:
        status = StatusOption.FAILED
    with spinner("executions"):
        found = stack.executions(
            workflow,
            status=status.value if status else None,
            since=since,
            limit=limit,
            error=error,
        )
    if as_json:
        print_json(list_document(found))
    else:
        print_table(*list_rows(found, now, is_relative=Screen().is_terminal))
        for problem in found.problems.values():
            print_message(str(problem))
        if summary := list_summary(found, error):
            print_message(summary)
    if found.problems:
        raise typer.Exit(exit_code(next(iter(found.problems.values()))))


@app.command()
@stack_command
def history(
    stack: "Stack",
    workflow: WorkflowName,
    execution: ExecutionName,
    *,
    as_timeline: Annotated[
        bool, typer.Option("--timeline", help="Draw a bar for each state instead.")
    ] = False,
    since: CallSinceOption = None,
    until: CallUntilOption = None,
    as_json: bool,
) -> None:
    """Print the states of an execution, with your AWS credentials."""
    _check_call_times(stack, workflow, since, until)
    found = _recorded(stack, workflow, execution, since, until)
    now = found.stopped or datetime.now(UTC)
    screen = Screen()
    if as_json:
        print_json(history_document(found, now))
    elif as_timeline:
        screen.print(timeline(found.states, now, screen.width))
    else:
        print_table(*history_rows(found.states, now, is_short=screen.is_terminal))


@app.command()
@stack_command
def stop(
    stack: "Stack",
    workflow: WorkflowName,
    execution: ExecutionName,
    *,
    path: PathOption = None,
    as_json: bool,
) -> None:
    """Stop an execution.

    One that has ended is not changed, and its status is printed.
    """
    found = open_execution(stack, workflow, execution, path)
    before = found.status()
    found.stop()
    if as_json:
        stopped = {"stopped": before.is_running}
        print_json({"workflow": workflow, "execution": execution, **stopped})
    elif before.is_running:
        Screen().print(f"{execution} was stopped")
    else:
        Screen().print(f"{execution} had already ended: {before.status}")


app.command()(redrive)
app.command()(restart)


@app.command()
@stack_command
def send(
    stack: "Stack",
    workflow: WorkflowName,
    execution: ExecutionName,
    event: Annotated[
        str | None,
        typer.Argument(metavar="[EVENT]", help="Its name; without one, list the awaited events."),
    ] = None,
    given: Annotated[
        str | None,
        typer.Argument(metavar="[BODY]", help="JSON, @FILE, or - for standard input."),
    ] = None,
    *,
    item: Annotated[
        str | None,
        typer.Option(metavar="ITEM", help="The item of a Map, if each waits for its own event."),
    ] = None,
    path: PathOption = None,
    as_json: bool,
) -> None:
    """Send an execution an event that it waits for, or list these."""
    found = open_execution(stack, workflow, execution, path)
    if event is None:
        waiting = found.waiting()
        if as_json:
            print_json(waiting_document(waiting))
        else:
            print_table(("EVENT", "SINCE", "UNTIL"), *waiting_rows(waiting))
        return
    interrupted = f"interrupted; {execution} may have received event {event}"
    with explain_interruption(interrupted):
        found.send(event, read_input(workflow, given), item=item)
    if as_json:
        print_json({"workflow": workflow, "execution": execution, "event": event})
    else:
        Screen().print(f"{execution} received event {event}")


@app.command()
@stack_command
def watch(
    stack: "Stack",
    workflow: WorkflowName,
    execution: ExecutionName,
    *,
    path: PathOption = None,
    as_json: bool,
) -> None:
    """Watch an execution until it ends, live in a terminal."""
    from stepgate.cli.watch import watch_events, watch_live  # noqa: PLC0415

    interrupted = (
        f"no longer watching; the execution continues; stop it with `stepgate stop {workflow} "
        f"{execution}`"
    )
    with explain_interruption(interrupted):
        watched = open_execution(stack, workflow, execution, path)
        if Screen().is_live and not as_json:
            end = watch_live(watched)
        else:
            end = watch_events(watched, as_json=as_json)
        succeeded = end.status == "SUCCEEDED"
        raise typer.Exit(ExitCode.OK if succeeded else ExitCode.FAILED)


@app.command("live-client")
def live_client() -> None:
    """Print the JavaScript module that follows executions."""
    print_document((files("stepgate") / "browser/follow.js").read_text())


@app.command()
@outputs_command
def openapi(
    outputs: Outputs,
    *,
    as_json: bool,
) -> None:
    """Print the API's OpenAPI document.

    Clients can be generated from it.
    """
    (print_json if as_json else print_indented)(outputs.openapi)


@app.command()
@outputs_command
def diagram(
    outputs: Outputs,
    workflow: WorkflowName,
    *,
    format_: Annotated[
        Format, typer.Option("--format", help="Mermaid for Markdown, or SVG.")
    ] = Format.MERMAID,
    as_json: bool,
) -> None:
    """Draw a workflow's state machine."""
    from stepgate.diagram import mermaid, svg  # noqa: PLC0415

    if workflow not in outputs.definitions:
        known = ", ".join(sorted(outputs.definitions)) or "none"
        raise WorkflowNotFound(f"the outputs have no definition of {workflow!r}; they have {known}")
    definition = outputs.definitions[workflow]
    drawn = svg(definition, workflow) if format_ is Format.SVG else mermaid(definition)
    if as_json:
        print_json({"workflow": workflow, "format": format_, "diagram": drawn})
    else:
        print_document(drawn)


@app.command()
def dashboard(
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 chooses a free one.")
    ] = 8787,
    own_queue: Annotated[
        bool,
        typer.Option(
            "--own-queue", help="Read the progress queue; no other program may read it then."
        ),
    ] = False,
    outputs: OutputsOption = None,
    name: StackOption = None,
    api: ApiOption = None,
    token: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show executions live in a web page, on this machine only."""
    interrupted = "the dashboard is closed; executions continue"
    with exit_on_error(as_json=as_json), explain_interruption(interrupted):
        title = name or (str(outputs) if outputs else "local stack")
        file = None if name else outputs or default_outputs()
        which = ("--outputs", str(file.resolve())) if file else ("--stack", str(name))
        serve_dashboard(
            partial(selected_outputs, outputs, name, api),
            partial(connect_stack, token=token),
            file,
            title,
            port,
            options=(*which, *(("--api", api) if api else ())),
            own_queue=own_queue,
            as_json=as_json,
        )


@app.command()
def mcp(
    *,
    allow: Annotated[
        str,
        typer.Option(
            metavar="ACTIONS",
            help="Other actions to allow: history,send,stop,redrive,restart.",
        ),
    ] = "",
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for an asynchronous workflow.")
    ] = 60,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="Serve streamable HTTP on this port of 127.0.0.1 instead of standard input and "
            "output; 0 chooses a free one.",
        ),
    ] = None,
    outputs: OutputsOption = None,
    name: StackOption = None,
    api: ApiOption = None,
    token: TokenOption = None,
) -> None:
    """Serve the workflows to agents, as tools (MCP)."""
    with exit_on_error(as_json=False):
        serve_tools(selected_outputs(outputs, name, api), token, allow, wait, port)


@app.command()
@outputs_command
def cost(
    outputs: Outputs,
    *,
    calls: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[WORKFLOW=]N",
            help="Calls a month, for example 250k or 1M, of each workflow or of one. May be "
            "repeated; by default 1M.",
        ),
    ] = None,
    seconds: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[WORKFLOW=]N",
            help="How long a synchronous execution takes. May be repeated; by default 1.",
        ),
    ] = None,
    polls: Annotated[
        float, typer.Option(min=0, help="Requests for the status of an asynchronous execution.")
    ] = Load.polls,
    waits: Annotated[
        float, typer.Option(min=0, help="The same for a wait route; each takes 20 s.")
    ] = Load.long_polls,
    lambda_ms: Annotated[
        float, typer.Option(min=0, help="Milliseconds of a Lambda proxy's own work per request.")
    ] = Load.proxy_ms,
    as_json: bool,
) -> None:
    """Print what a month costs, also with a Lambda proxy."""
    common = Load(polls=polls, long_polls=waits, proxy_ms=lambda_ms)
    loads = read_loads(outputs.definitions, calls or (), seconds or (), common)
    (print_json if as_json else print_costs)(costs_document(outputs, loads))


app.command()(check)
for name, group in GROUPS.items():
    app.add_typer(group, name=name)


def _check_call_times(
    stack: "Stack", workflow: str, since: datetime | None, until: datetime | None
) -> None:
    """
    Raises:
        typer.BadParameter: there is one, and the workflow is asynchronous.
    """
    route = stack.routes.get(workflow)
    if route and route.mode == "async" and (since or until):
        raise typer.BadParameter(
            f"{workflow} is asynchronous, and its executions are found by their names: leave "
            "--since and --until out"
        )


def _recorded(
    stack: "Stack",
    workflow: str,
    name: str,
    since: datetime | None,
    until: datetime | None,
) -> "RecordedOutcome":
    """What AWS has recorded of an execution.

    Raises:
        NotRecorded: nothing, or it was not found.
        StepgateError: as `Stack.outcome`.
    """
    from stepgate.client.recorded_outcome import require_recorded  # noqa: PLC0415

    with spinner(name):
        found = stack.outcome(name, workflow, since=since, until=until)
    if found.kind == "started" and found.is_cut_off:
        print_message(
            f"the log is too long to be searched in full, so the end of {name} may be recorded; "
            "use --since and --until"
        )
    return require_recorded(found)


def _route_document(route: DeployedRoute) -> dict[str, Any]:
    execution_url = {"executionUrl": route.execution_url} if route.execution_url else {}
    return {
        "mode": route.mode,
        "method": route.method,
        "url": route.url,
        **execution_url,
        "schema": route.schema,
    }
