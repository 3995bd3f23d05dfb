"""How long runs take. Absolute times, so in bench alone."""

import json
import subprocess
import sys
import time

import pytest

from stepgate.testing import returns, run
from tests.testing.machines import machine, task

RUNS = 1_000
RUNS_SECONDS, FIRST_SECONDS = 30, 3
TEN_STATES = machine(
    {
        f"State {number}": task(ResultPath="$.result") if number % 2 else {"Type": "Pass"}
        for number in range(10)
    }
)
FIRST = """
import json, sys, time
started = time.monotonic()
from stepgate.testing import returns, run
run(json.loads(sys.argv[1]), mocks={f"State {n}": returns(n) for n in range(1, 10, 2)})
print(time.monotonic() - started)
"""

pytestmark = [pytest.mark.proof, pytest.mark.bench]


def test_a_thousand_runs_and_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-c", FIRST, json.dumps(TEN_STATES)]
    firsts = [
        float(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(3)
    ]
    mocks = {f"State {number}": returns(number) for number in range(1, 10, 2)}
    run(TEN_STATES, mocks=mocks)
    started = time.monotonic()
    for _ in range(RUNS):
        run(TEN_STATES, mocks=mocks)
    seconds = time.monotonic() - started
    with capsys.disabled():
        print(f"\nfirst run {min(firsts):.1f} s; {RUNS} runs of ten states {seconds:.1f} s", end="")
    assert min(firsts) < FIRST_SECONDS
    assert seconds < RUNS_SECONDS
