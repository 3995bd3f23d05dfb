"""Who may ask, and what a page may do: the border of the dashboard.

A web page from anywhere, open in the same browser, can send requests to this machine. What it
cannot do is to choose their Host and Origin.
"""

import asyncio
import base64
import re
from collections.abc import MutableMapping
from hashlib import sha256
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from stepgate.diagram.style import STYLE

HOST = re.compile(r"(127\.0\.0\.1|localhost)(:[0-9]+)?", re.IGNORECASE)
"""With any port, for it may be forwarded. A name that merely leads here (DNS rebinding) is none."""
CLOSED = "the dashboard was closed meanwhile; whether this was done is not known"
READING = frozenset({"GET", "HEAD"})

_STYLE_HASH = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    # https://www.w3.org/TR/CSP3/
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'sha256-{_STYLE_HASH}'",
            "img-src 'self'",
            "connect-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types stepgate",
        )
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """Refuses what no page of the dashboard's own sends, and puts `HEADERS` on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def send_guarded(message: MutableMapping[str, Any]) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                # What changed since is asked for, and nothing private stays in a cache.
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        if scope["type"] == "http" and (refused := _refusal(scope["method"], Headers(scope=scope))):
            await JSONResponse({"message": refused}, 403)(scope, receive, send_guarded)
        else:
            try:
                await self._app(scope, receive, send_guarded)
            except asyncio.CancelledError:
                if has_begun:
                    raise
                await JSONResponse({"message": CLOSED}, 503)(scope, receive, send_guarded)


def _refusal(method: str, headers: Headers) -> str | None:
    """Why a request is refused, if it is."""
    host, origin = headers.get("host", ""), headers.get("origin")
    if not HOST.fullmatch(host):
        return f"the dashboard is at 127.0.0.1 and localhost, and not at {host!r}"
    if origin is None and method not in READING:
        return "requests that change something need an Origin, as browsers send it"
    if origin is not None and origin != f"http://{host}":
        return f"only the dashboard's own pages may ask, and not {origin!r}"
    return None
