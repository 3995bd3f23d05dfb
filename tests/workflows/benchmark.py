"""`python -m tests.workflows.benchmark`: how long checking and deriving takes, in a new process."""

import time

from tests.workflows.definitions import choice, machine, passing, task, wait
from workflows.permissions.derivation import derivation
from workflows.permissions.place import Place
from workflows.rules import findings
from workflows.workflow import PLACEHOLDERS, Definition, Workflow

WORKFLOWS, STATES = 100, 50

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


def main() -> None:
    workflows = [
        Workflow(f"w{i}", "async", definition, resources=lambda _: DATABASES)
        for i in range(WORKFLOWS)
    ]
    place = Place("aws", "us-east-1", "000000000000", "machine")
    begun = time.perf_counter()
    found = findings(workflows, "stepgate-dev", PLACEHOLDERS)
    checked = time.perf_counter()
    for workflow in workflows:
        derivation(workflow.definition(PLACEHOLDERS), place, DATABASES)
    derived = time.perf_counter()
    if lines := [*found.breaches, *found.advice]:
        raise SystemExit("\n".join(lines))
    print(
        f"{WORKFLOWS} workflows of {STATES} states: checked in {checked - begun:.2f} s, roles "
        f"derived in {derived - checked:.2f} s, together {derived - begun:.2f} s"
    )


if __name__ == "__main__":
    main()
