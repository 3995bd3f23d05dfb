"""Output that nobody may read any more."""

import sys
from contextlib import suppress
from typing import Any, TextIO, cast


class Unheard:
    """A stream that drops what it cannot write.

    A terminal may be closed, or the other end of a pipe, while there is still something to be
    cleaned up. To fail at the message would keep it from being done.
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


def drop_unheard_output() -> None:
    """From here on, standard output and standard error are such streams."""
    sys.stdout = cast("TextIO", Unheard(sys.stdout))
    sys.stderr = cast("TextIO", Unheard(sys.stderr))
