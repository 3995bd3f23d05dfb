"""Executions of definitions that belong to no stack."""

import json
import uuid
from typing import Any

from stepgate.workflow import Definition
from tests.deployed.stacks import Deployed


def run(deployed: Deployed, definition: Definition, data: Any = None) -> dict[str, str]:
    """How an Express execution of a definition ends: status, output, error and cause."""
    client = deployed.cloud.stepfunctions
    arn = client.create_state_machine(
        name=f"generated-{uuid.uuid4()}",
        type="EXPRESS",
        definition=json.dumps(definition),
        roleArn="arn:aws:iam::000000000000:role/any",
    )["stateMachineArn"]
    end = client.start_sync_execution(stateMachineArn=arn, input=json.dumps(data))
    client.delete_state_machine(stateMachineArn=arn)
    return {"status": end["status"]} | {
        field: end.get(field, "") for field in ("output", "error", "cause")
    }
