"""Each rule for a definition, where it is broken and where it is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given

from tests.workflows.definitions import (
    END,
    choice,
    json_values,
    machine,
    map_of,
    parallel,
    passing,
    task,
    wait,
)
from workflows.rules import (
    ADVICE,
    DEFINITION_RULES,
    Rule,
    advice,
    callbacks,
    definition_findings,
    expressions,
    form,
    handlers,
    integrations,
    maps,
    structure,
    timing,
)
from workflows.rules.breach import Breach, Subject
from workflows.workflow import Definition, Mode

ON_A = {"Variable": "$.a", "IsPresent": True, "Next": "B"}
NOT_ON_A = {**ON_A, "IsPresent": False}
INVOKE = "arn:aws:states:::lambda:invoke"
DISTRIBUTED = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
SLOW = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "MaxAttempts": 3, "BackoffRate": 1.0}


@dataclass(frozen=True)
class Case:
    """A definition that breaks a rule in one state, with a part of what is said, and one that
    keeps it."""

    rule: Rule
    broken: Definition
    state: str
    said: str
    kept: Definition
    mode: Mode = "sync"

    def breaches(self, definition: Definition) -> list[Breach]:
        return list(self.rule(Subject(definition, self.mode)))


def with_states(**states: Any) -> Definition:
    """A definition with whatever stands in its States."""
    return machine(A=END) | {"States": states}


def map_in(config: Definition, inner: str = "C", **fields: Any) -> Definition:
    """A Map whose processor has this configuration."""
    processor = {"ProcessorConfig": config, "StartAt": inner, "States": {inner: END}}
    ways_on = {} if "Next" in fields else {"End": True}
    return {"Type": "Map", "ItemProcessor": processor, **ways_on, **fields}


def timeout(seconds: int | None, **states: Definition) -> Definition:
    definition = machine(**states)
    if seconds is None:
        del definition["TimeoutSeconds"]
        return definition
    return definition | {"TimeoutSeconds": seconds}


CASES = [
    Case(
        form.valid_form,
        machine(A=passing(Nxt="B")),
        "A",
        "Nxt is no field of a Pass state; write Next",
        machine(A=passing(Assign={"x": 1})),
    ),
    Case(
        structure.short_state_names,
        machine(**{"n" * 81: passing()}),
        "n" * 81,
        "81 characters; write at most 80",
        machine(**{"n" * 80: passing()}),
    ),
    Case(
        structure.written_states,
        with_states(A=passing(), B=None),
        "B",
        'is no object; write such as {"Type": "Succeed"}',
        machine(A=passing(Next="B"), B=END),
    ),
    Case(
        structure.known_targets,
        machine(A=passing(Next="Nowhere"), B=passing()),
        "A",
        "Next leads to 'Nowhere', which is no state there; write one of 'A', 'B'",
        machine(A=passing(Next="B"), B=passing()),
    ),
    Case(
        structure.reachable_states,
        machine(A=passing(), B=passing(Next="C"), C=passing(Next="B")),
        "B",
        "no way leads to it",
        machine(A=choice(ON_A, Default="C"), B=END, C=END),
    ),
    Case(
        structure.ended_machines,
        machine(A=passing(Next="B"), B=passing(Next="A")),
        "A",
        "no way from here comes to an end, in States; lead out of the loop, or write "
        "\"End\": true in one of 'A', 'B'",
        machine(A=passing(Next="B"), B=choice(ON_A | {"Next": "A"}, Default="C"), C=END),
    ),
    Case(
        structure.decided_choices,
        machine(A=choice(ON_A), B=END),
        "A",
        "write a Default",
        machine(A=choice(ON_A, NOT_ON_A), B=END),
    ),
    Case(
        structure.called_resources,
        machine(A={"Type": "Task", "End": True}),
        "A",
        "without a Resource; write what it calls",
        machine(A=task()),
    ),
    Case(
        structure.branched_parallels,
        machine(A=parallel()),
        "A",
        "Branches is empty; write a branch",
        machine(A=parallel(machine(B=passing()))),
    ),
    Case(
        maps.known_modes,
        machine(A=map_in({"Mode": "Distributed"})),
        "A",
        "ItemProcessor.ProcessorConfig.Mode is 'Distributed'; write INLINE or DISTRIBUTED",
        machine(A=map_in({"Mode": "INLINE"}, Next="B"), B=map_in({}, "D")),
    ),
    Case(
        maps.typed_executions,
        machine(A=map_in({"Mode": "DISTRIBUTED"})),
        "A",
        "ExecutionType is missing, and a distributed Map has one; write STANDARD or EXPRESS",
        machine(A=map_in(DISTRIBUTED, Next="B"), B=map_in({"Mode": "INLINE"}, "D")),
    ),
    Case(
        maps.distributed_parts,
        machine(A=map_in({}, ItemBatcher={"MaxItemsPerBatch": 5})),
        "A",
        "ItemBatcher is for a distributed Map only; leave it out, or write",
        machine(A=map_in(DISTRIBUTED, ItemBatcher={"MaxItemsPerBatch": 5})),
    ),
    Case(
        handlers.last_resorts,
        machine(A=task(Retry=[{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["E"]}])),
        "A",
        "Retry[0] matches States.ALL, so those behind it never match; write it as the last",
        machine(A=task(Retry=[{"ErrorEquals": ["E", "F"]}, {"ErrorEquals": ["States.ALL"]}])),
    ),
    Case(
        expressions.parsed_paths,
        machine(A=passing(InputPath="$.a[")),
        "A",
        "InputPath: ",
        machine(A=passing(InputPath="$.a[0]", Parameters={"FilePath": "no path at all"})),
    ),
    Case(
        expressions.known_functions,
        machine(A=passing(Parameters={"a": [{"b.$": "States.Formt('{}', $.x)"}]})),
        "A",
        "Parameters.a[0].b.$: ",
        machine(A=passing(Parameters={"a": [{"b.$": "States.Format('{}', $.x)"}]})),
    ),
    Case(
        timing.ended_executions,
        timeout(None, A=passing()),
        "",
        'write such as "TimeoutSeconds": 20',
        timeout(20, A=passing()),
    ),
    Case(
        timing.answers_in_time,
        timeout(29, A=passing()),
        "",
        "write less than 29, or make it asynchronous",
        timeout(28, A=passing()),
    ),
    Case(
        timing.fitting_waits,
        machine(A=wait(10, Next="B"), B=task(Retry=[{**SLOW, "MaxAttempts": 1}])),
        "A",
        "up to 20 s on the longest path ('A', 'B'), and the execution is ended after 20 s",
        machine(A=wait(10, Next="B"), B=task(Retry=[{**SLOW, "IntervalSeconds": 3}])),
    ),
    Case(
        timing.ending_retries,
        machine(A=task(Retry=[{**SLOW, "MaxAttempts": 99_999_999}])),
        "A",
        "write fewer MaxAttempts",
        machine(A=task(Retry=[{**SLOW, "MaxAttempts": 1}])),
    ),
    Case(
        timing.quick_heartbeats,
        machine(A=task(HeartbeatSeconds=10, TimeoutSeconds=10)),
        "A",
        "HeartbeatSeconds is 10, and its TimeoutSeconds 10; write less than 10",
        machine(
            A=task(HeartbeatSeconds=9, TimeoutSeconds=10, Next="B"), B=task(HeartbeatSeconds=9)
        ),
    ),
    Case(
        integrations.known_calls,
        machine(A=task("arn:aws:states:::aws-sdk:ec2:describeInstance")),
        "A",
        "did you mean 'describeInstances'?",
        machine(A=task()),
    ),
    Case(
        integrations.complete_calls,
        machine(A=task(INVOKE, Parameters={"FunctionNme": "f"})),
        "A",
        "lambda:invoke needs FunctionName; FunctionNme is no argument of it, write FunctionName",
        machine(A=task(INVOKE, Parameters={"FunctionName.$": "$.f"}, Next="B"), B=task(INVOKE)),
    ),
    Case(
        callbacks.sent_tokens,
        machine(A=task(f"{INVOKE}.waitForTaskToken", Parameters={"FunctionName": "f"})),
        "A",
        'write such as "token.$": "$$.Task.Token" into what it sends',
        machine(A=task(f"{INVOKE}.waitForTaskToken", Parameters={"a": [{"b.$": "$$.Task.Token"}]})),
    ),
    Case(
        integrations.quick_calls,
        machine(A=task("arn:aws:states:::glue:startJobRun.sync")),
        "A",
        "(with .sync), and a synchronous workflow cannot",
        machine(A=task("arn:aws:states:::glue:startJobRun")),
    ),
    Case(
        integrations.derived_permissions,
        machine(A=task("arn:aws:states:::sqs:sendMessage", Parameters={"QueueUrl.$": "$.queue"})),
        "A",
        "list the ARNs that it may be called on in the workflow's resources, such as arn:aws:sqs:",
        machine(
            A=task(
                "arn:aws:states:::sqs:sendMessage",
                Parameters={"QueueUrl": "https://sqs.us-east-1.amazonaws.com/000000000000/q"},
            )
        ),
    ),
    Case(
        advice.retried_tasks,
        machine(A=task(Retry=[{"ErrorEquals": ["States.Timeout"]}])),
        "A",
        '"Retry": [] if it must not be called twice',
        machine(A=task(Retry=[], Next="B"), B=task(Retry=[SLOW])),
    ),
    Case(
        advice.named_failures,
        machine(A={"Type": "Fail", "Cause": "It went wrong."}),
        "A",
        "write Error",
        machine(A={"Type": "Fail", "Error": "WentWrong"}),
    ),
    Case(
        integrations.seen_permissions,
        machine(A=task("arn:aws:states:::athena:getQueryResults")),
        "A",
        "s3:GetObject",
        machine(A=task("arn:aws:states:::athena:getQueryExecution")),
    ),
]
IDS = [case.rule.__name__ for case in CASES]


def test_every_rule_has_a_case() -> None:
    assert [case.rule for case in CASES] == [*DEFINITION_RULES, *ADVICE]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_rule_that_is_broken_names_the_state_and_says_what_to_write(case: Case) -> None:
    breaches = case.breaches(case.broken)
    assert case.state in {breach.state for breach in breaches}
    assert all("\n" not in breach.text for breach in breaches)
    assert any(case.said in breach.text for breach in breaches)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_rule_that_is_kept_says_nothing(case: Case) -> None:
    assert case.breaches(case.kept) == []


NESTED = [case for case in CASES if case.state]


@pytest.mark.parametrize("case", NESTED, ids=[case.rule.__name__ for case in NESTED])
@pytest.mark.parametrize("nest", [parallel, map_of])
def test_nested_states_count(case: Case, nest: Callable[[Definition], Definition]) -> None:
    broken = {breach.state for breach in case.breaches(case.broken)}
    nested = case.breaches(machine(Outer=nest(machine(Inner=parallel(case.broken)))))
    assert {breach.state for breach in nested} >= broken
    assert case.breaches(machine(Outer=nest(machine(Inner=parallel(case.kept))))) == []


def said_of(rule: Rule, definition: Definition, mode: Mode = "async") -> list[str]:
    return [breach.line("it") for breach in rule(Subject(definition, mode))]


@pytest.mark.parametrize(
    "choices",
    [
        [ON_A, {"Not": {"Variable": "$.a", "IsPresent": True}, "Next": "B"}],
        [{"Variable": "$.a", "IsNull": null, "Next": "B"} for null in (True, False)],
        [{"Condition": "{% true %}", "Next": "B"}],
        [{"Condition": True, "Next": "B"}],
    ],
)
def test_a_choice_whose_rules_leave_nothing_out_needs_no_default(choices: list[Definition]) -> None:
    assert said_of(structure.decided_choices, machine(A=choice(*choices), B=END)) == []


def test_a_choice_that_asks_for_both_truths_still_fails_on_what_is_neither() -> None:
    rules = [{"Variable": "$.a", "BooleanEquals": truth, "Next": "B"} for truth in (True, False)]
    assert said_of(structure.decided_choices, machine(A=choice(*rules), B=END))


def test_a_start_that_leads_nowhere_is_told_with_its_place() -> None:
    inner = machine(B=passing()) | {"StartAt": "C"}
    assert said_of(structure.known_targets, machine(A=parallel(inner))) == [
        "it: States.A.Branches[0].StartAt leads to 'C', which is no state there; write one of 'B'"
    ]


@pytest.mark.parametrize("field", ["Default", "Catch", "Choices"])
def test_whatever_leads_on_has_to_lead_somewhere(field: str) -> None:
    fields: dict[str, Definition] = {
        "Default": choice(ON_A, Default="Nowhere"),
        "Catch": task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Nowhere"}], Next="B"),
        "Choices": choice({**ON_A, "Next": "Nowhere"}, Default="B"),
    }
    (line,) = said_of(structure.known_targets, machine(A=fields[field], B=END))
    assert line.startswith(f"it, state 'A': {field}")


CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "B"}]


def test_a_catch_that_leads_back_at_once_tries_again_without_end() -> None:
    for way in ({"B": passing(Next="A")}, {"B": passing(Next="D"), "D": passing(Next="A")}):
        loop = machine(A=task(Catch=CATCH, Next="C"), C=END, **way)
        (line,) = said_of(timing.ending_retries, loop)
        assert "its Catch leads straight back to it" in line


@pytest.mark.parametrize(
    "between",
    [wait(1, Next="A"), task(Next="A"), choice(ON_A | {"Next": "A"}, Default="C")],
    ids=["Wait", "Task", "Choice"],
)
def test_a_catch_may_lead_back_through_what_takes_time_or_decides(between: Definition) -> None:
    loop = machine(A=task(Catch=CATCH, Next="C"), B=between, C=END)
    assert said_of(timing.ending_retries, loop) == []


def test_lines_stand_in_the_order_of_the_definition() -> None:
    lost = {f"S{i}": passing() for i in range(20)}
    lines = said_of(structure.reachable_states, machine(A=passing(), **lost))
    assert [line.split("'")[1] for line in lines] == list(lost)


def test_a_loop_without_end_beside_a_state_that_ends_is_named_once() -> None:
    loop = machine(
        A=choice(ON_A, Default="End"),
        B=passing(Next="L1"),
        L1=passing(Next="L2"),
        L2=passing(Next="L1"),
        End=END,
    )
    (line,) = said_of(structure.ended_machines, loop)
    assert line.startswith("it, state 'L1': no way from here comes to an end")
    assert line.endswith("in one of 'L1', 'L2'")


def test_a_way_that_leads_nowhere_is_no_loop() -> None:
    assert said_of(structure.ended_machines, machine(A=passing(Next="Nowhere"))) == []


def test_each_loop_without_end_is_named() -> None:
    two = machine(A=choice(ON_A, Default="C"), B=passing(Next="B"), C=passing(Next="C"))
    lines = said_of(structure.ended_machines, two)
    assert sorted(line.split("'")[1] for line in lines) == ["B", "C"]


@pytest.mark.parametrize("seconds", ["60", -1, 0, None, "{% 5 %}"])
def test_a_wrong_timeout_is_told_once_and_is_no_timeout(seconds: object) -> None:
    definition = machine(A=wait(5, Next="B"), B=task()) | {"TimeoutSeconds": seconds}
    for mode in ("sync", "async"):
        (line,) = lines_of(definition, mode)
        assert line.startswith("it: TimeoutSeconds is ")


def test_a_state_that_is_no_object_is_told_once() -> None:
    assert lines_of(with_states(A=None)) == [
        'it, state \'A\': is no object; write such as {"Type": "Succeed"}'
    ]
    assert lines_of({"TimeoutSeconds": 1, "StartAt": "A", "States": {}}) == [
        "it: StartAt leads to 'A', which is no state there; write it"
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"Parameters": {"a.$": 5}}, "Parameters.a.$ is 5; write a path or a function, or the key"),
        ({"Parameters": [{"a.$": None}]}, "Parameters[0].a.$ is null; write a path or a function"),
        ({"ResultPath": 5}, "ResultPath is 5; write a path, such as $.name"),
    ],
)
def test_a_path_that_is_no_text_is_told_once(fields: Definition, said: str) -> None:
    (line,) = lines_of(machine(A=passing(**fields)))
    assert line.startswith(f"it, state 'A': {said}")


def test_a_variable_is_a_path() -> None:
    for value, said in ((5, "5"), (None, "null")):
        asking = choice({"Variable": value, "IsNull": True, "Next": "B"}, Default="B")
        (line,) = lines_of(machine(A=asking, B=END))
        assert line.startswith(f"it, state 'A': Choices[0].Variable is {said}; write a path")


def test_a_path_may_be_null_where_the_language_says_so() -> None:
    for field in ("InputPath", "OutputPath", "ResultPath"):
        assert lines_of(machine(A=passing(**{field: None}))) == []


TWO = "Choices[0].Not has IsNull and IsString; write only one of them"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (passing(Nxt="B"), "Nxt is no field of a Pass state; write Next"),
        (passing(Wings=2), "Wings is no field of a Pass state; leave it out"),
        (task(Retry=[{"ErrorEquals": ["E"], "MaxAttempt": 1}]), "Retry[0]; write MaxAttempts"),
        (passing(End=True, Next="A"), "has both Next and End; write one of them"),
        (choice(Next="A"), "has Next, which has no place there; leave it out"),
        ({"Type": "Pass"}, 'leads nowhere; write Next, or "End": true'),
        ({"Type": "Sleep"}, '"Sleep"; write one of "Pass", "Succeed"'),
        ({"Type": "Parallel", "End": True}, "has no Branches; write it"),
        ({"Type": "Wait", "End": True}, 'has none of "Seconds", "SecondsPath"'),
        (wait(1, Timestamp="2026-01-01T00:00:00Z", End=True), "has Seconds and Timestamp; write"),
        (choice({"Not": {"IsNull": True, "IsString": True, "Variable": "$"}, "Next": "A"}), TWO),
        (task(Arguments={}), 'is a field of JSONata only; leave it out, or write "QueryLanguage":'),
        (
            map_of(machine(B=END), ItemProcessor={**machine(B=END)}),
            "of ItemProcessor; leave it out",
        ),
        (wait(-1), "Seconds is -1; write at least 0"),
        (task(TimeoutSeconds=0), "TimeoutSeconds is 0; write more than 0"),
        (passing(Comment=5), "Comment is 5; write a string"),
        (passing(Next=None), "Next is null; write a value"),
        (passing(End="yes"), 'End is "yes"; write true or false'),
        (task(Retry={"a": 1}), 'Retry is {"a": 1}; write a list'),
        (task(Retry=[{"ErrorEquals": None}]), "Retry[0].ErrorEquals is null"),
        (task(Retry=[{"ErrorEquals": []}]), "Retry[0].ErrorEquals is empty; write at least one"),
        (task(Retry=[{"MaxAttempts": 1}]), "Retry[0] has no ErrorEquals; write it"),
        (parallel(machine(A=passing())), "give one of them another name"),
    ],
)
def test_a_wrong_form_is_told_with_what_to_write(state: Definition, said: str) -> None:
    lines = said_of(form.valid_form, machine(A=state))
    assert any(said in line for line in lines), lines
    assert all("; " in line for line in lines)


def test_the_definitions_own_fields_are_told_too() -> None:
    assert said_of(form.valid_form, machine(A=END) | {"TimeoutSecond": 5}) == [
        "it: TimeoutSecond is no field of the definition; write TimeoutSeconds"
    ]
    assert said_of(form.valid_form, {"States": {"A": END}}) == [
        "it: the definition has no StartAt; write it"
    ]


def test_the_greatest_number_of_seconds_is_no_wrong_form() -> None:
    most = task(TimeoutSeconds=99_999_999, Retry=[SLOW | {"MaxAttempts": 99_999_999}])
    assert said_of(form.valid_form, machine(A=most)) == []
    (line,) = said_of(form.valid_form, machine(A=task(TimeoutSeconds=100_000_000)))
    assert line.endswith("TimeoutSeconds is 100000000; write at most 99999999")


@pytest.mark.parametrize("field", ["Retry", "Catch"])
def test_states_all_stands_alone(field: str) -> None:
    fields: Definition = {field: [{"ErrorEquals": ["States.ALL", "E"], "Next": "B"}]}
    (line,) = said_of(handlers.last_resorts, machine(A=task(**fields)))
    assert f"{field}[0].ErrorEquals has other errors beside States.ALL; write" in line


@pytest.mark.parametrize(
    ("resource", "request_", "said"),
    [
        ("aws-sdk:ec2:startInstances", {}, "ec2:startInstances needs InstanceIds; write it"),
        ("sqs:sendMessage", {}, "sqs:sendMessage needs QueueUrl, MessageBody; write them"),
        ("events:putEvents", {"Entris": []}, "needs Entries; Entris is no argument of it, write"),
    ],
)
def test_a_request_without_what_its_api_requires_is_refused(
    resource: str, request_: Definition, said: str
) -> None:
    calling = task(f"arn:aws:states:::{resource}", Parameters=request_)
    (line,) = said_of(integrations.complete_calls, machine(A=calling))
    assert said in line


def test_a_request_that_only_the_run_knows_is_complete() -> None:
    whole = task(INVOKE, Arguments="{% $states.input %}", QueryLanguage="JSONata")
    assert said_of(integrations.complete_calls, machine(A=whole)) == []
    elsewhere = task("arn:aws:states:::http:invoke", Parameters={})
    assert said_of(integrations.complete_calls, machine(A=elsewhere)) == []


@pytest.mark.parametrize(
    ("payload", "is_sent"),
    [
        ("{% {'token': $states.context.Task.Token} %}", True),
        ({"all": ["{% $states.context %}"]}, True),
        ("{% $states.context.Execution.Id %}", False),
        ("{% $states.input %}", False),
    ],
)
def test_a_token_is_looked_for_in_jsonata(payload: object, is_sent: bool) -> None:
    request = {"FunctionName": "f", "Payload": payload}
    waiting = task(f"{INVOKE}.waitForTaskToken", Arguments=request, QueryLanguage="JSONata")
    lines = said_of(callbacks.sent_tokens, machine(A=waiting))
    assert (lines == []) is is_sent
    assert all('"{% $states.context.Task.Token %}"' in line for line in lines)


@pytest.mark.parametrize(
    ("payload", "is_sent"),
    [
        ({"Payload.$": "$$"}, True),
        ({"Payload": {"x.$": "States.Format('{}', $$.Task.Token)"}}, True),
        ({"Payload": {"x.$": "$$['Task']['Token']"}}, True),
        ({"Payload": {"x": "$$.Task.Token"}}, False),
        ({"Payload.$": "$$.Execution.Id"}, False),
        ({"Payload.$": "$"}, False),
    ],
)
def test_a_token_is_looked_for_in_paths(payload: Definition, is_sent: bool) -> None:
    waiting = task(f"{INVOKE}.waitForTaskToken", Parameters={"FunctionName": "f"} | payload)
    assert (said_of(callbacks.sent_tokens, machine(A=waiting)) == []) is is_sent


def test_a_whole_input_may_have_the_token() -> None:
    assert said_of(callbacks.sent_tokens, machine(A=task(f"{INVOKE}.waitForTaskToken"))) == []


def test_an_asynchronous_workflow_is_given_time_for_its_retries() -> None:
    slow = machine(A=task(Retry=[{**SLOW, "MaxAttempts": 1}] * 2))
    assert said_of(timing.fitting_waits, slow, "async") == []
    assert said_of(timing.fitting_waits, slow, "sync")
    assert said_of(timing.fitting_waits, machine(A=wait(20)), "async")


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ("arn:aws:states:::aws-sdk:ec3:describeInstances", "no service 'ec3'"),
        ("arn:aws:states:::aws-sdk:ec2:describeInstances.sync", "cannot be called with .sync"),
        ("arn:aws:states:::dynamodb:getItem.waitForTaskToken", "write it without (https://"),
        ("arn:aws:states:::glue:startJobRun.sync:2", "write it without, or with .sync (https://"),
        ("arn:aws:s3:::bucket", "is nothing that a Task can call"),
        ("function", "is nothing that a Task can call"),
        ("arn:aws:states:::dynamodb:query", "write arn:aws:states:::aws-sdk:dynamodb:query"),
        ("arn:aws:states:::s3:getObject", "write arn:aws:states:::aws-sdk:s3:getObject"),
        ("arn:aws:states:::states:stopExecution", "write arn:aws:states:::aws-sdk:sfn:stopExec"),
        (
            "arn:aws:states:::lambda:invok",
            "no optimized integration; did you mean 'lambda:invoke'?",
        ),
        ("arn:aws:states:::sqs:purge", "write one of sqs:sendMessage"),
        ("arn:aws:states:::lamda:invoke", "no service 'lamda' has optimized integrations; did you"),
    ],
)
def test_a_call_that_nobody_answers_is_refused(resource: str, said: str) -> None:
    (line,) = said_of(integrations.known_calls, machine(A=task(resource)))
    assert said in line


def test_of_a_call_that_does_not_exist_nothing_else_is_told() -> None:
    for resource in ("dynamodb:query", "lamda:invoke", "aws-sdk:ec2:startInstance"):
        assert len(lines_of(machine(A=task(f"arn:aws:states:::{resource}")))) == 1


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws-cn:states:::aws-sdk:ec2:describeInstances",
        "arn:aws:states:::aws-sdk:sfn:startExecution.waitForTaskToken",
        "arn:aws:states:::states:startExecution.sync:2",
        "arn:aws:states:::elasticmapreduce:addStep.sync",
        "arn:aws:lambda:us-east-1:000000000000:function:name:alias",
        "arn:aws:states:us-east-1:000000000000:activity:name",
    ],
)
def test_a_call_that_is_answered_is_none_of_a_breach(resource: str) -> None:
    assert said_of(integrations.known_calls, machine(A=task(resource))) == []


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "arn:aws:states:::states:startExecution.sync:2",
        "arn:aws:states:us-east-1:000000000000:activity:name",
    ],
)
def test_only_an_asynchronous_workflow_waits_for_others(resource: str) -> None:
    assert said_of(integrations.quick_calls, machine(A=task(resource)), "sync")
    assert said_of(integrations.quick_calls, machine(A=task(resource)), "async") == []


def test_only_an_asynchronous_workflow_has_a_distributed_map() -> None:
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}} | machine(B=passing())
    distributed = machine(A=map_of(machine(B=passing())) | {"ItemProcessor": processor})
    (line,) = said_of(integrations.quick_calls, distributed, "sync")
    assert "a distributed Map" in line
    assert said_of(integrations.quick_calls, distributed, "async") == []
    assert said_of(integrations.quick_calls, machine(A=map_of(machine(B=passing()))), "sync") == []


def test_a_retry_for_the_languages_own_errors_is_no_retry_for_the_services() -> None:
    for errors, silent in ((["States.Timeout"], False), (["Lambda.SdkClientException"], True)):
        lines = said_of(advice.retried_tasks, machine(A=task(Retry=[{"ErrorEquals": errors}])))
        assert (lines == []) is silent


JSONATA: Definition = machine(
    Assign=passing(Assign={"v": "{% 1 %}"}, Output={"a": "{% $x %}"}, Next="Wait"),
    Wait=wait(0, Next="Call") | {"Seconds": "{% $v %}"},
    Call=task(
        "arn:aws:states:::lambda:invoke",
        Arguments={"FunctionName": "f", "Payload": "{% $states.input %}"},
        TimeoutSeconds="{% 3 %}",
        Output="{% $states.result %}",
        Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Fail", "Output": {"e": "{% 1 %}"}}],
        Next="Each",
    ),
    Each=map_in(
        DISTRIBUTED,
        "Inner",
        Items="{% $states.input.items %}",
        MaxConcurrency="{% 3 %}",
        ToleratedFailureCount="{% 1 %}",
        Label="each",
        ItemReader={
            "Resource": "arn:aws:states:::s3:getObject",
            "Arguments": {"Bucket": "b", "Key": "k"},
            "ReaderConfig": {"InputType": "CSV", "MaxItems": "{% 5 %}"},
        },
        ResultWriter={"WriterConfig": {"OutputType": "JSON", "Transformation": "NONE"}},
        Next="Ask",
    ),
    Ask=choice({"Condition": "{% $x = 1 %}", "Next": "Done"}, Default="Fail"),
    Done={"Type": "Succeed", "Output": "{% 1 %}"},
    Fail={"Type": "Fail", "Error": "{% $e %}", "Cause": "{% $c %}"},
) | {"QueryLanguage": "JSONata"}


def lines_of(definition: Definition, mode: Mode = "async") -> list[str]:
    return definition_findings(Subject(definition, mode), "it").breaches


def test_a_definition_in_jsonata_keeps_the_rules() -> None:
    assert lines_of(JSONATA) == []


def test_of_jsonata_all_but_the_expressions_is_checked() -> None:
    states: dict[str, Definition] = JSONATA["States"]
    broken: Definition = JSONATA | {
        "TimeoutSeconds": 29,
        "States": states
        | {
            "Wait": states["Wait"] | {"Seconds": 40},
            "Call": states["Call"] | {"Resource": "arn:aws:states:::aws-sdk:ec2:startInstance"},
            "Done": states["Done"] | {"Nxt": 1},
            "Ask": states["Ask"] | {"Default": "Nowhere"},
            "Send": task(
                "arn:aws:states:::sqs:sendMessage",
                Arguments={"QueueUrl": "{% $states.input.queue %}", "MessageBody": "x"},
                Next="Done",
            ),
        },
    }
    assert [line.split(":")[0] for line in lines_of(broken, "sync")] == [
        "it, state 'Done'",
        "it, state 'Ask'",
        "it, state 'Send'",
        "it",
        "it, state 'Wait'",
        "it, state 'Call'",
        "it, state 'Each'",
        "it, state 'Send'",
    ]


def test_the_workflows_own_statements_fill_a_gap() -> None:
    definition = machine(A=task("arn:aws:states:::elasticmapreduce:addStep"))
    (breach,) = integrations.derived_permissions(Subject(definition, "async"))
    assert "no permissions are known for elasticmapreduce:addStep" in breach.text
    own = [{"Effect": "Allow", "Action": "elasticmapreduce:AddJobFlowSteps", "Resource": "*"}]
    subject = Subject(definition, "async", statements=own)
    assert list(integrations.derived_permissions(subject)) == []


@given(json_values)
def test_no_definition_is_so_wrong_that_a_rule_fails(value: object) -> None:
    """Whatever JSON there is in a definition, and in its states."""
    for definition in (
        {"StartAt": value, "States": value, "TimeoutSeconds": value},
        machine(A={"Type": "Task", "Resource": value, "Retry": value, "Catch": value}),
        machine(A=task(Retry=[value], Catch=[value], TimeoutSeconds=value, HeartbeatSeconds=value)),
        machine(A={"Type": value, "Choices": value, "Next": value, "Seconds": value}),
        machine(A={"Type": "Map", "ItemProcessor": value, "ItemReader": value}),
        machine(A={"Type": "Map", "ItemProcessor": {"ProcessorConfig": value}}),
        machine(A={"Type": "Parallel", "Branches": value}),
        machine(A=task(Parameters=value, Credentials=value)),
        machine(A=task(f"{INVOKE}.waitForTaskToken", Parameters=value)),
    ):
        assert all("\n" not in line for line in lines_of(definition))


WRONG_RETRIERS: list[Definition] = [
    {"ErrorEquals": ["X"], "IntervalSeconds": 0, "MaxDelaySeconds": 5},
    {"ErrorEquals": ["X"], "IntervalSeconds": -1, "MaxDelaySeconds": 5},
    {"ErrorEquals": ["X"], "IntervalSeconds": 10**400, "MaxAttempts": 10**400},
    {"ErrorEquals": ["X"], "IntervalSeconds": 1e-300, "MaxDelaySeconds": 1e300},
    {"ErrorEquals": None},
    {"ErrorEquals": 5},
    {"ErrorEquals": [None, {}]},
]


@pytest.mark.parametrize("retrier", WRONG_RETRIERS)
def test_no_retrier_is_so_wrong_that_a_rule_fails(retrier: Definition) -> None:
    for mode in ("sync", "async"):
        lines = lines_of(machine(A=task(Retry=[retrier])), mode)
        assert lines
        assert all(line.startswith("it, state 'A': ") for line in lines)
