"""A response that is read with limits on its time and its size."""

import time
import zlib
from collections.abc import Iterator

import httpx

MAX_BODY_BYTES = 10_000_000
"""The largest response of API Gateway, also when it is unpacked.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
"""

ACCEPTED_ENCODING = "gzip"
"""The only compression that is unpacked here."""

TOO_LARGE = f"larger than {MAX_BODY_BYTES} bytes"


def read_response(response: httpx.Response, until: float) -> httpx.Response:
    """The response with its whole body, which has to arrive by then.

    A timeout of httpx limits one read, not the whole response, which could trickle in for ever.
    A body that is too large is replaced by a text that says so.

    Args:
        until: on the monotonic clock, in seconds.

    Raises:
        httpx.RequestError: the body does not end in time, or cannot be unpacked.
    """
    headers = response.headers.copy()
    encoding = headers.pop("Content-Encoding", "identity").strip().lower()
    body = bytearray()
    try:
        for part in _unpacked(_in_time(response, until), is_packed=encoding == ACCEPTED_ENCODING):
            body += part
            if len(body) > MAX_BODY_BYTES:
                headers["Content-Type"] = "text/plain"
                body[:] = TOO_LARGE.encode()
                break
    except zlib.error as error:
        raise httpx.DecodingError(str(error), request=response.request) from None
    return httpx.Response(
        response.status_code, headers=headers, content=bytes(body), request=response.request
    )


def _in_time(response: httpx.Response, until: float) -> Iterator[bytes]:
    for part in response.iter_raw():
        if time.monotonic() > until:
            raise httpx.ReadTimeout("the response does not end", request=response.request)
        yield part


def _unpacked(parts: Iterator[bytes], *, is_packed: bool) -> Iterator[bytes]:
    """The content of a body, in parts that are never larger than the limit by more than a byte."""
    if not is_packed:
        yield from parts
        return
    decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)  # 16: in gzip's format
    for part in parts:
        yield decompressor.decompress(part, MAX_BODY_BYTES + 1)
