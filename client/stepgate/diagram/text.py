"""How much room text takes, estimated without its font: a page shows it in whatever it has.

The widths are those of wide sans-serif fonts, so that text in any usual one stays in its box.
"""

import unicodedata
from collections.abc import Sequence

_WIDTHS = {
    **dict.fromkeys("ijlI.,:;'|!", 0.33),
    **dict.fromkeys('frt()[]{} -/\\"*', 0.42),
    **dict.fromkeys("mwMW@%…—", 0.98),
}
_CAPITAL, _OTHER, _WIDE = 0.72, 0.62, 1.05
"""In the font's size, as all widths here."""


def width(text: str, size: float) -> float:
    """Of one line, in the unit of the font's size."""
    return size * sum(map(_character_width, text))


def _character_width(character: str) -> float:
    if (known := _WIDTHS.get(character)) is not None:
        return known
    if character.isascii():
        return _CAPITAL if character.isupper() else _OTHER
    if unicodedata.combining(character):
        return 0
    return _WIDE if unicodedata.east_asian_width(character) in "WF" else _CAPITAL


def wrapped(text: str, size: float, longest: float, most_lines: int) -> list[str]:
    """Lines of at most that width, broken between words if possible; cut with `…` at the end."""
    lines: list[str] = []
    line = ""
    for word in _pieces(text, size, longest):
        joined = f"{line} {word}" if line else word
        if width(joined, size) <= longest:
            line = joined
        else:
            lines.append(line)
            line = word
    lines.append(line)
    if len(lines) <= most_lines:
        return lines
    return [*lines[: most_lines - 1], _cut(" ".join(lines[most_lines - 1 :]), size, longest)]


def _pieces(text: str, size: float, longest: float) -> list[str]:
    """Words, and of one that is too long the parts."""
    pieces: list[str] = []
    for word in text.split():
        rest = word
        while width(rest, size) > longest:
            part = _fitting(rest, size, longest) or rest[0]
            pieces.append(part)
            rest = rest[len(part) :]
        if rest:
            pieces.append(rest)
    return pieces


def _cut(text: str, size: float, longest: float) -> str:
    if width(text, size) <= longest:
        return text
    return _fitting(text, size, longest - width("…", size)).rstrip() + "…"


def _fitting(text: str, size: float, longest: float) -> str:
    end = 0
    taken = 0.0
    while end < len(text) and (taken := taken + width(text[end], size)) <= longest:
        end += 1
    return text[:end]


def widest(lines: Sequence[str], size: float) -> float:
    return max((width(line, size) for line in lines), default=0)
