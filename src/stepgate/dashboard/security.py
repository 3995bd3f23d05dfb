"""Security middleware: what other web pages in the same browser may not do, and response headers.

They can send requests to this machine, but cannot choose the headers Host, Origin and
Sec-Fetch-Site. Starlette's `TrustedHostMiddleware`, inside this one, checks the Host: a name that
resolves to this machine (DNS rebinding) is refused.
"""

import asyncio
import base64
from collections.abc import MutableMapping
from hashlib import sha256
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from stepgate.diagram.style import STYLE

HOSTS = ("127.0.0.1", "localhost")
"""With any port, because the port may be forwarded."""
CLOSED = "the dashboard was closed during this request; it may or may not have been carried out"
SAFE_METHODS = frozenset({"GET", "HEAD"})
OWN_SITES = frozenset({"same-origin", "none"})
"""Values of Sec-Fetch-Site: from the dashboard's own page, or from the address bar.

https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
"""

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


class SecurityMiddleware:
    """Refuses requests from other hosts and origins, and adds `HEADERS` to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = TrustedHostMiddleware(app, allowed_hosts=HOSTS, www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_started = False

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                # Browsers ask whether a file has changed, and keep no private data.
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        if scope["type"] == "http" and (
            problem := _site_problem(scope["method"], Headers(scope=scope))
        ):
            await JSONResponse({"message": problem}, 403)(scope, receive, send_with_headers)
            return
        try:
            await self._app(scope, receive, send_with_headers)
        except asyncio.CancelledError:
            if has_started:
                raise
            await JSONResponse({"message": CLOSED}, 503)(scope, receive, send_with_headers)


def _site_problem(method: str, headers: Headers) -> str | None:
    """Why a request is refused, if it is."""
    if headers.get("sec-fetch-site", "none") not in OWN_SITES:
        return "another web page may not send requests to the dashboard: use the address bar"
    origin = headers.get("origin")
    if origin is None:
        return None if method in SAFE_METHODS else f"{method} requests need the header Origin"
    if origin != f"http://{headers.get('host')}":
        return f"origin {origin!r} is not allowed: only the dashboard's own pages are"
    return None
