"""Standard output and standard error that may have lost their reader."""

import sys
from contextlib import suppress
from typing import Any, TextIO, cast


class IgnoreBrokenPipe:
    """A stream that drops what it cannot write.

    A terminal may be closed, or the other end of a pipe, while resources still have to be deleted.
    To fail at a message would stop that.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def ignore_broken_pipes() -> None:
    """From here on, standard output and standard error are such streams."""
    sys.stdout = cast("TextIO", IgnoreBrokenPipe(sys.stdout))
    sys.stderr = cast("TextIO", IgnoreBrokenPipe(sys.stderr))
