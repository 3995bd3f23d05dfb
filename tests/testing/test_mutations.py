"""The tests of the examples notice when a workflow of theirs is changed."""

import importlib.util
import inspect
import itertools
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from stepgate import Workflow
from stepgate.testing import execution
from stepgate.testing.machine import Machine, make_machine
from tests.conftest import REPOSITORY
from tests.testing import test_examples
from tests.testing.examples import folder
from tests.testing.mutations import Mutation, iter_mutations

pytestmark = pytest.mark.proof

CAUGHT_AT_LEAST = 0.95


def module_of(file: Path) -> ModuleType:
    """A test module, with its folder on the path as pytest has it."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(file.parent))
    return module


MODULES = [
    test_examples,
    module_of(folder("approval") / "test_approvals.py"),
    module_of(folder("orders") / "test_orders.py"),
    module_of(folder("resize") / "test_thumbnails.py"),
    module_of(folder("signed-in") / "test_notes.py"),
    # Gone when the example is removed: see docs/remove-the-example.md.
    *map(module_of, (REPOSITORY / "tests/example").glob("test_toggling.py")),
]


def iter_tests(module: ModuleType) -> Iterator[Callable[[], None]]:
    """Each test of a module with each of its parameters."""
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if not name.startswith("test_"):
            continue
        marks = [m for m in getattr(function, "pytestmark", []) if m.name == "parametrize"]
        for combination in itertools.product(*(cases(mark) for mark in marks)):
            merged = {key: value for case in combination for key, value in case.items()}

            def test(function: Any = function, merged: dict[str, Any] = merged) -> None:
                function(**merged)

            yield test


def cases(mark: pytest.Mark) -> list[dict[str, Any]]:
    names, values = mark.args
    if isinstance(names, str) and "," not in names:
        return [{names: value} for value in values]
    split = [name.strip() for name in names.split(",")] if isinstance(names, str) else names
    return [dict(zip(split, value, strict=True)) for value in values]


def machines_with_tests() -> dict[str, tuple[ModuleType, Machine]]:
    """The machine of each workflow that a module runs, by the workflow's name."""
    found: dict[str, tuple[ModuleType, Machine]] = {}
    for module in MODULES:
        for workflow in vars(module).values():
            if isinstance(workflow, Workflow):
                with pytest.MonkeyPatch.context() as patch:
                    patch.chdir(folder("existing"))
                    found[workflow.name] = module, make_machine(workflow, {})
    return found


def is_caught(module: ModuleType, mutation: Mutation) -> bool:
    """Whether a test of the module fails with the changed workflow."""

    def mutated(source: Any, given: Any) -> Machine:
        machine = make_machine(source, given)
        is_meant = machine.workflow.name == mutation.workflow
        return mutation.mutate(machine) if is_meant else machine

    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("error")
        patch.setattr(execution, "make_machine", mutated)
        for test in iter_tests(module):
            try:
                test()
            except Exception:  # whatever a changed workflow does to a test
                return True
    return False


@pytest.mark.parametrize(
    "number",
    [
        20,
        pytest.param(200, marks=pytest.mark.bench),
    ],
)
def test_changes_to_the_examples_are_caught(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    machines = machines_with_tests()
    mutations = [
        (module, mutation)
        for module, machine in machines.values()
        for mutation in iter_mutations(machine)
    ]
    chosen = random.Random(number).sample(mutations, min(number, len(mutations)))
    survivors = [mutation for module, mutation in chosen if not is_caught(module, mutation)]
    with capsys.disabled():
        print(f"\n{len(chosen) - len(survivors)} of {len(chosen)} changes are caught", end="")
        print(*(f"\n  survives: {mutation}" for mutation in survivors))
    assert len(survivors) <= (1 - CAUGHT_AT_LEAST) * len(chosen)


def test_the_tests_pass_as_they_are() -> None:
    """Otherwise every change would be caught."""
    for module in MODULES:
        for test in iter_tests(module):
            test()
