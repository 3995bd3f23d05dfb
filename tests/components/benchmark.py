"""`python -m tests.components.benchmark RUNS`: a program with WorkflowApi, and the same in CDK.

Both are whole processes: the program under Pulumi's mocks, and CDK's synthesis of the same routes.
They run in turns, and the median counts. It fails if the program takes longer than 0.9 of CDK's
time, or a workflow adds more than 20 ms.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.conftest import REPOSITORY

CDK = Path(__file__).parent / "cdk"
PAIRS = (1, 10, 40)
MAX_RATIO = 0.9
MAX_MILLISECONDS = 20

PROGRAM = """
import os
import pulumi
from stepgate import Workflow
from stepgate.components import WorkflowApi

PASS = {"StartAt": "A", "TimeoutSeconds": 5, "States": {"A": {"Type": "Pass", "End": True}}}
workflows = [
    Workflow(f"{mode}{pair}", mode, PASS)
    for pair in range(int(os.environ["WORKFLOW_PAIRS"]))
    for mode in ("sync", "async")
]
for name, output in WorkflowApi("api", workflows=workflows).outputs.items():
    pulumi.export(name, output)
"""
RUN = """
import sys
from pathlib import Path
from tests.program import run_project
run_project(Path(sys.argv[1]), {"aws:region": "eu-central-1"})
"""


class Seconds(NamedTuple):
    wall: float
    processor: float


def timed(command: Sequence[str], pairs: int) -> Seconds:
    environment = os.environ | {"WORKFLOW_PAIRS": str(pairs), "PYTHONPATH": str(REPOSITORY)}
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, env=environment, capture_output=True, check=True)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Seconds(wall, processor)


def medians(runs: Sequence[Seconds]) -> Seconds:
    return Seconds(median(run.wall for run in runs), median(run.processor for run in runs))


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        program, cdk = Path(folder, "program"), Path(folder, "cdk")
        program.mkdir()
        (program / "Pulumi.yaml").write_text("name: speed\nruntime: python\n")
        (program / "__main__.py").write_text(PROGRAM)
        shutil.copytree(CDK, cdk)
        install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(install, cwd=cdk, check=True)
        ours = [sys.executable, "-c", RUN, str(program)]
        theirs = ["node", str(cdk / "app.js"), str(cdk / "out")]
        timed(ours, 1)  # Python compiles what it imports once
        found: dict[int, Seconds] = {}
        slow: list[str] = []
        for pairs in PAIRS:
            both = [(timed(ours, pairs), timed(theirs, pairs)) for _ in range(count)]
            found[pairs], cdk_seconds = (medians(runs) for runs in zip(*both, strict=True))
            ratio = found[pairs].wall / cdk_seconds.wall
            print(
                f"{2 * pairs} workflows: {found[pairs].wall:.1f} s, of the processor "
                f"{found[pairs].processor:.1f} s; CDK {cdk_seconds.wall:.1f} s, of the processor "
                f"{cdk_seconds.processor:.1f} s; ratio {ratio:.2f}"
            )
            if ratio > MAX_RATIO:
                slow.append(f"{2 * pairs} workflows take {ratio:.2f} of CDK's time")
        few, many = PAIRS[0], PAIRS[-1]
        added = (found[many].wall - found[few].wall) / (2 * (many - few)) * 1000
        print(f"each workflow added: {added:.0f} ms")
        if added > MAX_MILLISECONDS:
            slow.append(f"a workflow adds {added:.0f} ms")
    if slow:
        raise SystemExit("\n".join(slow))


if __name__ == "__main__":
    main(int(sys.argv[1]))
