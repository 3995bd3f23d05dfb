"""A release is what its tag, pyproject.toml and the changelog say."""

import re
import subprocess

import pytest

from scripts.release import mistake, released, version
from tests.cli.command import PROGRAM
from tests.conftest import REPOSITORY

CHANGELOG = (REPOSITORY / "CHANGELOG.md").read_text()
RELEASED = "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2027-01-31\n\n## [0.1.0] - 2026-12-01\n"


def test_the_command_prints_the_version_of_pyproject_toml() -> None:
    printed = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True)
    assert printed.stdout == f"{version()}\n"


def test_the_changelog_has_what_is_unreleased_and_then_each_release_with_its_date() -> None:
    headings = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    assert headings == [
        "[Unreleased]",
        *(f"[{name}] - {date}" for name, date in released(CHANGELOG)),
    ]
    kinds = set(re.findall(r"^### (.+)$", CHANGELOG, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_a_tag_that_fits_is_released() -> None:
    assert mistake("v0.2.0", "0.2.0", RELEASED) is None


@pytest.mark.parametrize(
    ("tag", "version", "line"),
    [
        ("v0.3.0", "0.2.0", "the tag v0.3.0 is not v0.2.0: pyproject.toml has version 0.2.0"),
        ("0.2.0", "0.2.0", "the tag 0.2.0 is not v0.2.0: "),
        ("v0.1.0", "0.1.0", "the newest release in CHANGELOG.md is not 0.1.0: rename Unreleased "),
    ],
)
def test_a_tag_that_does_not_fit_is_one_line(tag: str, version: str, line: str) -> None:
    found = mistake(tag, version, RELEASED)
    assert found
    assert found.startswith(line)
    assert "\n" not in found
