"""Definitions made at random of valid parts, and of those some with one fault put in."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from stepgate.workflow import Definition

TOPIC = "arn:aws:sns:us-east-1:000000000000:t"
Calls = list[tuple[str, dict[str, Any]]]
Draw = Callable[[st.SearchStrategy[Any]], Any]

CALLS: Calls = [
    ("arn:aws:states:::aws-sdk:ec2:describeInstances", {"Filters.$": "$.filters"}),
    ("arn:aws:states:::aws-sdk:ec2:startInstances", {"InstanceIds": ["i-0123456789abcdef0"]}),
    ("arn:aws:states:::aws-sdk:dynamodb:query", {"TableName": "t", "IndexName.$": "$.index"}),
    ("arn:aws:states:::dynamodb:putItem", {"TableName": "t", "Item": {"id": {"S.$": "$.id"}}}),
    ("arn:aws:states:::lambda:invoke", {"FunctionName": "f", "Payload.$": "$"}),
    ("arn:aws:states:::sns:publish", {"TopicArn": TOPIC, "Message": "m"}),
    ("arn:aws:states:::aws-sdk:s3:getObject", {"Bucket": "b", "Key.$": "$.key"}),
    ("arn:aws:lambda:us-east-1:000000000000:function:f", {"a.$": "$$.Execution.Id"}),
]
RUNNABLE: Calls = [
    ("arn:aws:states:::aws-sdk:ec2:describeKeyPairs", {}),
    ("arn:aws:states:::aws-sdk:sqs:getQueueUrl", {"QueueName": "missing"}),
]
"""Calls that the emulator answers the same each time, be it with an error."""
SLOW_CALLS: Calls = [
    ("arn:aws:states:::glue:startJobRun.sync", {"JobName": "j"}),
    ("arn:aws:states:us-east-1:000000000000:activity:a", {}),
    (
        "arn:aws:states:::lambda:invoke.waitForTaskToken",
        {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}},
    ),
]
PATHS = ["$", "$.a", "$.a-b[0].c", "$['a b'].c", "$$.Execution.Name", "$.list[*].id", "$..a"]
EXPRESSIONS = [
    *PATHS,
    "States.Format('{} of {}', $.a, 5)",
    "States.Array(States.UUID(), $.b)",
    "States.MathAdd($.n, -1)",
    "States.JsonToString($)",
]
RETRIERS = [
    {"ErrorEquals": ["States.ALL"]},
    {"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 2, "BackoffRate": 2},
    {"ErrorEquals": ["Lambda.SdkClientException"], "MaxDelaySeconds": 5, "JitterStrategy": "FULL"},
]
MAX_DEPTH = 2


@dataclass
class Names:
    """No two states of a definition have the same name."""

    used: int = 0

    def new(self, draw: Draw) -> str:
        self.used += 1
        kind = draw(st.sampled_from(["State", "a.b", 'It\'s "one"', "Zustand ä", "States", "$[0]"]))
        return f"{kind} {self.used}"


@st.composite
def definitions(draw: Draw, *, mode: str = "async", calls: Calls | None = None) -> Definition:
    """A definition that keeps all rules, with states of every type, nested ones too.

    Args:
        calls: what its Tasks may call, with the request; anything if it is not given.
    """
    if calls is None:
        calls = CALLS + (SLOW_CALLS if mode == "async" else [])
    inner = _machine(draw, Names(), mode, calls, depth=0)
    return {"Comment": "generated", "TimeoutSeconds": 28 if mode == "sync" else 9_000, **inner}


def _machine(draw: Draw, names: Names, mode: str, calls: Calls, depth: int) -> Definition:
    """A row of states, each of which leads to the next, with the ways that its type has beside."""
    row = [names.new(draw) for _ in range(draw(st.integers(1, 5 if depth == 0 else 3)))]
    end, fail = names.new(draw), names.new(draw)
    states: dict[str, Definition] = {}
    for position, name in enumerate(row):
        following = row[position + 1] if position + 1 < len(row) else end
        ahead = [*row[position + 1 :], end, fail]
        states[name] = _state(draw, names, mode, calls, depth, following, ahead)
    states[fail] = {"Type": "Fail", "Error": "Generated", "CausePath": "$.cause"}
    states[end] = draw(
        st.sampled_from([{"Type": "Succeed"}, {"Type": "Pass", "End": True}, states[fail]])
    )
    return {"StartAt": row[0], "States": _reachable(states, row[0])}


def _reachable(states: dict[str, Definition], start: str) -> dict[str, Definition]:
    """Without those that no state happens to lead to."""
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        if (name := ahead.pop()) not in reached:
            reached.add(name)
            state = states[name]
            leading = [state, *state.get("Choices", []), *state.get("Catch", [])]
            ahead += [each["Next"] for each in leading if "Next" in each]
            ahead += [state["Default"]] if "Default" in state else []
    return {name: state for name, state in states.items() if name in reached}


def _state(
    draw: Draw,
    names: Names,
    mode: str,
    calls: Calls,
    depth: int,
    following: str,
    ahead: list[str],
) -> Definition:
    kinds = ["Pass", "Task", "Choice", "Wait", *(["Parallel", "Map"] if depth < MAX_DEPTH else [])]
    kind = draw(st.sampled_from(kinds))
    state: Definition = {"Type": kind}
    match kind:
        case "Task":
            state |= _task(draw, mode, calls)
        case "Choice":
            return state | _choices(draw, following, ahead)
        case "Wait":
            state |= draw(st.sampled_from([{"Seconds": 0}, {"SecondsPath": "$.seconds"}]))
        case "Parallel":
            branches = range(draw(st.integers(1, 2)))
            state["Branches"] = [_machine(draw, names, mode, calls, depth + 1) for _ in branches]
        case "Map":
            state["ItemProcessor"] = _machine(draw, names, mode, calls, depth + 1)
            state["ItemsPath"] = draw(st.sampled_from(PATHS))
        case _:
            state |= draw(st.sampled_from([{}, {"Result": {"a.$": "no path"}}]))
            state["Parameters"] = {"list": [{"x.$": draw(st.sampled_from(EXPRESSIONS))}]}
    if kind in ("Task", "Parallel", "Map") and draw(st.booleans()):
        failure = {"ErrorEquals": ["States.ALL"], "Next": draw(st.sampled_from(ahead))}
        state["Catch"] = [failure | draw(st.sampled_from([{}, {"ResultPath": "$.failure"}]))]
    return state | {"Comment": "it's one", "Next": following}


def _task(draw: Draw, mode: str, calls: Calls) -> Definition:
    resource, request = draw(st.sampled_from(calls))
    retrier = draw(st.sampled_from(RETRIERS))
    # What a synchronous workflow's retries may take together is another rule's matter.
    retry = [retrier if mode == "async" else {"ErrorEquals": ["States.ALL"], "MaxAttempts": 0}]
    selector = {"ResultSelector": {"y.$": draw(st.sampled_from(EXPRESSIONS))}}
    return {
        "Resource": resource,
        "Parameters": request,
        "Retry": retry,
        **draw(st.sampled_from([{}, selector, {"ResultPath": None}, {"TimeoutSeconds": 5}])),
    }


def _choices(draw: Draw, following: str, ahead: list[str]) -> Definition:
    variable = {"Variable": draw(st.sampled_from(["$.a", "$.b[0]"]))}
    test = variable | draw(
        st.sampled_from(
            [{"IsPresent": True}, {"StringEquals": "x"}, {"NumericLessThanPath": "$.n"}]
        )
    )
    nested = draw(st.sampled_from([test, {"Not": test}, {"And": [test, {"Or": [test]}]}]))
    rule = nested | {"Next": draw(st.sampled_from(ahead))}
    if draw(st.booleans()):
        return {"Choices": [rule], "Default": following}
    opposite = {"Not": {k: v for k, v in rule.items() if k != "Next"}, "Next": following}
    return {"Choices": [rule, opposite]}


FAULT = 'It\'s "the fault"'
LATER = {"Type": "Pass"}
JSONATA = LATER | {"QueryLanguage": "JSONata"}
SDK = "arn:aws:states:::aws-sdk"
RETRY = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]


def _map(config: Definition) -> Definition:
    inner = {"Inside the fault": {"Type": "Succeed"}}
    processor = {"ProcessorConfig": config, "StartAt": "Inside the fault", "States": inner}
    return {"Type": "Map", "ItemProcessor": processor}


FAULTS: dict[str, Definition] = {
    "a type that does not exist": {"Type": "Sleep"},
    "a field that does not exist": LATER | {"Nxt": "x"},
    "a field of a wrong type": LATER | {"Comment": 5},
    "a way that leads nowhere": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "Nowhere"}],
    },
    "a failure that leads nowhere": {
        "Type": "Task",
        "Resource": f"{SDK}:ec2:describeInstances",
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Nowhere"}],
    },
    "a Catch that leads back": {
        "Type": "Task",
        "Resource": f"{SDK}:ec2:describeInstances",
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": FAULT}],
    },
    "a Task that calls nothing": {"Type": "Task"},
    "a service that does not exist": {"Type": "Task", "Resource": f"{SDK}:ec3:startInstances"},
    "an action that does not exist": {"Type": "Task", "Resource": f"{SDK}:ec2:startInstance"},
    "a call of no form": {"Type": "Task", "Resource": "arn:aws:s3:::bucket"},
    "a pattern that a call has not": {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:getItem.sync",
    },
    "an integration without known permissions": {
        "Type": "Task",
        "Resource": "arn:aws:states:::elasticmapreduce:cancelStep",
    },
    "a target that only the input says": {
        "Type": "Task",
        "Resource": f"{SDK}:dynamodb:getItem",
        "Parameters": {"TableName.$": "$.table"},
    },
    "retries without end": {
        "Type": "Task",
        "Resource": f"{SDK}:ec2:describeInstances",
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 99_999_999}],
    },
    "an error beside States.ALL": {
        "Type": "Task",
        "Resource": f"{SDK}:ec2:describeInstances",
        "Retry": [{"ErrorEquals": ["States.ALL", "E"]}],
    },
    "a heartbeat as long as the timeout": {
        "Type": "Task",
        "Resource": f"{SDK}:ec2:describeInstances",
        "TimeoutSeconds": 5,
        "HeartbeatSeconds": 5,
    },
    "a request without what its API requires": {
        "Type": "Task",
        "Resource": f"{SDK}:ec2:startInstances",
        "Parameters": {"InstanceId": ["i-0123456789abcdef0"]},
    },
    "a token that is not sent": {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": "f", "Payload.$": "$"},
    },
    "an optimized integration that does not exist": {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:query",
    },
    "a Parallel without branches": {"Type": "Parallel", "Branches": []},
    "a batcher in an inline Map": _map({}) | {"ItemBatcher": {"MaxItemsPerBatch": 2}},
    "a Map's mode that does not exist": _map({"Mode": "DISTRIBUTE"}),
    "a distributed Map without ExecutionType": _map({"Mode": "DISTRIBUTED"}),
    "a Wait beyond the timeout": {"Type": "Wait", "Seconds": 9_000},
    "a path that is none": LATER | {"InputPath": "$.a["},
    "an expression that is no text": LATER | {"Parameters": {"deep": [{"x.$": 5}]}},
    "a path that begins with no $": LATER | {"Parameters": {"deep": [{"x.$": "a.b"}]}},
    "a reference path with a wildcard": LATER | {"ResultPath": "$.a[*]"},
    "a function that does not exist": LATER | {"Parameters": {"x.$": "States.Formt('{}', $.a)"}},
    "an expression that cannot be parsed": JSONATA | {"Output": {"deep": ["{% $sum([1 %}"]}},
    "an expression without its end": JSONATA | {"Assign": {"a": "{% 1 "}},
    "an expression that reads from nothing": JSONATA | {"Output": "{% a.b %}"},
    "a field of $states that does not exist": JSONATA | {"Output": "{% $states.result %}"},
    "a field of the other language": JSONATA | {"Parameters": {}},
    "a field of another state": LATER | {"Label": "x"},
    "a timestamp without a zone": {"Type": "Wait", "Timestamp": "2026-01-31T12:00:00"},
    "a retrier with a number out of its limits": {
        "Type": "Task",
        "Resource": f"{SDK}:ec2:describeInstances",
        "Retry": [{"ErrorEquals": ["E"], "MaxDelaySeconds": 31_622_401}],
    },
    "credentials without a role": {
        "Type": "Task",
        "Resource": f"{SDK}:ec2:describeInstances",
        "Credentials": {},
    },
    "a function with too many arguments": LATER | {"Parameters": {"x.$": "States.UUID($.a)"}},
}


@st.composite
def faulty_definitions(draw: Draw, fault: str) -> Definition:
    """A definition with a fault in the state `FAULT`, in front of any of its machines."""
    definition = copy.deepcopy(draw(definitions()))
    machine = draw(st.sampled_from(list(_all_machines(definition))))
    state = copy.deepcopy(FAULTS[fault])
    state["Default" if state["Type"] == "Choice" else "Next"] = machine["StartAt"]
    machine["States"][FAULT] = state
    machine["StartAt"] = FAULT
    return definition


@st.composite
def changed_definitions(draw: Draw) -> tuple[Definition, str]:
    """A definition with one thing changed in one of its own states, and that state's name."""
    definition = copy.deepcopy(draw(definitions()))
    machine = draw(st.sampled_from(list(_all_machines(definition))))
    states = machine["States"]
    match draw(st.sampled_from(["lost", "renamed", "undecided", "long"])):
        case "lost":
            states[FAULT] = {"Type": "Pass", "End": True}
            return definition, FAULT
        case "long":
            name = "n" * 81
            states[name] = {"Type": "Pass", "Next": machine["StartAt"]}
            machine["StartAt"] = name
            return definition, name
        case "renamed" if any("Next" in state for state in states.values()):
            name = draw(st.sampled_from([n for n, state in states.items() if "Next" in state]))
            states[name]["Next"] += "?"
            return definition, name
        case _:
            rule = {"Variable": "$.x", "StringEquals": "y", "Next": machine["StartAt"]}
            states[FAULT] = {"Type": "Choice", "Choices": [rule]}
            machine["StartAt"] = FAULT
            return definition, FAULT


def _all_machines(machine: Definition) -> list[Definition]:
    found = [machine]
    for state in machine["States"].values():
        for inner in [*state.get("Branches", []), state.get("ItemProcessor")]:
            found += _all_machines(inner) if inner else []
    return found


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("Type", "Next", "States", "A", "RoleArn.$", "Bucket", "Branches", "Mode"),
                    *("Retry", "Catch", "ErrorEquals", "MaxAttempts", "IntervalSeconds"),
                    *("MaxDelaySeconds", "BackoffRate", "ProcessorConfig"),
                ]
            ),
            values,
            max_size=3,
        )
    ),
    max_leaves=8,
)
"""What may stand where a definition should have something else."""
