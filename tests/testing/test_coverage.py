"""Coverage: what of each workflow no test has taken."""

import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from stepgate import Workflow
from stepgate.testing import fails, returns, run, runs
from stepgate.testing.coverage import Coverage, iter_parts
from stepgate.testing.coverage_report import MISSED, PARTLY, TAKEN, picture, report_lines
from stepgate.testing.recording import recorders
from tests.conftest import REPOSITORY
from tests.testing.machines import machine, task

CHOOSE = {
    "Type": "Choice",
    "Choices": [
        {"Variable": "$.n", "NumericEquals": 1, "Next": "Pay"},
        {"Variable": "$.n", "NumericEquals": 2, "Next": "Pay"},
    ],
    "Default": "None",
}
DEFINITION = machine(
    {
        "How many?": CHOOSE,
        "Pay": task(
            Retry=[
                {"ErrorEquals": ["Never"], "MaxAttempts": 0},
                {"ErrorEquals": ["Busy"], "MaxAttempts": 2},
            ],
            Catch=[
                {"ErrorEquals": ["Refused"], "Next": "None"},
                {"ErrorEquals": ["States.ALL"], "Next": "Each"},
            ],
            Next="Each",
        ),
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemProcessor": machine({"Pack <it>": {"Type": "Pass"}}),
            "End": True,
        },
        "None": {"Type": "Succeed"},
    }
)
SHOP = Workflow("shop", "async", DEFINITION)


@pytest.fixture
def coverage() -> Generator[Coverage]:
    coverage = Coverage()
    recorders.append(coverage.record)
    yield coverage
    recorders.remove(coverage.record)


def test_each_way_through_a_workflow_counts_once(coverage: Coverage) -> None:
    assert len([*iter_parts(DEFINITION)]) == 5 + 3 + 4 + 1 + 1 + 1
    paid = returns({"items": [1]}, strict=False)
    run(SHOP, {"n": 1}, mocks={"Pay": [fails("Busy"), paid]})
    run(SHOP, {"n": 1}, mocks={"Pay": paid})
    assert [*report_lines(coverage)] == [
        "shop    60 %  9 of 15",
        "  not taken: How many?: Default, Choices[1].Next",
        "  not taken: Pay: Catch[0].Next, Catch[1].Next",
        "  not taken: None",
        "total   60 %",
    ]
    run(SHOP, {"n": 2}, mocks={"Pay": fails("Refused")})
    run(SHOP, {"n": 3})
    assert [*report_lines(coverage)][1:-1] == ["  not taken: Pay: Catch[1].Next"]
    run(SHOP, {"n": 2}, mocks={"Pay": fails("Other")})
    assert coverage.percent == 100


STARTED = {"StateMachineArn": "a", "Input": {"n": 1}}


def test_a_nested_workflow_has_coverage_of_its_own(coverage: Coverage) -> None:
    start = task("arn:aws:states:::states:startExecution.sync", Parameters=STARTED)
    outer = Workflow("outer", "async", machine({"Start": start}))
    run(outer, mocks={"Start": runs(SHOP, mocks={"Pay": returns({"items": []}, strict=False)})})
    assert {*coverage.workflows} == {"outer", "shop"}
    assert coverage.workflows["outer"].percent == 100
    assert coverage.workflows["shop"].percent < 50


def test_the_picture_is_the_coloured_diagram(coverage: Coverage) -> None:
    run(SHOP, {"n": 1}, mocks={"Pay": returns({"items": []})})
    drawn = picture(coverage.workflows["shop"])
    root = ElementTree.fromstring(drawn)
    style = [element.text or "" for element in root if element.tag.endswith("style")][-1]
    colours = {
        line.partition(" {")[0].removeprefix(".stepgate-diagram "): line
        for line in style.strip().splitlines()
    }
    assert TAKEN in colours['.state[data-state="Pay"] > .box']
    assert MISSED in colours['.state[data-state="Pack <it>"] > .box']
    assert PARTLY in colours['.line:not(.catch)[data-from="How many?"][data-to="Pay"] .path']
    assert TAKEN in colours['.line:not(.catch)[data-from="Pay"][data-to="Each"] .path']
    assert MISSED in colours['.line.catch[data-from="Pay"][data-to="Each"] .path']


TEST = """
from stepgate import Workflow
from stepgate.testing import run

def test_it():
    run(Workflow("passing", "async", {
        "StartAt": "A",
        "States": {"A": {"Type": "Choice", "Choices": [
            {"Variable": "$.a", "IsPresent": True, "Next": "B"}], "Default": "C"},
            "B": {"Type": "Succeed"}, "C": {"Type": "Succeed"}},
    }))
"""


NOTHING = """
import sys

def test_nothing():
    loaded = {name for name in sys.modules if name.startswith("stepgate")}
    assert loaded <= {"stepgate", "stepgate.testing", "stepgate.testing.pytest_plugin"}
"""


def pytest_run(folder: Path, *options: str, test: str = TEST) -> "subprocess.CompletedProcess[str]":
    (folder / "test_it.py").write_text(test)
    plugin = ("-p", "stepgate.testing.pytest_plugin", "-p", "no:cacheprovider")
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plugin, f"--rootdir={folder}", *options, folder],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )


@pytest.mark.proof
def test_pytest_reports_it_and_fails_below_the_threshold(tmp_path: Path) -> None:
    shown = pytest_run(tmp_path, "--stepgate-cov")
    assert shown.returncode == 0, shown.stdout
    assert (
        "passing   57 %  4 of 7\n  not taken: A: Choices[0].Next\n  not taken: B\n" in shown.stdout
    )
    failed = pytest_run(tmp_path, "--stepgate-cov-fail-under=58")
    assert failed.returncode == 1
    assert "the tests take 57.1 % of the workflows, less than 58 %" in failed.stdout
    pictures = tmp_path / "pictures"
    drawn = pytest_run(
        tmp_path, "--stepgate-cov-fail-under=57", f"--stepgate-cov-pictures={pictures}"
    )
    assert drawn.returncode == 0, drawn.stdout
    assert [file.name for file in pictures.iterdir()] == ["passing.svg"]


@pytest.mark.proof
def test_the_plugin_imports_nothing_until_it_is_used(tmp_path: Path) -> None:
    ran = pytest_run(tmp_path, test=NOTHING)
    assert "coverage of workflows" not in ran.stdout
    assert ran.returncode == 0, ran.stdout
