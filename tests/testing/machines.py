"""Small definitions for tests."""

from typing import Any

from stepgate import Definition, Workflow
from stepgate.workflow import DefinitionSource

SEND = "arn:aws:states:::sqs:sendMessage"
INVOKE = "arn:aws:states:::lambda:invoke"


def machine(states: dict[str, Any], **fields: Any) -> Definition:
    """The states, of which the first is the start; each leads to the next but where it says so."""
    names = [*states]
    followed = {
        name: state
        if state["Type"] in ("Choice", "Succeed", "Fail") or {"Next", "End"} & {*state}
        else {**state, **({"Next": names[i + 1]} if i + 1 < len(names) else {"End": True})}
        for i, (name, state) in enumerate(states.items())
    }
    return {"StartAt": names[0], "States": followed, **fields}


def task(resource: str = INVOKE, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, **fields}


def workflow(definition: DefinitionSource) -> Workflow:
    return Workflow("machine", "async", definition)
