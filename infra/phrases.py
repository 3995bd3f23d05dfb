"""What HTTP calls its statuses."""

from http import HTTPStatus

# Python 3.13 took over RFC 9110's names; the document must not depend on who deploys it.
RENAMED = {413: "Content Too Large", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}


def phrase(status: int) -> str:
    """The reason phrase of RFC 9110, such as "Not Found"."""
    return RENAMED.get(status) or HTTPStatus(status).phrase
