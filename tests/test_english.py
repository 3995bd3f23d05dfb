"""Documentation, docstrings, errors and the dashboard's page are in plain English of today."""

import re

import pytest

from tests.conftest import REPOSITORY

HABITS = {
    r"(is|are|was|were|be|been|being) told": "is reported, receives, differ",
    r"tells? (of|apart|that|whether)": "reports, says, shows, distinguishes",
    r"nobody": "no one, not … anyone",
    r"who(so)?ever": "anyone who, the caller",
    r"anew": "again",
    r"st(ands?|ood) in(?! for)": "is in",
    r"(?<!there\s)(is|are) no (?!longer\b|more\b|later\b|older\b)": "is not a, is not",
    r", for (it|they|he|she|we|there|this|that|these) (?!one\b|many\b)": "because",
    r"what it takes(?! back)": "what it needs",
    r"write such as": "for example",
    r"(amongst|hence|hitherto|lest|seldom|therein|thereof|whence|whilst)": "the usual word",
}
"""What is not written, as a pattern for whole words, and what is written instead."""

TEXTS = (
    *("*.md", "docs/**/*.md", "examples/**/*.md", "template/*", ".github/**/*.md"),
    *(
        "src/**/*.py",
        "src/**/*.html",
        "src/**/*.js",
        "examples/**/*.html",
    ),
)


def findings(text: str) -> list[tuple[int, str]]:
    """Each habit in a text, by its line, and what to write instead."""
    return sorted(
        (text.count("\n", 0, found.start()) + 1, f"{found[0]!r}: write {instead}")
        for habit, instead in HABITS.items()
        for found in re.finditer(rf"\b{habit}".replace(" ", r"\s+") + r"\b", text, re.IGNORECASE)
    )


def test_texts_are_in_plain_english() -> None:
    files = [
        file for pattern in TEXTS for file in sorted(REPOSITORY.glob(pattern)) if file.is_file()
    ]
    assert len(files) > len(TEXTS)
    assert [
        f"{file.relative_to(REPOSITORY)}:{line}: {finding}"
        for file in files
        for line, finding in findings(file.read_text())
    ] == []


@pytest.mark.parametrize(
    "sentence",
    [
        "The caller is\ntold.",
        "Whoever calls gets it.",
        "'x y' is no name of an execution.",
        "It is refused, for it is too long.",
    ],
)
def test_a_habit_is_noticed(sentence: str) -> None:
    assert len(findings(sentence)) == 1


def test_the_usual_words_are_not_refused() -> None:
    assert not findings("There is no route. It is no longer there. The tests stand in for AWS.")
