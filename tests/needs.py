"""What some tests need beside the packages, and a machine may not have."""

import os
from typing import NoReturn

import pytest

JAVA = "needs a JDK 17 and Maven, with java and mvn on PATH"
PULUMI = "needs the Pulumi CLI, or Go 1.24 to build it, on PATH"
GO = "needs Go 1.24 on PATH"
CHROMIUM = "needs Chromium on PATH (on Debian: apt-get install chromium)"
ALL = (JAVA, PULUMI, GO, CHROMIUM)


def skip_for(need: str) -> NoReturn:
    """Skips a test that this machine lacks something for; in CI it fails."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(need)
