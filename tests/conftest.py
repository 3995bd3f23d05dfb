"""What every test has. It needs pytest alone: what needs more is a plugin in `tests/fixtures`.

A folder's conftest.py loads the plugins that its tests need. It does not import their fixtures, as
each folder would then have an emulator of its own.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests import needs

REPOSITORY = Path(__file__).parent.parent

os.environ.setdefault("STEPGATE_CACHE", str(REPOSITORY / ".local"))

NEEDED_FOR = {
    "emulator": {"local_stack", "emulated"},
    "java": {"velocity"},
    "engine": {"path_with_pulumi"},
    "browser": {"chromium"},
}
"""Each mark, and the fixtures that a test gets it for, whether it asks for them itself or not."""


def pytest_configure(config: pytest.Config) -> None:
    for package, plugin in (("hypothesis", "profiles"), ("xdist", "workers")):
        if find_spec(package):
            config.pluginmanager.import_plugin(f"tests.fixtures.{plugin}")


@pytest.hookimpl(tryfirst=True)  # before the expression of -m is applied
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures: list[str] = getattr(item, "fixturenames", [])
        for mark, given_for in NEEDED_FOR.items():
            if not given_for.isdisjoint(fixtures):
                item.add_marker(mark)


def pytest_collection_finish() -> None:
    """Tests change a program within a second, by which Python tells whether what it has compiled
    is of the same file.
    """
    sys.dont_write_bytecode = True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What is seen at the end: gaps, and how many of the cases of the rules hold."""
    stats = terminalreporter.stats
    reasons = [str(report.longrepr) for report in stats.get("skipped", [])]
    for need in needs.ALL:
        if skipped := sum(need in reason for reason in reasons):
            terminalreporter.write_line(f"{skipped} tests were skipped: each {need}")
    ran = {
        outcome: sum(
            "rules" in getattr(report, "keywords", ())  # a module that cannot be imported has none
            for report in stats.get(outcome, [])
        )
        for outcome in ("passed", "failed", "error")
    }
    if cases := sum(ran.values()):
        terminalreporter.write_line(f"rules: {ran.get('passed', 0)} of {cases} cases hold")
