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
    def step(self, title: str) -> Generator[Callable[[str], None]]:
        """One step, and how long it took. The function given shows what it is at."""
        started = time.monotonic()
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
            yield lambda detail: self.tell(f"  {detail}")
        seconds = f"  {time.monotonic() - started:.1f} s"
        self._print(Text.assemble(("✓ ", "green"), title, (seconds, "dim")))

    def tell(self, text: str = "", style: str = "") -> None:
        self._print(Text(text, style))

    def _print(self, line: Text) -> None:
        """Never folded, so that it can be copied."""
        self._console.print(line, soft_wrap=True)
