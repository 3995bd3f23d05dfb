"""Serves the dashboard. Only here is imported what it needs beside the client."""

from rich.text import Text

from stepgate.cli.listener import HOST, create_listener
from stepgate.cli.printing import Screen, print_json
from stepgate.cli.subcommands import extra
from stepgate.client.stack import Stack

WAIT_TIME_SECONDS = 2
"""A dashboard is often restarted, and Ctrl-C waits so long for the request under way."""


def serve_dashboard(stack: Stack, title: str, port: int, *, as_json: bool) -> None:
    """Serves until Ctrl-C.

    Args:
        title: the stack's name on the page.

    Raises:
        typer.Exit: packages of the extra are missing.
        typer.BadParameter: the port is not available.
        QueueUnusable: the stack has no progress queue, or the AWS settings are not usable.
    """
    with extra("dashboard"):
        from stepgate.client.progress import Progress  # noqa: PLC0415
        from stepgate.dashboard.app import Dashboard  # noqa: PLC0415
        from stepgate.dashboard.server import serve  # noqa: PLC0415
    listener = create_listener(port)
    progress = Progress(stack.progress_queue_url, stack=stack, wait_time_seconds=WAIT_TIME_SECONDS)
    with listener, progress:
        url = f"http://{HOST}:{listener.getsockname()[1]}/"

        def print_url() -> None:
            if as_json:
                print_json({"url": url})
            else:
                Screen().print(Text(f"{title}: the dashboard is at {url} until Ctrl-C."))

        serve(Dashboard(stack, title, progress), listener, print_url)
