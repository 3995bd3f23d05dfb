"""A socket for a server on this machine, to this machine only."""

import os
import socket

import typer

HOST = "127.0.0.1"


def create_listener(port: int) -> socket.socket:
    """A socket that listens on 127.0.0.1; with port 0 on any free port.

    Raises:
        typer.BadParameter: the port is in use, or not permitted.
    """
    try:
        return socket.create_server((HOST, port), backlog=128)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise typer.BadParameter(
            f"{HOST}:{port} is not available: {reason}; choose another port with --port"
        ) from None
