"""Which scripts in browsers may call the routes: https://fetch.spec.whatwg.org/#http-cors-protocol"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# A scheme, a host or all subdomains of one, and a port. Apps have schemes of their own.
# https://www.rfc-editor.org/rfc/rfc6454#section-6.2
ORIGIN = re.compile(r"\*|[a-z][a-z0-9+.-]*://(\*\.)?[a-z0-9.-]+(:[0-9]{1,5})?")
HEADER = re.compile(r"[A-Za-z0-9-]+")

ALL = "*"


@dataclass(frozen=True, kw_only=True)
class Cors:
    """Which scripts may call the routes and read the responses.

    Attributes:
        origins: such as `https://app.example.com`; `https://*.example.com` for all subdomains;
            `capacitor://localhost` of an app; or `*` alone. None: no script of another origin.
        headers: headers that scripts may send, beside the usual ones and those that routes read.
        exposed_headers: headers that scripts may read, beside the usual ones and a route's own.
        credentials: whether a browser may send its cookies. Not with `*`.
    """

    origins: Sequence[str] = ()
    headers: Sequence[str] = ()
    exposed_headers: Sequence[str] = ()
    credentials: bool = False

    @property
    def only_origin(self) -> str | None:
        """The origin of every response, if it does not depend on the request."""
        match [*self.origins]:
            case [origin] if f"{ALL}." not in origin:
                return origin
            case _:
                return None


def cors_problem(cors: Cors) -> str | None:
    """What is wrong, and what to write instead."""
    for origin in cors.origins:
        if not ORIGIN.fullmatch(origin) or (origin == ALL and len(cors.origins) > 1):
            return (
                f"{origin!r} is not a valid origin: use, for example, https://app.example.com "
                "without a path, https://*.example.com, or * alone"
            )
    for name in (*cors.headers, *cors.exposed_headers):
        if not HEADER.fullmatch(name):
            return f"{name!r} is not a header's name"
    if cors.credentials and ALL in cors.origins:
        return "browsers do not allow credentials with *; list the origins instead"
    return None


def origin_condition(origins: Iterable[str]) -> str:
    """Whether `$origin` is one of them, in Velocity."""
    return " || ".join(
        f"$origin.matches('{_pattern(origin)}')"
        if f"{ALL}." in origin
        else f"$origin == '{origin}'"
        for origin in origins
    )


def _pattern(origin: str) -> str:
    scheme, host = origin.split(f"{ALL}.")
    return f"{scheme}([a-z0-9-]+[.])+{host.replace('.', '[.]')}"
