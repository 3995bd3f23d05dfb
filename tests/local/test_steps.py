"""What a command tells: live in a terminal, in plain lines elsewhere."""

import io
import re

import pytest
from rich.console import Console

from stepgate.local.steps import Steps


def screen(*, terminal: bool) -> Console:
    """A narrow console that keeps what is printed."""
    return Console(
        file=io.StringIO(), width=30, force_terminal=terminal, highlight=False, legacy_windows=False
    )


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_outside_a_terminal_a_step_is_told_in_plain_lines() -> None:
    console = screen(terminal=False)
    with Steps(console).step("Deploy") as at:
        at("role")
        at("state machine")
    start, first, second, end = printed(console).splitlines()
    assert (start, first, second) == ("Deploy …", "  role", "  state machine")
    assert re.fullmatch(r"✓ Deploy  \d+\.\d s", end)


def test_in_a_terminal_a_step_is_one_line_that_shows_what_it_is_at() -> None:
    console = screen(terminal=True)
    with Steps(console).step("Deploy") as at:
        at("role")
        at("state machine")
    shown = printed(console)
    assert "state machine" in shown
    assert "…" not in shown, "plain lines are for where nothing can be shown live"
    kept = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown).splitlines()[-1]
    assert re.search(r"✓ Deploy  \d+\.\d s", kept)


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_step_that_fails_is_marked(terminal: bool, error: type[BaseException]) -> None:
    console = screen(terminal=terminal)
    with pytest.raises(error), Steps(console).step("Deploy"):
        raise error
    assert "✓" not in printed(console)
    kept = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", printed(console)).splitlines()[-1]
    assert re.search(r"✗ Deploy  \d+\.\d s", kept)


@pytest.mark.parametrize("terminal", [True, False])
def test_details_that_would_bury_the_rest_of_a_log_are_counted(terminal: bool) -> None:
    console = screen(terminal=terminal)
    with Steps(console).step("Deploy", counted="resource") as at:
        for number in range(27):
            at(f"role-{number}")
    assert ("role-26" in printed(console)) is terminal
    assert "✓ Deploy: 27 resources  " in re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", printed(console))


@pytest.mark.parametrize("terminal", [True, False])
def test_a_line_is_never_folded_so_that_it_can_be_copied(terminal: bool) -> None:
    console = screen(terminal=terminal)
    line = "curl -X POST http://127.0.0.1:4566/_aws/execute-api/abcdefghij/v1/now"
    Steps(console).tell(line)
    assert printed(console) == f"{line}\n"


def test_brackets_in_a_line_are_text_and_no_markup() -> None:
    console = screen(terminal=False)
    Steps(console).tell('  {"action": ["[bold]started[/bold]"]}')
    assert printed(console) == '  {"action": ["[bold]started[/bold]"]}\n'


def test_an_empty_line_stays_empty() -> None:
    console = screen(terminal=False)
    Steps(console).tell()
    assert printed(console) == "\n"
