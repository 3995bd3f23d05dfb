"""Who may use the dashboard: browsers in which the address that it prints was opened.

Other users of this machine can connect to it too. As with Jupyter, the printed address has a token,
and the browser gets a cookie for it.
"""

import hmac
import os
import secrets
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

PAGE = "/"
NOT_SIGNED_IN = "open the address that `stepgate dashboard` has printed: it has a token"


def read_secret(file: Path) -> bytes:
    """This user's secret, which signs the cookies; the file is made if there is none.

    It is kept, so that open pages are still signed in after a restart.

    Raises:
        OSError: the file cannot be read or written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        with NamedTemporaryFile(dir=file.parent) as temporary:  # only its owner can read it
            temporary.write(secrets.token_bytes(32))
            temporary.flush()
            with suppress(FileExistsError):
                os.link(temporary.name, file)
    return file.read_bytes()


class Access:
    """
    Attributes:
        token: part of the printed address, another one after each start.
    """

    def __init__(self, secret: bytes, port: int) -> None:
        self.token = secrets.token_urlsafe(16)
        # Cookies are sent to every port of a host.
        self._cookie = f"stepgate-{port}"
        self._session = hmac.new(secret, self._cookie.encode(), sha256).hexdigest()

    def response(self, request: Request) -> Response | None:
        """The response to a request that the dashboard does not handle."""
        token = request.query_params.get("token")
        if request.url.path == PAGE and token and _is_equal(token, self.token):
            response = RedirectResponse(PAGE, 303)
            response.set_cookie(self._cookie, self._session, httponly=True, samesite="strict")
            return response
        if _is_equal(request.cookies.get(self._cookie, ""), self._session):
            return None
        if request.url.path == PAGE:
            return PlainTextResponse(f"Please {NOT_SIGNED_IN}.\n", 403)
        return JSONResponse({"message": NOT_SIGNED_IN}, 403)


class AccessMiddleware:
    """Refuses requests without the token or the cookie."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = self._access.response(Request(scope)) if scope["type"] == "http" else None
        await (response or self._app)(scope, receive, send)


def _is_equal(text: str, expected: str) -> bool:
    return hmac.compare_digest(text.encode(errors="replace"), expected.encode())
