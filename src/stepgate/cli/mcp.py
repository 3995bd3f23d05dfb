"""Serves a stack's workflows to agents. Only here is imported what that needs beside the client."""

from typing import TYPE_CHECKING

import typer

from stepgate.cli.listener import HOST, create_listener
from stepgate.cli.printing import print_message
from stepgate.cli.stack_command import RETRY_POLICY
from stepgate.cli.subcommands import extra
from stepgate.client.outputs import Outputs

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server


def serve_tools(
    outputs: Outputs, token: str | None, allow: str, wait_seconds: float, port: int | None
) -> None:
    """Serves until the host closes standard input, or, with a port, until Ctrl-C.

    Args:
        token: for the routes that require one.
        allow: what agents may do beside running workflows, separated by commas.
        port: of 127.0.0.1, for streamable HTTP. None uses standard input and output.

    Raises:
        typer.Exit: packages of the extra are missing.
        typer.BadParameter: an allowed action is unknown, or the port is not available.
    """
    import asyncio  # noqa: PLC0415 - it loads slowly, and no other command needs it

    with extra("mcp"):
        from stepgate.client.async_stack import AsyncStack  # noqa: PLC0415
        from stepgate.mcp.server import workflow_server  # noqa: PLC0415
        from stepgate.mcp.tools import ALLOWED  # noqa: PLC0415
    allowed = [each.strip() for each in allow.split(",") if each.strip()]
    for each in allowed:
        if each not in ALLOWED:
            raise typer.BadParameter(f"--allow has {each!r}; use {', '.join(ALLOWED)}")

    async def serve() -> None:
        async with AsyncStack(outputs, retry_policy=RETRY_POLICY, token=token) as stack:
            server = workflow_server(stack, allowed, wait_seconds)
            await (_serve_stdio(server) if port is None else _serve_http(server, port))

    asyncio.run(serve())


async def _serve_stdio(server: "Server") -> None:
    from mcp.server.stdio import stdio_server  # noqa: PLC0415

    async with stdio_server() as (reads, writes):
        await server.run(reads, writes, server.create_initialization_options())


async def _serve_http(server: "Server", port: int) -> None:
    import uvicorn  # noqa: PLC0415

    # It refuses foreign Host and Origin headers, by which a page in a browser could call it.
    app = server.streamable_http_app(host=HOST)
    config = uvicorn.Config(app, log_config=None, ws="none", server_header=False)
    with create_listener(port) as listener:
        print_message(f"the tools are at http://{HOST}:{listener.getsockname()[1]}/mcp")
        await uvicorn.Server(config).serve([listener])
