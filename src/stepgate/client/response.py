"""A response that is read with a limit on its size."""

import zlib

import httpx

MAX_BODY_BYTES = 10_000_000
"""The largest response of API Gateway, also when it is unpacked.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
"""

ACCEPTED_ENCODING = "gzip"
"""The only compression that is unpacked here."""

TOO_LARGE = f"larger than {MAX_BODY_BYTES} bytes"

_GZIP = zlib.MAX_WBITS | 16
"""How zlib is asked for gzip's format."""


class PartialResponse:
    """A response whose body is still to come."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._headers = response.headers.copy()
        encoding = self._headers.pop("Content-Encoding", "identity").strip().lower()
        is_packed = encoding == ACCEPTED_ENCODING
        self._decompressor = zlib.decompressobj(_GZIP) if is_packed else None
        self._body = bytearray()

    def add(self, part: bytes) -> None:
        """
        Raises:
            httpx.RequestError: it cannot be unpacked.
        """
        try:
            self._body += (
                self._decompressor.decompress(part, MAX_BODY_BYTES + 1)
                if self._decompressor
                else part
            )
        except zlib.error as error:
            raise httpx.DecodingError(str(error), request=self._response.request) from None

    @property
    def is_too_large(self) -> bool:
        return len(self._body) > MAX_BODY_BYTES

    def complete(self) -> httpx.Response:
        """With the parts so far; a body that is too large is replaced by a text that says so."""
        if self.is_too_large:
            self._headers["Content-Type"] = "text/plain"
        return httpx.Response(
            self._response.status_code,
            headers=self._headers,
            content=TOO_LARGE.encode() if self.is_too_large else bytes(self._body),
            request=self._response.request,
        )
