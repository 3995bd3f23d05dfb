"""The project with more workflows, deployed beside the plain stack as a user would add them."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from local.cloud import Cloud
from local.program import Outputs

PROJECT = Path(__file__).parent.parent
PARTS = ("__main__.py", "infra", "workflows", "local", "Pulumi.yaml", "Pulumi.local.yaml")

# A fenced block of the README whose first line names the file that it is.
BLOCK = re.compile(r"^```python\n# (workflows/\w+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

DEPLOY = """
import json, sys
from pathlib import Path
from local.cloud import Cloud
from local.config import stack_config
from local.deployment import deploy
config = stack_config(Path.cwd(), "local") | json.loads(sys.argv[2])
cloud = Cloud(sys.argv[1], config["aws:region"])
print(json.dumps(deploy(Path.cwd(), "added", config, cloud, created=lambda name: None)))
"""


def deploy_added(folder: Path, cloud: Cloud, config: dict[str, str]) -> Outputs:
    """Deploys the README's example and `tests/on_request.py` too, from a copy in the folder."""
    for part in PARTS:
        source = PROJECT / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / part)
    blocks = dict(BLOCK.findall((PROJECT / "README.md").read_text()))
    assert blocks.keys() == {"workflows/greet.py", "workflows/__init__.py"}
    for file, text in blocks.items():
        (folder / file).write_text(text)
    shutil.copy(PROJECT / "tests/on_request.py", folder / "workflows")
    with (folder / "workflows/__init__.py").open("a") as init:
        init.write("\nfrom workflows import on_request\n")
        names = ("NOW", "LATER", "FREE", "TOLD_NOW", "TOLD_LATER", "PARTS")
        init.write(f"WORKFLOWS += ({', '.join(f'on_request.{name}' for name in names)})\n")
    run = subprocess.run(
        [sys.executable, "-c", DEPLOY, cloud.endpoint, json.dumps(config)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)
