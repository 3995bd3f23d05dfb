"""Definitions made at random of valid parts, and of those some with one fault put in.

They are in JSONPath, in JSONata, or in JSONPath with states in JSONata.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from hypothesis import strategies as st

from stepgate.asl.states import QueryLanguage
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
VALUES: list[Any] = [
    *("{% $states.input %}", "text", None, "{% $uuid() %}", "{% $missing %}"),
    '{% $states.context.Execution.Name & "it\'s" %}',
    "{% $states.input.a = 'x' ? $states.input.b[0] : {'é': [null, 1.5]} %}",
    {"deep": [{"x": "{% $count($states.input.list[id > 1].{'n': id}) %}"}, 5], "y.$": "$.text"},
    "{% ($f := function($n) { $n * 2 }; $map([1..3], $f)) %}",
    '{% $match("aXb", /x(b)/i).groups[0] & $string($states.input) %}',
]
MAX_DEPTH = 2


@st.composite
def definitions(
    draw: Draw,
    *,
    mode: str = "async",
    calls: Calls | None = None,
    language: QueryLanguage | None = None,
) -> Definition:
    """A definition that keeps all rules, with states of every type, nested ones too.

    Args:
        calls: what its Tasks may call, with the request; anything if it is not given.
        language: of the whole definition; without one, it is drawn, and can be mixed.
    """
    if calls is None:
        calls = CALLS + (SLOW_CALLS if mode == "async" else [])
    root = language or draw(st.sampled_from(["JSONPath", "JSONata"]))
    is_mixed = language is None and root == "JSONPath" and draw(st.booleans())
    inner = _Generator(draw, mode, calls, root, is_mixed).machine(depth=0)
    return {
        "Comment": "generated",
        **({"QueryLanguage": root} if root == "JSONata" else {}),
        "TimeoutSeconds": 28 if mode == "sync" else 9_000,
        **inner,
    }


@dataclass
class _Generator:
    """Makes the machines of one definition.

    Attributes:
        language: of its states, if it is not mixed.
        named: how many names there are; no two states of a definition have the same one.
    """

    draw: Draw
    mode: str
    calls: Calls
    language: QueryLanguage
    is_mixed: bool
    named: int = 0

    def any(self, *values: Any) -> Any:
        return self.draw(st.sampled_from(values))

    def name(self) -> str:
        self.named += 1
        kind = self.any("State", "a.b", 'It\'s "one"', "Zustand ä😀", "States", "$[0]", "{% 1 %}")
        return f"{kind} {self.named}"

    def machine(self, depth: int) -> Definition:
        """A row of states, each of which leads to the next, with the ways that its type has."""
        row = [self.name() for _ in range(self.draw(st.integers(1, 5 if depth == 0 else 3)))]
        end, fail = self.name(), self.name()
        states: dict[str, Definition] = {}
        for position, name in enumerate(row):
            following = row[position + 1] if position + 1 < len(row) else end
            states[name] = self._state(depth, following, [*row[position + 1 :], end, fail])
        states[fail] = self._in_a_language(self._fail, self._fail_in_jsonata)
        success = self._in_a_language(dict, lambda: self.any({}, {"Output": self.any(*VALUES)}))
        states[end] = self.any(
            success | {"Type": "Succeed"}, success | {"Type": "Pass", "End": True}, states[fail]
        )
        return {"StartAt": row[0], "States": _reachable(states, row[0])}

    def _in_a_language(
        self, in_jsonpath: Callable[[], Definition], in_jsonata: Callable[[], Definition]
    ) -> Definition:
        """A state's fields in the definition's language, or in one of both if it is mixed."""
        if self.is_mixed and self.draw(st.booleans()):
            return {"QueryLanguage": "JSONata"} | in_jsonata()
        return in_jsonata() if self.language == "JSONata" else in_jsonpath()

    def _fail(self) -> Definition:
        return {"Type": "Fail", "Error": "Generated", "CausePath": "$.cause"}

    def _fail_in_jsonata(self) -> Definition:
        error = self.any("Generated", "{% 'Gener' & 'ated' %}", "{% $states.input.missing %}")
        cause = self.any("it's", "{% $states.input.cause %}", "{% $string($states.input) %}")
        return {"Type": "Fail", "Error": error, "Cause": cause}

    def _state(self, depth: int, following: str, ahead: list[str]) -> Definition:
        nesting = ["Parallel", "Map"] if depth < MAX_DEPTH else []
        kind = self.any("Pass", "Task", "Choice", "Wait", *nesting)
        state: Definition = {"Type": kind, "Comment": "it's one"}
        if kind == "Choice":
            return state | self._in_a_language(
                lambda: self._choices(_tests_in_jsonpath(self.any), following, ahead),
                lambda: self._choices(_tests_in_jsonata(self.any), following, ahead),
            )
        if kind == "Parallel":
            branches = range(self.draw(st.integers(1, 2)))
            state["Branches"] = [self.machine(depth + 1) for _ in branches]
        elif kind == "Map":
            state["ItemProcessor"] = self.machine(depth + 1)
        state |= self._in_a_language(
            lambda: self._fields(kind, ahead), lambda: self._fields_in_jsonata(kind, depth, ahead)
        )
        return state | {"Next": following}

    def _fields(self, kind: str, ahead: list[str]) -> Definition:
        state: Definition = {}
        match kind:
            case "Task":
                resource, request = self.any(*self.calls)
                selector = {"ResultSelector": {"y.$": self.any(*EXPRESSIONS)}}
                state |= {"Resource": resource, "Parameters": request, "Retry": self._retry()}
                state |= self.any({}, selector, {"ResultPath": None}, {"TimeoutSeconds": 5})
            case "Wait":
                state |= self.any({"Seconds": 0}, {"SecondsPath": "$.seconds"})
            case "Map":
                state["ItemsPath"] = self.any(*PATHS)
            case "Pass":
                state |= self.any({}, {"Result": {"a.$": "no path"}})
                state["Parameters"] = {"list": [{"x.$": self.any(*EXPRESSIONS)}]}
            case _:
                pass
        return state | self._catch(kind, ahead, {"ResultPath": "$.failure"})

    def _fields_in_jsonata(self, kind: str, depth: int, ahead: list[str]) -> Definition:
        # "A variable in an inner scope cannot have the name of one in an outer scope."
        name = f"v{depth}"
        assigned = {"Assign": {name: self.any(*VALUES), "é": [f"{{% ${name} %}}"]}}
        state: Definition = self.any({}, {"Output": self.any(*VALUES)}) | self.any({}, assigned)
        match kind:
            case "Task":
                resource, request = self.any(*self.calls)
                state |= {"Resource": resource, "Arguments": _in_jsonata(request)}
                state |= {"Retry": self._retry()}
                state |= self.any({}, {"TimeoutSeconds": 5}, {"TimeoutSeconds": "{% 2 + 3 %}"})
                state |= self.any({}, {"Output": {"y": "{% [$states.result, $v0] %}"}})
            case "Wait":
                state["Seconds"] = self.any(0, "{% $states.input.seconds %}", "{% 0 %}")
            case "Parallel":
                state |= self.any({}, {"Arguments": {"n": self.any(*VALUES)}})
            case "Map":
                items = self.any([1, {"a": "x"}], "{% $states.input.list %}", "{% [1..2] %}")
                item = {"ItemSelector": {"n": "{% $states.context.Map.Item.Index %}"}}
                state |= {"Items": items} | self.any({}, item, {"MaxConcurrency": "{% 1 + 1 %}"})
            case _:
                pass
        caught = {"Assign": {name: "{% $states.errorOutput.Error %}"}}
        output = {"Output": "{% $merge([$states.input, {'failure': $states.errorOutput}]) %}"}
        return state | self._catch(kind, ahead, self.any(caught, output))

    def _retry(self) -> list[Definition]:
        # What a synchronous workflow's retries may take together is another rule's matter.
        if self.mode == "sync":
            return [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 0}]
        return [self.any(*RETRIERS)]

    def _catch(self, kind: str, ahead: list[str], fields: Definition) -> Definition:
        if kind not in ("Task", "Parallel", "Map") or self.draw(st.booleans()):
            return {}
        failure = {"ErrorEquals": ["States.ALL"], "Next": self.any(*ahead)}
        return {"Catch": [failure | self.any({}, fields)]}

    def _choices(
        self, tests: tuple[Definition, Definition], following: str, ahead: list[str]
    ) -> Definition:
        """
        Args:
            tests: a test and its opposite.
        """
        rule = tests[0] | {"Next": self.any(*ahead)}
        if self.draw(st.booleans()):
            return {"Choices": [rule], "Default": following}
        return {"Choices": [rule, tests[1] | {"Next": following}]}


def _tests_in_jsonpath(choose: Callable[..., Any]) -> tuple[Definition, Definition]:
    variable = {"Variable": choose("$.a", "$.b[0]")}
    test = variable | choose(
        {"IsPresent": True}, {"StringEquals": "x"}, {"NumericLessThanPath": "$.n"}
    )
    nested = choose(test, {"Not": test}, {"And": [test, {"Or": [test]}]})
    return nested, {"Not": nested}


def _tests_in_jsonata(choose: Callable[..., Any]) -> tuple[Definition, Definition]:
    condition = choose(
        "$exists($states.input.a)", "$states.input.b[0] = 'y'", "$v0 in [1, 'x']", "$states.input.n"
    )
    assigned = choose({}, {"Assign": {"é": 1}}, {"Output": choose(*VALUES)})
    test = {"Condition": f"{{% {condition} %}}"}
    return test | assigned, {"Condition": f"{{% $not({condition}) %}}"}


def _in_jsonata(value: Any) -> Any:
    """A payload template of JSONPath, with the same paths."""
    if isinstance(value, dict):
        members = cast("Definition", value).items()
        return dict(_member_in_jsonata(key, inner) for key, inner in members)
    if isinstance(value, list):
        return [_in_jsonata(item) for item in cast("list[Any]", value)]
    return value


def _member_in_jsonata(key: str, value: Any) -> tuple[str, Any]:
    if not key.endswith(".$"):
        return key, _in_jsonata(value)
    root, path = ("context", value[2:]) if value.startswith("$$") else ("input", value[1:])
    return key.removesuffix(".$"), f"{{% $states.{root}{path} %}}"


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


FAULT = 'It\'s "the fault"'
LATER = {"Type": "Pass"}
JSONATA = LATER | {"QueryLanguage": "JSONata"}
ONLY_JSONPATH = {"InputPath", "Parameters", "ResultPath"}
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
    state = copy.deepcopy(FAULTS[fault])
    is_only_in_jsonpath = state["Type"] == "Pass" and ONLY_JSONPATH & state.keys()
    definition = copy.deepcopy(
        draw(definitions(language="JSONPath" if is_only_in_jsonpath else None))
    )
    machine = draw(st.sampled_from(list(_all_machines(definition))))
    if "QueryLanguage" in definition:
        state = _state_in_jsonata(state)
    state["Default" if state["Type"] == "Choice" else "Next"] = machine["StartAt"]
    machine["States"][FAULT] = state
    machine["StartAt"] = FAULT
    return definition


def _state_in_jsonata(state: Definition) -> Definition:
    """The same fault."""
    state = {"Arguments" if key == "Parameters" else key: state[key] for key in state}
    if "Choices" in state:
        state["Choices"] = [{"Condition": "{% $states.input.a %}", "Next": "Nowhere"}]
    return _in_jsonata(state)


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
            in_jsonpath = {"Variable": "$.x", "StringEquals": "y"}
            in_jsonata = {"Condition": "{% $states.input.x = 'y' %}"}
            test = in_jsonata if "QueryLanguage" in definition else in_jsonpath
            rule = test | {"Next": machine["StartAt"]}
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
