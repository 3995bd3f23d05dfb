"""The lines that people read of findings."""

from collections.abc import Iterable

from stepgate.checks.findings import Finding, shared_lines


def error_lines(errors: Iterable[Finding]) -> list[str]:
    return [*map(str, errors)]


def warning_lines(warnings: Iterable[Finding]) -> list[str]:
    return [*shared_lines(warnings)]
