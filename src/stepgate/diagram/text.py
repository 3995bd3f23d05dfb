"""Measures text without its font, because a page may use any.

The widths are those of wide sans-serif fonts, so text in any common font fits its box.
"""

import unicodedata
from collections.abc import Sequence

_WIDTHS = {
    **dict.fromkeys("ijlI.,:;'|!", 0.33),
    **dict.fromkeys('frt()[]{} -/\\"*', 0.42),
    **dict.fromkeys("mwMW@%…—", 0.98),
}
_CAPITAL, _OTHER, _WIDE = 0.72, 0.62, 1.05
"""Relative to the font size, like all widths here."""


def text_width(text: str, size: float) -> float:
    """The width of one line, in the unit of the font size."""
    return size * sum(map(_character_width, text))


def _character_width(character: str) -> float:
    if (known := _WIDTHS.get(character)) is not None:
        return known
    if character.isascii():
        return _CAPITAL if character.isupper() else _OTHER
    if unicodedata.combining(character):
        return 0
    return _WIDE if unicodedata.east_asian_width(character) in "WF" else _CAPITAL


def wrap_text(text: str, size: float, max_width: float, max_lines: int) -> list[str]:
    """Lines of at most that width, broken between words if possible, and truncated with `…`."""
    lines: list[str] = []
    line = ""
    for word in _split_words(text, size, max_width):
        joined = f"{line} {word}" if line else word
        if text_width(joined, size) <= max_width:
            line = joined
        else:
            lines.append(line)
            line = word
    lines.append(line)
    if len(lines) <= max_lines:
        return lines
    return [*lines[: max_lines - 1], _truncate(" ".join(lines[max_lines - 1 :]), size, max_width)]


def _split_words(text: str, size: float, max_width: float) -> list[str]:
    """Words; one that is too long in parts."""
    pieces: list[str] = []
    for word in text.split():
        rest = word
        while text_width(rest, size) > max_width:
            part = _longest_prefix(rest, size, max_width) or rest[0]
            pieces.append(part)
            rest = rest[len(part) :]
        if rest:
            pieces.append(rest)
    return pieces


def _truncate(text: str, size: float, max_width: float) -> str:
    if text_width(text, size) <= max_width:
        return text
    return _longest_prefix(text, size, max_width - text_width("…", size)).rstrip() + "…"


def _longest_prefix(text: str, size: float, max_width: float) -> str:
    end = 0
    taken = 0.0
    while end < len(text) and (taken := taken + text_width(text[end], size)) <= max_width:
        end += 1
    return text[:end]


def max_text_width(lines: Sequence[str], size: float) -> float:
    return max((text_width(line, size) for line in lines), default=0)
