"""The commands that run executions again: `redrive` and `restart`, for one or for many."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from stepgate.cli.errors import explain_interruption
from stepgate.cli.printing import print_json, print_table
from stepgate.cli.reruns import MOST, ActionName, Selection, Unsuccessful, rerun_many
from stepgate.cli.stack_command import PathOption, WorkflowName, open_execution, stack_command
from stepgate.cli.times import parse_time
from stepgate.client.documents import format_timestamp

if TYPE_CHECKING:
    from stepgate.client.execution import Execution
    from stepgate.client.stack import Stack

RerunOne = Callable[["Execution"], dict[str, str | bool | datetime]]
"""Runs an execution again; returns what is printed of it."""


def redrive_one(execution: "Execution") -> dict[str, str | bool | datetime]:
    return {"redriveDate": execution.redrive()}


def restart_one(execution: "Execution") -> dict[str, str | bool | datetime]:
    restarted = execution.restart()
    known = {"startedBefore": restarted.is_known_restart}
    return {"restart": restarted.name, **known, "url": restarted.url}


def _command(name: ActionName, purpose: str, rerun_one: RerunOne) -> Callable[..., None]:
    def command(
        stack: "Stack",
        workflow: WorkflowName,
        execution: Annotated[
            str | None,
            typer.Argument(
                metavar="EXECUTION", help="Its name; without one, --status selects many."
            ),
        ] = None,
        *,
        status: Annotated[
            Unsuccessful | None, typer.Option(help="Of many: how they have ended.")
        ] = None,
        since: Annotated[
            datetime | None,
            typer.Option(
                parser=parse_time,
                metavar="TIME",
                help="Of many: started since 30m, 2h or 7d ago, or since a time.",
            ),
        ] = None,
        error: Annotated[
            str | None, typer.Option(metavar="NAME", help="Of many: the error they failed with.")
        ] = None,
        limit: Annotated[
            int | None,
            typer.Option(min=1, help=f"Of many: how many are looked at, by default {MOST}."),
        ] = None,
        again: Annotated[
            bool, typer.Option("--again", help="Of many: also those that were run again before.")
        ] = False,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Of many: print them, and do nothing.")
        ] = False,
        confirm: Annotated[
            int | None,
            typer.Option(
                metavar="COUNT", help="Of many: their expected number, instead of a prompt."
            ),
        ] = None,
        path: PathOption = None,
        as_json: bool,
    ) -> None:
        of_many = any((status, since, error, limit, again, dry_run, confirm is not None))
        if execution is None:
            if status is None:
                raise typer.BadParameter(
                    "name an EXECUTION, or select many with --status, for example --status FAILED"
                )
            selection = Selection(
                workflow,
                status,
                since,
                error,
                limit or MOST,
                again,
            )
            rerun_many(name, stack, selection, confirm=confirm, dry_run=dry_run, as_json=as_json)
            return
        if of_many:
            raise typer.BadParameter(
                f"{execution} is one execution; use it without --status, --since, --error, "
                "--limit, --again, --dry-run and --confirm"
            )
        with explain_interruption(f"interrupted; read the status of {execution}, or try again"):
            found = rerun_one(open_execution(stack, workflow, execution, path))
        _print_one({"workflow": workflow, "execution": execution, **found}, as_json=as_json)

    command.__name__ = name
    command.__doc__ = purpose
    return stack_command(command)


def _print_one(document: dict[str, str | bool | datetime], *, as_json: bool) -> None:
    if as_json:
        print_json(
            {k: v.timestamp() if isinstance(v, datetime) else v for k, v in document.items()}
        )
    else:
        print_table(*((key, _text(value)) for key, value in document.items()))


def _text(value: str | bool | datetime) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case datetime():
            return format_timestamp(value)
        case str():
            return value


redrive = _command("redrive", "Continue one or many executions where they failed.", redrive_one)
restart = _command("restart", "Start one or many executions again, each only once.", restart_one)
