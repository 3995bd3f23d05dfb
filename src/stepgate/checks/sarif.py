"""Findings for code scanning, in SARIF 2.1.0.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from stepgate.checks.findings import Finding, Findings

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def sarif_log(findings: Findings) -> dict[str, Any]:
    """One run with all findings; each has a file."""
    rules = sorted({finding.rule for found in findings for finding in found})
    driver = {
        "name": "Stepgate",
        "version": version("pulumi-stepgate"),
        "rules": [_rule(rule) for rule in rules],
    }
    results = [
        _result(finding, level)
        for level, found in (("error", findings.errors), ("warning", findings.warnings))
        for finding in found
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: str) -> dict[str, Any]:
    text = {"text": rule.replace("-", " ").capitalize()}
    # GitHub requires all of them.
    return {"id": rule, "shortDescription": text, "fullDescription": text, "help": text}


def _result(finding: Finding, level: str) -> dict[str, Any]:
    return {
        "ruleId": finding.rule,
        "level": level,
        "message": {"text": str(finding._replace(file="", line=0))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(finding.file)},
                    # GitHub requires a line.
                    "region": {"startLine": finding.line or 1},
                }
            }
        ],
    }


def _uri(file: str) -> str:
    """Relative to the current folder if it is inside, because GitHub resolves it from the root."""
    path = Path(file).resolve()
    folder = Path.cwd()
    is_inside = path.is_relative_to(folder)
    return quote(path.relative_to(folder).as_posix()) if is_inside else path.as_uri()
