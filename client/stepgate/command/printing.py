"""What the command prints: for a person in a terminal, in plain text in a pipe, or as JSON."""

import json
import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import typer
from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.text import Text

from stepgate.command.exits import ExitCode


class Screen(Console):
    """Prints text as it is: neither folded, so that it can be copied, nor taken for markup.

    Only a terminal gets colours, whatever `FORCE_COLOR` says, and with `NO_COLOR` none.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        stream = sys.stderr if stderr else sys.stdout
        super().__init__(
            stderr=stderr,
            force_terminal=stream.isatty(),
            soft_wrap=True,
            markup=False,
            emoji=False,
            highlight=False,
        )

    @property
    def is_live(self) -> bool:
        """Whether what was printed can be drawn again in its place."""
        return self.is_terminal and not self.is_dumb_terminal

    def on_broken_pipe(self) -> None:
        """Ends the command without a word."""
        self.discard()
        raise typer.Exit(ExitCode.PIPE_CLOSED)

    def discard(self) -> None:
        """Whatever is still to be written is lost, without an error of the last flush."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


def escaped(text: str) -> str:
    """The text with all that cannot be printed written as in JSON, so that no terminal obeys it."""
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def tell(text: str) -> None:
    """Says something of the command itself, in one line on standard error."""
    print_error(f"stepgate: {escaped(text)}")


def print_error(text: str) -> None:
    """On standard error, where that can be written; otherwise only the exit code tells."""
    screen = Screen(stderr=True)
    try:
        screen.print(Text(text))
    except OSError:
        screen.discard()


def print_json(value: Any) -> None:
    """For machines: one line, all of it ASCII."""
    Screen().print(Text(json.dumps(value)))


def print_indented(value: Any) -> None:
    """For a person: JSON over several lines, in colours."""
    lines = json.dumps(value, ensure_ascii=False, indent=2).split("\n")
    Screen().print(JSONHighlighter()("\n".join(map(escaped, lines))))


def print_document(text: str) -> None:
    """As it is, but for what a terminal would obey."""
    screen = Screen()
    if screen.is_terminal:
        text = "\n".join(map(escaped, text.split("\n")))
    screen.print(Text(text.removesuffix("\n")))


def print_table(*rows: Sequence[str]) -> None:
    """Rows of texts in columns, each row in one line."""
    cells = [[escaped(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        Screen().print(Text(line.rstrip()))


def in_one_line(value: Any) -> str:
    return escaped(json.dumps(value, ensure_ascii=False))


@contextmanager
def waiting(title: str) -> Generator[None]:
    """A sign on standard error, in a terminal only, that something is waited for."""
    screen = Screen(stderr=True)
    if screen.is_live:
        with screen.status(Text(title, no_wrap=True)):
            yield
    else:
        yield


def timestamp(time: datetime) -> str:
    """ISO 8601 in UTC, to the millisecond, as Step Functions keeps times."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def duration(seconds: float) -> str:
    """Such as `0.3 s`, `2 min 05 s` or `1 h 02 min`."""
    minutes, whole = divmod(int(seconds), 60)
    hours, rest = divmod(minutes, 60)
    if hours:
        return f"{hours} h {rest:02} min"
    return f"{minutes} min {whole:02} s" if minutes else f"{int(seconds * 10) / 10} s"
