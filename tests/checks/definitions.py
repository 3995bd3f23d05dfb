"""Definitions that the tests are made of."""

from typing import Any

from stepgate.workflow import Definition

DESCRIBE = "arn:aws:states:::aws-sdk:ec2:describeInstances"
RETRY = [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 2, "IntervalSeconds": 1}]
END: Definition = {"Type": "Succeed"}


def machine(**states: Definition) -> Definition:
    """A definition with these states, which begins with the first of them."""
    return {"StartAt": next(iter(states)), "TimeoutSeconds": 20, "States": states}


def task(resource: str = DESCRIBE, **fields: Any) -> Definition:
    ways_on = {"Next", "End"} & fields.keys()
    state = {"Type": "Task", "Resource": resource, "Retry": RETRY}
    return state | ({} if ways_on else {"End": True}) | fields


def choice(*choices: Definition, **fields: Any) -> Definition:
    return {"Type": "Choice", "Choices": list(choices), **fields}


def wait(seconds: int, **fields: Any) -> Definition:
    return {"Type": "Wait", "Seconds": seconds, **(fields or {"End": True})}


def passing(**fields: Any) -> Definition:
    return {"Type": "Pass", **({} if {"Next", "End"} & fields.keys() else {"End": True}), **fields}


def parallel(*branches: Definition, **fields: Any) -> Definition:
    inner = [{key: branch[key] for key in ("StartAt", "States")} for branch in branches]
    return {"Type": "Parallel", "Branches": inner, **(fields or {"End": True})}


def map_of(processor: Definition, **fields: Any) -> Definition:
    inner = {key: processor[key] for key in ("StartAt", "States")}
    return {"Type": "Map", "ItemProcessor": inner, "End": True, **fields}
