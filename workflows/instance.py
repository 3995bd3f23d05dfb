"""The example: start an EC2 instance that is stopped, stop one that runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from stepgate import Definition, Values, Workflow

WORK_SECONDS = 20
"""How long the work itself may take: less than the 29 s that API Gateway waits for an answer."""

# EC2's errors reach a state machine under one name, whatever went wrong: `Ec2.Ec2Exception`. So a
# retrier cannot tell throttling from a refusal, and tries again after both; few and short attempts
# keep a refusal quick.
RETRY = [
    {
        "ErrorEquals": ["Ec2.Ec2Exception", "Ec2.SdkClientException"],
        "IntervalSeconds": 1,
        "BackoffRate": 2.0,
        "MaxAttempts": 2,
        "MaxDelaySeconds": 4,
        "JitterStrategy": "FULL",
    }
]
CATCH = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Name the failure"}]

# Where the instance stands in the description that EC2 gives of it.
DESCRIBED = "$.described.Reservations[0].Instances[0]"

ERRORS = {"InstanceNotFound": 404, "InstanceForbidden": 403}

INPUT_SCHEMA = {
    "type": "object",
    "properties": {"instance_id": {"type": "string", "pattern": "^i-([0-9a-f]{8}|[0-9a-f]{17})$"}},
}


@dataclass(frozen=True)
class InstanceValues(Values):
    """
    Attributes:
        instance_id: the stack's own instance.
        instance_arn: its ARN.
        delay_seconds: how long the asynchronous workflow waits before it does anything.
    """

    instance_id: str = "i-00000000000000000"
    instance_arn: str = "arn:aws:ec2:us-east-1:000000000000:instance/i-00000000000000000"
    delay_seconds: int = 29


def toggle(values: InstanceValues, *, delay_seconds: int = 0) -> Definition:
    """The state machine that toggles an instance, after a delay if there is one.

    Input: `{"instance_id": "i-…"}`, or `{}` for the stack's own instance. Output:
    `{"instanceId", "action": "started" | "stopped" | "none", "previousState", "currentState"}`,
    the states as EC2 names them. Fails with `InstanceNotFound` for an instance that is unknown or
    terminated, `InstanceForbidden` where the role may not act on it, and `InstanceUnavailable`
    when EC2 refuses otherwise.
    """
    delay: Definition = {
        "Delay": {"Type": "Wait", "Seconds": delay_seconds, "Next": "Choose the instance"}
    }
    return {
        "Comment": "Start a stopped EC2 instance, stop a running one",
        "StartAt": "Delay" if delay_seconds else "Choose the instance",
        "TimeoutSeconds": delay_seconds + WORK_SECONDS,
        "States": (delay if delay_seconds else {})
        | {
            "Choose the instance": {
                "Type": "Choice",
                "Choices": [
                    {
                        "Variable": "$.instance_id",
                        "IsPresent": False,
                        "Next": "Take the stack's instance",
                    },
                    {
                        "Variable": "$.instance_id",
                        "IsString": True,
                        "Next": "Describe the instance",
                    },
                ],
                "Default": "Instance not found",
            },
            "Take the stack's instance": {
                "Type": "Pass",
                "Result": {"instance_id": values.instance_id},
                "Next": "Describe the instance",
            },
            # A filter answers an unknown id with an empty list, where `InstanceIds` would answer
            # with an error that looks like any other of EC2's.
            "Describe the instance": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:ec2:describeInstances",
                "Parameters": {
                    "Filters": [{"Name": "instance-id", "Values.$": "States.Array($.instance_id)"}],
                    "MaxResults": 5,
                },
                "ResultPath": "$.described",
                "Retry": RETRY,
                "Catch": CATCH,
                "Next": "Choose the action",
            },
            "Choose the action": {
                "Type": "Choice",
                "Choices": [
                    {"Not": _described_is_asked_for(), "Next": "Instance not found"},
                    {**_state_is("running"), "Next": "Stop the instance"},
                    {**_state_is("stopped"), "Next": "Start the instance"},
                    {
                        "Or": [_state_is(s) for s in ("pending", "stopping", "shutting-down")],
                        "Next": "Leave the instance",
                    },
                ],
                "Default": "Instance not found",
            },
            "Stop the instance": _change("stopped", "stopInstances", "StoppingInstances"),
            "Start the instance": _change("started", "startInstances", "StartingInstances"),
            "Leave the instance": {
                "Type": "Pass",
                "Parameters": {
                    "instanceId.$": "$.instance_id",
                    "action": "none",
                    "previousState.$": f"{DESCRIBED}.State.Name",
                    "currentState.$": f"{DESCRIBED}.State.Name",
                },
                "End": True,
            },
            "Name the failure": {
                "Type": "Choice",
                "Choices": [
                    {**_cause_contains("not authorized"), "Next": "Instance forbidden"},
                    {**_cause_contains("does not exist"), "Next": "Instance not found"},
                ],
                "Default": "Instance unavailable",
            },
            "Instance not found": {
                "Type": "Fail",
                "Error": "InstanceNotFound",
                "Cause": "There is no such instance in this account and Region, "
                "or it has been terminated.",
            },
            "Instance forbidden": {
                "Type": "Fail",
                "Error": "InstanceForbidden",
                "Cause": "This workflow may start and stop only the instance of its own stack.",
            },
            "Instance unavailable": {
                "Type": "Fail",
                "Error": "InstanceUnavailable",
                "CausePath": "$.failure.Cause",
            },
        },
    }


def _described_is_asked_for() -> Definition:
    """A filter takes `*` and `?` for wildcards, and may describe an instance nobody named."""
    return {
        "And": [
            {"Variable": f"{DESCRIBED}.InstanceId", "IsPresent": True},
            {"Variable": f"{DESCRIBED}.InstanceId", "StringEqualsPath": "$.instance_id"},
        ]
    }


def _state_is(state: str) -> Definition:
    return {"Variable": f"{DESCRIBED}.State.Name", "StringEquals": state}


def _cause_contains(text: str) -> Definition:
    return {"Variable": "$.failure.Cause", "StringMatches": f"*{text}*"}


def _change(action: str, call: str, result: str) -> Definition:
    """The state that starts or stops the instance and gives the workflow's output."""
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::aws-sdk:ec2:{call}",
        "Parameters": {"InstanceIds.$": "States.Array($.instance_id)"},
        "ResultSelector": {
            "instanceId.$": f"$.{result}[0].InstanceId",
            "action": action,
            "previousState.$": f"$.{result}[0].PreviousState.Name",
            "currentState.$": f"$.{result}[0].CurrentState.Name",
        },
        "Retry": RETRY,
        "Catch": CATCH,
        "End": True,
    }


def toggle_later(values: InstanceValues) -> Definition:
    """The same, after the stack's delay."""
    return toggle(values, delay_seconds=values.delay_seconds)


def own_instance(values: InstanceValues) -> Sequence[str]:
    """Whatever instance a caller asks for, only the stack's own is started and stopped."""
    return (values.instance_arn,)


EXPRESS_INSTANCE = Workflow(
    name="express-instance",
    mode="sync",
    definition=toggle,
    values=InstanceValues,
    errors=ERRORS,
    input_schema=INPUT_SCHEMA,
    resources=own_instance,
)

STANDARD_INSTANCE = Workflow(
    name="standard-instance",
    mode="async",
    definition=toggle_later,
    values=InstanceValues,
    errors=ERRORS,
    input_schema=INPUT_SCHEMA,
    progress="states",
    resources=own_instance,
)
