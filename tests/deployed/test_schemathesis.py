"""The API keeps what its own document says, for requests that Schemathesis makes of it."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.deployed.stacks import Deployed, deploy_beside
from tests.deployed.test_paths import PROGRAM
from tests.fixtures.issuer import AUDIENCE, running_issuer

pytestmark = pytest.mark.proof

CONFIG = Path(__file__).parent / "schemathesis.toml"
CALLERS = f"""
import pulumi
from stepgate import ApiKey, Event, Jwt, Route, Workflow, request, wait_for
from stepgate.components import WorkflowApi

ECHO = {{"StartAt": "E", "TimeoutSeconds": 20, "States": {{"E": {{"Type": "Pass", "End": True}}}}}}
JWT = Jwt(issuer=pulumi.Config().require("issuer"), audiences=["{AUDIENCE}"])
USER = {{"user": request.claim("sub"), "body": request.body}}


EVENTS = {{
    "approval": Event(schema={{"type": "object", "required": ["approved"]}}),
    "item": Event(per_item=True),
}}


def waiting(values):
    states = {{
        "A": wait_for("approval", values, timeout_seconds=60, next="B"),
        "B": wait_for("item", values, item="{{% 1 %}}", timeout_seconds=60, end=True),
    }}
    return {{"StartAt": "A", "States": states}}


def workflow(name, mode, authorization, definition=ECHO, events=None, **route):
    return Workflow(
        name, mode, definition, events=events or {{}},
        route=Route(authorization=authorization, **route),
    )


api = WorkflowApi(
    "api",
    workflows=[
        workflow("keyed", "sync", ApiKey()),
        workflow("keyed-later", "async", ApiKey(), waiting, EVENTS),
        workflow("user", "sync", JWT, input=USER),
        workflow("user-later", "async", JWT, input=USER, private=True),
    ],
)
for name, output in api.outputs.items():
    pulumi.export(name, output)
"""


def check(
    deployed: Deployed,
    project: Path,
    program: str,
    headers: dict[str, str],
    **settings: str,
) -> None:
    """Runs Schemathesis over the API of a program.

    Args:
        headers: of each request.
    """
    (project / "Pulumi.yaml").write_text(f"name: {project.name}\nruntime: python\n")
    (project / "Pulumi.local.yaml").write_text("config:\n  aws:region: us-east-1\n")
    (project / "__main__.py").write_text(program)
    outputs = deploy_beside(deployed, "described", project, **settings).outputs
    document: Any = outputs["openapi"]
    file = project / "openapi.json"
    file.write_text(json.dumps(document))
    if "apiKey" in outputs:
        headers = {**headers, "x-api-key": str(outputs["apiKey"])}
    command = Path(sys.executable).with_name("schemathesis")
    (server,) = document["servers"]
    arguments = ["--config-file", str(CONFIG), "run", str(file), "--url", server["url"]]
    given = [part for name, value in headers.items() for part in ("--header", f"{name}: {value}")]
    run = subprocess.run(
        [command, *arguments, *given, "--no-color"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_api_is_as_its_document_says(deployed: Deployed, tmp_path: Path) -> None:
    """Of each kind: synchronous, asynchronous, status, stop, wait, preflight, all parameters."""
    check(deployed, folder(tmp_path, "described"), PROGRAM, {})


def test_routes_for_known_callers_are_as_their_document_says(
    deployed: Deployed, tmp_path: Path
) -> None:
    """With a key and with a token, which Schemathesis also leaves out and changes; and events."""
    with running_issuer() as issuer:
        token = issuer.token(exp=int(time.time()) + 3_600)
        headers = {"Authorization": f"Bearer {token}"}
        check(deployed, folder(tmp_path, "callers"), CALLERS, headers, issuer=issuer.url)


def folder(path: Path, name: str) -> Path:
    (path / name).mkdir()
    return path / name
