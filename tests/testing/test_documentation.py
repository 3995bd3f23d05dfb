"""The page "Test a workflow", whose tests are run as they are there."""

import re

import pytest

from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs/testing.md").read_text()


@pytest.mark.proof
def test_the_tests_of_the_page_pass() -> None:
    names: dict[str, object] = {"__name__": "page"}
    for block in re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        exec(block, names)
    tests = [value for name, value in names.items() if name.startswith("test_")]
    assert len(tests) == 3
    for test in tests:
        assert callable(test)
        test()
