"""Serves the dashboard. Only here is imported what it needs beside the client."""

import os
from typing import TYPE_CHECKING

import typer
from rich.text import Text

from stepgate.cache_folder import cache_folder
from stepgate.cli.listener import HOST, create_listener
from stepgate.cli.printing import Screen, print_json
from stepgate.cli.subcommands import extra

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stepgate.client.outputs import Outputs
    from stepgate.client.stack import Stack

WAIT_TIME_SECONDS = 2
"""A dashboard is often restarted, and Ctrl-C waits so long for the request under way."""


def serve_dashboard(
    load: "Callable[[], Outputs]",
    connect: "Callable[[Outputs], Stack]",
    file: "Path | None",
    title: str,
    port: int,
    *,
    options: "tuple[str, ...]",
    own_queue: bool,
    as_json: bool,
) -> None:
    """Serves until Ctrl-C.

    Args:
        load: reads the stack's outputs.
        connect: the stack of such outputs.
        file: holds the outputs; None if Pulumi is asked.
        title: the stack's name on the page.
        options: with which other commands use the stack.
        own_queue: whether it reads the progress queue, of which it is then the only reader.

    Raises:
        typer.Exit: packages of the extra are missing.
        typer.BadParameter: the port is not available, or the cache's folder cannot be used.
        QueueUnusable: the AWS settings are not usable.
        StepgateError: the outputs cannot be read.
    """
    with extra("dashboard"):
        from stepgate.client.progress import Progress  # noqa: PLC0415
        from stepgate.dashboard.access import Access, read_secret  # noqa: PLC0415
        from stepgate.dashboard.app import Dashboard  # noqa: PLC0415
        from stepgate.dashboard.deployment import StackSource  # noqa: PLC0415
        from stepgate.dashboard.server import serve  # noqa: PLC0415
    secret_file = cache_folder() / "dashboard-secret"
    try:
        secret = read_secret(secret_file)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise typer.BadParameter(
            f"{secret_file} cannot be used: {reason}; set STEPGATE_CACHE to a folder of your own"
        ) from None
    listener = create_listener(port)

    def open_progress(stack: "Stack") -> Progress:
        return Progress(stack.progress_queue_url, stack=stack, wait_time_seconds=WAIT_TIME_SECONDS)

    with listener:
        bound_port = listener.getsockname()[1]
        access = Access(secret, bound_port)
        url = f"http://{HOST}:{bound_port}/?token={access.token}"

        def print_url() -> None:
            if as_json:
                print_json({"url": url})
            else:
                Screen().print(Text(f"{title}: the dashboard is at {url} until Ctrl-C."))

        source = StackSource(title, load, connect, file, options)
        dashboard = Dashboard(source, access, open_progress if own_queue else None)
        serve(dashboard, listener, print_url)
