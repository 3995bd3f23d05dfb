"""release.py TAG: compares a tag such as v0.1.0 with what it releases."""

import re
import sys
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent


def version() -> str:
    """The package's version, which is in pyproject.toml alone."""
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]


def released(changelog: str) -> list[tuple[str, str]]:
    """The version and the date of each release in a changelog, the newest first."""
    return re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", changelog, re.MULTILINE)


def mistake(tag: str, version: str, changelog: str) -> str | None:
    """Why this tag cannot be released, or None."""
    if tag != f"v{version}":
        return f"the tag {tag} is not v{version}: pyproject.toml has version {version}"
    if version not in [name for name, _ in released(changelog)[:1]]:
        return (
            f"the newest release in CHANGELOG.md is not {version}: "
            f"rename Unreleased to ## [{version}] - YYYY-MM-DD"
        )
    return None


if __name__ == "__main__":
    sys.exit(mistake(sys.argv[1], version(), (REPOSITORY / "CHANGELOG.md").read_text()))
