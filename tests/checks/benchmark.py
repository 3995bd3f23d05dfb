"""`python -m tests.checks.benchmark COUNT`: how long checks and roles take, in a new process."""

import sys
import time

from stepgate.compiled import compile_workflow
from stepgate.workflow import Definition, Values, Workflow
from tests.checks.definitions import choice, machine, passing, task, wait

STATES = 50

CALLS = (
    ("arn:aws:states:::aws-sdk:ec2:startInstances", {"InstanceIds": ["i-0123456789abcdef0"]}),
    ("arn:aws:states:::aws-sdk:s3:getObject", {"Bucket": "b", "Key.$": "$.key"}),
    ("arn:aws:states:::dynamodb:putItem", {"TableName": "t", "Item": {"id": {"S.$": "$.id"}}}),
    ("arn:aws:states:::lambda:invoke", {"FunctionName": "f", "Payload.$": "$"}),
    ("arn:aws:states:::glue:startJobRun.sync", {"JobName": "j"}),
    ("arn:aws:states:::aws-sdk:rds:stopDBInstance", {"DbInstanceIdentifier.$": "$.id"}),
)
DATABASES = ["arn:aws:rds:us-east-1:000000000000:db:*"]


def definition(_: object) -> Definition:
    """A row of states, most of them calls, as workflows have them."""
    following = {f"State {i}": f"State {i + 1}" for i in range(STATES)}
    end = list(following)[-1]
    states: dict[str, Definition] = {}
    for i, (name, next_) in enumerate(following.items()):
        resource, request = CALLS[i % len(CALLS)]
        rule = {"Variable": "$.ok", "BooleanEquals": True, "Next": next_}
        match i % 5:
            case _ if name == end:
                states[name] = passing(Parameters={"a.$": "States.Format('{}', $.a)"})
            case 3:
                states[name] = choice(rule, Default=end)
            case 4:
                states[name] = wait(1, Next=next_)
            case _:
                failed = [{"ErrorEquals": ["States.ALL"], "Next": end, "ResultPath": "$.failed"}]
                states[name] = task(resource, Parameters=request, Catch=failed, Next=next_)
    return machine(**states)


def main(count: int) -> None:
    workflows = [
        Workflow(f"w{i}", "async", definition, resources=lambda _: DATABASES) for i in range(count)
    ]
    begun = time.perf_counter()
    compiled = [compile_workflow(workflow, Values(), workflow.name) for workflow in workflows]
    seconds = time.perf_counter() - begun
    if found := [found for each in compiled for found in (*each.errors, *each.warnings)]:
        raise SystemExit("\n".join(map(str, found)))
    print(
        f"{count} workflows of {STATES} states: compiled, with checks and roles, in {seconds:.2f} s"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
