"""The dashboard is served: what it needs beside the client is imported here only."""

import os

import typer
from rich.text import Text

from stepgate import Progress, Stack
from stepgate.command.printing import Screen, print_json
from stepgate.errors import OutputsUnusable

POLL_SECONDS = 2
"""A dashboard is stopped and started again as one likes, and Ctrl-C waits for so long."""


def serve_dashboard(stack: Stack, title: str, port: int, *, as_json: bool) -> None:
    """Serves until Ctrl-C.

    Args:
        title: what the page calls the stack.

    Raises:
        typer.BadParameter: the port cannot be had.
        OutputsUnusable: the stack has no progress queue.
        QueueUnusable: its settings for AWS cannot be used.
    """
    try:
        from stepgate.dashboard.app import Dashboard  # noqa: PLC0415 an extra of the package
        from stepgate.dashboard.server import listening, serve  # noqa: PLC0415
    except ImportError as error:
        raise typer.BadParameter(
            f"the dashboard needs {error.name}, which comes with this package's extra: "
            "`pip install 'path/to/the/repository[dashboard]'`"
        ) from None
    if stack.progress_queue_url is None:
        raise OutputsUnusable("the outputs have no progressQueueUrl; deploy the stack again")
    try:
        listener = listening(port)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise typer.BadParameter(
            f"127.0.0.1:{port} cannot be used: {reason}; give another one with --port"
        ) from None
    progress = Progress(stack.progress_queue_url, stack=stack, longest_poll=POLL_SECONDS)
    with listener, progress:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"

        def tell() -> None:
            if as_json:
                print_json({"url": url})
            else:
                Screen().print(Text(f"{title}: the dashboard is at {url} until Ctrl-C."))

        serve(Dashboard(stack, title, progress), listener, tell)
