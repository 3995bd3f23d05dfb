"""The reason phrases of HTTP statuses."""

from http import HTTPStatus

# Python has these names of RFC 9110 from 3.13 on; the document must not depend on the version.
RENAMED = {413: "Content Too Large", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}


def reason_phrase(status: int) -> str:
    """The reason phrase of RFC 9110, for example "Not Found"."""
    return RENAMED.get(status) or HTTPStatus(status).phrase
