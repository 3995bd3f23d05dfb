"""Where something is in a user's own code: a file and a line, as `workflows/orders.py:12`."""

import sys
import sysconfig
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

# Neither Python's own files, nor installed packages, nor this one.
_LIBRARIES = (
    *(Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    Path(__file__).parent,
)


def raised_at(error: BaseException, folder: Path | None = None) -> str:
    """The last line of the user's code that an error went through; empty if there is none.

    Args:
        folder: what the file is relative to if it is inside; by default the current folder.
    """
    lines = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        lines.append((error.filename, error.lineno))
    own = (_location(file, line, folder) for file, line in reversed(lines) if _is_own(file))
    return next(own, "")


def file_and_line(place: str) -> tuple[str, int]:
    """The parts of `workflows/orders.py:12`; an empty text and 0 if it is empty."""
    file, _, line = place.rpartition(":")
    return file, int(line or 0)


def error_text(error: BaseException) -> str:
    """What an error says, in one line, behind its type.

    Without the place of a syntax error in the user's own code, which `raised_at` gives.
    """
    said = str(error)
    if isinstance(error, SyntaxError) and error.filename and _is_own(error.filename):
        said = error.msg
    return " ".join(f"{type(error).__name__}: {said}".split()).removesuffix(":")


def defined_at(function: Callable[..., Any]) -> str:
    """Where a function begins; empty if it is not the user's."""
    while isinstance(function, partial):
        function = function.func
    code = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
    if not code or not _is_own(code.co_filename):
        return ""
    return _location(code.co_filename, code.co_firstlineno)


def called_from() -> str:
    """The innermost line of the user's code in the calls that lead here; empty without one."""
    frame = sys._getframe()  # pyright: ignore[reportPrivateUsage]
    while frame and not _is_own(frame.f_code.co_filename):
        frame = frame.f_back
    return _location(frame.f_code.co_filename, frame.f_lineno) if frame else ""


def _is_own(file: str) -> bool:
    is_file = not file.startswith("<")
    return is_file and not any(Path(file).is_relative_to(folder) for folder in _LIBRARIES)


def _location(file: str, line: int | None, folder: Path | None = None) -> str:
    path, folder = Path(file), folder or Path.cwd()
    return f"{path.relative_to(folder) if path.is_relative_to(folder) else path}:{line}"
