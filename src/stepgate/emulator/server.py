"""The emulator's server: LocalStack with its corrections.

Runs in the emulator's own environment, which does not have this package.
"""

import gc
import sys
from pathlib import Path

# Last, so that nothing here ever replaces one of the emulator's packages.
sys.path.append(str(Path(__file__).parent))

# Looking for cycles after each 700 new objects, as Python does, takes half of the time in which
# LocalStack starts, and a third of what an execution takes.
gc.set_threshold(100_000, 20, 100)

import websocket_api
from corrections import (
    added_services,
    api_gateway,
    api_invocations,
    authorizers,
    choices,
    cognito,
    definitions,
    dynamodb,
    errors,
    event_targets,
    executions,
    iam_quotas,
    instances,
    jsonata,
    lambda_functions,
    logs,
    mapping_templates,
    maps,
    mocks,
    network,
    queues,
    redrives,
    tasks,
)
from localstack.runtime.main import main

for corrections in (
    network,
    tasks,
    mapping_templates,
    added_services,
    api_gateway,
    api_invocations,
    authorizers,
    choices,
    cognito,
    definitions,
    dynamodb,
    errors,
    executions,
    event_targets,
    iam_quotas,
    instances,
    jsonata,
    lambda_functions,
    logs,
    maps,
    mocks,
    queues,
    redrives,
    websocket_api,
):
    corrections.apply()
main()
