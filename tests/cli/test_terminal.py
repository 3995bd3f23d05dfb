"""Colours are for terminals, and what is no text is for nobody."""

import json
import re

import pytest

from stepgate.cli.printing import escape, format_duration
from tests.cli.command import Stepgate

pytestmark = pytest.mark.proof

COLOUR = re.compile(r"\x1b\[[\d;]*3\dm")


@pytest.mark.parametrize("stream", ["output", "errors"])
def test_a_terminal_shows_colours_and_a_sign_of_waiting_each_where_it_is_one(
    stepgate: Stepgate, stream: str
) -> None:
    with stepgate.start("call", "now", '{"wait": 1}', terminal=stream) as running:
        if stream == "errors":
            running.await_errors("now")
        ended = running.end()
    assert ended.code == 0
    assert bool(COLOUR.search(ended.output)) == (stream == "output")
    if stream == "errors":
        assert json.loads(ended.output) == {"wait": 1}
    else:
        assert ended.errors == ""


def test_no_color_is_honoured(stepgate: Stepgate) -> None:
    ended = stepgate.run("call", "free", '{"a": 1}', terminal="output errors", NO_COLOR="1")
    assert not COLOUR.search(ended.output)


def test_what_an_encoding_lacks_is_escaped(stepgate: Stepgate) -> None:
    ended = stepgate.run("call", "free", '"\\u00e9 \\u2713"', PYTHONIOENCODING="ascii")
    assert (ended.code, ended.output) == (0, '"\\xe9 \\u2713"\n')


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("it's [bold]é 😀", "it's [bold]é 😀"),
        ("\x1b[31m\r\n\t\x00\x7f\x9b", "\\u001b[31m\\r\\n\\t\\u0000\\u007f\\u009b"),
        ("\u202e\u2028\ud800", "\\u202e\\u2028\\ud800"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    assert escape(text) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 ms"),
        (0.0126, "13 ms"),
        (0.9996, "1.0 s"),
        (9.26, "9.3 s"),
        (1.05, "1.1 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (60, "1 min 00 s"),
        (125.4, "2 min 05 s"),
        (3599.6, "1 h 00 min"),
        (3720, "1 h 02 min"),
        (273_600, "3 d 04 h"),
    ],
)
def test_a_duration_is_read_at_a_glance(seconds: float, shown: str) -> None:
    assert format_duration(seconds) == shown
