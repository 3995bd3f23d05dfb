"""What a command is doing, for a person: live in a terminal, as plain lines in a log."""

import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

GROUPED = "GITHUB_ACTIONS" in os.environ
"""Whether the log folds lines between marks.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions#grouping-log-lines
"""


class Steps:
    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)

    @contextmanager
    def step(self, title: str, counted: str = "") -> Generator[Callable[[str], None]]:
        """One step, whether it succeeded, and how long it took.

        The function given shows what it is at.

        Args:
            counted: what a detail is, such as "resource". A log that does not fold them has
                only their number.
        """
        started = time.monotonic()
        details: list[str] = []
        mark, color = "✗", "red"
        try:
            with self._shown(title, counted) as show:

                def at(detail: str) -> None:
                    details.append(detail)
                    show(detail)

                yield at
            mark, color = "✓", "green"
        finally:
            plural = "" if len(details) == 1 else "s"
            number = f": {len(details)} {counted}{plural}" if counted else ""
            seconds = f"  {time.monotonic() - started:.1f} s"
            self._print(Text.assemble((f"{mark} ", color), title, number, (seconds, "dim")))

    @contextmanager
    def _shown(self, title: str, counted: str) -> Generator[Callable[[str], None]]:
        if self._console.is_terminal:
            with self._console.status(title) as status:
                yield lambda detail: status.update(Text.assemble(title, (f"  {detail}", "dim")))
        elif GROUPED:
            self.tell(f"::group::{title}")
            try:
                yield self.tell
            finally:
                self.tell("::endgroup::")
        else:
            self.tell(f"{title} …")
            yield lambda detail: None if counted else self.tell(f"  {detail}")

    def tell(self, text: str = "", style: str = "") -> None:
        self._print(Text(text, style))

    def _print(self, line: Text) -> None:
        """Never folded, so that it can be copied."""
        self._console.print(line, soft_wrap=True)
