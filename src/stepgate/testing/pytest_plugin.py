"""pytest's options for the coverage of workflows.

pytest loads this wherever the package is installed, so it imports nothing until an option is used.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from stepgate.testing.coverage import Coverage


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("stepgate", "coverage of workflows")
    group.addoption(
        "--stepgate-cov",
        action="store_true",
        help="show which states, transitions, Choice branches, Catches and Retries of the "
        "workflows that ran no test has taken",
    )
    group.addoption(
        "--stepgate-cov-fail-under",
        type=float,
        metavar="PERCENT",
        help="fail if the tests take less of the workflows",
    )
    group.addoption(
        "--stepgate-cov-pictures",
        type=Path,
        metavar="FOLDER",
        help="write each workflow's diagram there, coloured: green was taken, red was not",
    )


def pytest_configure(config: pytest.Config) -> None:
    options = ("stepgate_cov", "stepgate_cov_fail_under", "stepgate_cov_pictures")
    if any(config.getoption(option) not in (None, False) for option in options):
        from stepgate.testing.coverage import Coverage  # noqa: PLC0415
        from stepgate.testing.recording import recorders  # noqa: PLC0415

        coverage = Coverage()
        recorders.append(coverage.record)
        config.pluginmanager.register(_Reporter(config, coverage), "stepgate-coverage")


class _Reporter:
    def __init__(self, config: pytest.Config, coverage: "Coverage") -> None:
        self._coverage = coverage
        self._minimum: float | None = config.getoption("stepgate_cov_fail_under")
        self._folder: Path | None = config.getoption("stepgate_cov_pictures")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._is_too_little and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        from stepgate.testing.coverage_report import picture, report_lines  # noqa: PLC0415

        terminalreporter.section("coverage of workflows")
        for line in report_lines(self._coverage):
            terminalreporter.write_line(line)
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            for workflow in self._coverage.workflows.values():
                file = self._folder / f"{workflow.name}.svg"
                file.write_text(picture(workflow), encoding="utf-8")
            terminalreporter.write_line(f"pictures are in {self._folder}")
        if self._is_too_little:
            terminalreporter.write_line(
                f"the tests take {self._coverage.percent:.1f} % of the workflows, less than "
                f"{self._minimum:g} %",
                red=True,
            )

    @property
    def _is_too_little(self) -> bool:
        return self._minimum is not None and self._coverage.percent < self._minimum
