"""Output of the command: styled in a terminal, plain text in a pipe, or JSON."""

import json
import math
import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.text import Text

from stepgate.cli.exit_codes import ExitCode


class Screen(Console):
    """Prints text unchanged: not folded, so that it can be copied, and not read as markup.

    Only a terminal gets colours, even with `FORCE_COLOR`; with `NO_COLOR` it gets none.
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
        """Whether printed lines can be redrawn in place."""
        return self.is_terminal and not self.is_dumb_terminal

    def on_broken_pipe(self) -> None:
        """Ends the command silently."""
        self.discard()
        raise typer.Exit(ExitCode.BROKEN_PIPE)

    def discard(self) -> None:
        """Discards unwritten output, so that the last flush raises no error."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


def escape(text: str) -> str:
    """The text with control characters escaped as in JSON, so that no terminal interprets them."""
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def print_message(text: str) -> None:
    """Prints a message of the command itself, in one line on standard error."""
    print_error(f"stepgate: {escape(text)}")


def print_error(text: str) -> None:
    """Prints on standard error. If that fails, only the exit code shows the error."""
    screen = Screen(stderr=True)
    try:
        screen.print(Text(text))
    except OSError:
        screen.discard()


def print_json(value: Any) -> None:
    """For machines: one line of ASCII."""
    Screen().print(Text(json.dumps(value)))


def print_indented(value: Any) -> None:
    """For people: indented JSON, in colours."""
    lines = json.dumps(value, ensure_ascii=False, indent=2).split("\n")
    Screen().print(JSONHighlighter()("\n".join(map(escape, lines))))


def print_document(text: str) -> None:
    """Unchanged, except for control characters in a terminal."""
    screen = Screen()
    if screen.is_terminal:
        text = "\n".join(map(escape, text.split("\n")))
    screen.print(Text(text.removesuffix("\n")))


def print_table(*rows: Sequence[str]) -> None:
    """Rows in aligned columns, each row in one line."""
    cells = [[escape(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        Screen().print(Text(line.rstrip()))


def compact_json(value: Any) -> str:
    return escape(json.dumps(value, ensure_ascii=False))


@contextmanager
def spinner(title: str) -> Generator[Callable[[str], None]]:
    """A spinner on standard error while something is awaited, in a terminal only.

    Its value changes the title.
    """
    screen = Screen(stderr=True)
    if screen.is_live:
        with screen.status(Text(title, no_wrap=True)) as status:
            yield lambda other: status.update(Text(other, no_wrap=True))
    else:
        yield lambda _: None


def format_duration(seconds: float) -> str:
    """For example `12 ms`, `9.3 s`, `2 min 05 s` or `1 h 02 min`, as on the dashboard's page.

    Halves are rounded up, as JavaScript does; Python's `round` goes to the even digit.
    """
    if (milliseconds := math.floor(seconds * 1000 + 0.5)) < 1000:  # noqa: PLR2004
        return f"{milliseconds} ms"
    if (tenths := (milliseconds + 50) // 100) < 600:  # noqa: PLR2004
        return f"{tenths / 10} s"
    minutes, rest = divmod((milliseconds + 500) // 1000, 60)
    hours, minutes_left = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    if days:
        return f"{days} d {hours_left:02} h"
    return f"{hours} h {minutes_left:02} min" if hours else f"{minutes} min {rest:02} s"
