"""Each rule for a definition: where it is broken, and where it is kept."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from stepgate.checks import (
    ERROR_RULES,
    WARNING_RULES,
    Rule,
    arguments,
    callbacks,
    emulation,
    events,
    expressions,
    handlers,
    integrations,
    jsonata,
    lint_definition,
    maps,
    recommendations,
    structure,
    syntax,
    timing,
    uses,
)
from stepgate.checks.findings import Finding
from stepgate.checks.rule import RuleContext, Violation, rule_id
from stepgate.events.event import Event
from stepgate.events.waiting import wait_for
from stepgate.workflow import Definition, Mode, Values, Workflow
from tests.checks.definitions import (
    END,
    choice,
    machine,
    map_of,
    parallel,
    passing,
    task,
    wait,
)
from tests.conftest import REPOSITORY
from tests.findings import error_lines, warning_lines

pytestmark = pytest.mark.rules

ON_A = {"Variable": "$.a", "IsPresent": True, "Next": "B"}
NOT_ON_A = {**ON_A, "IsPresent": False}
INVOKE = "arn:aws:states:::lambda:invoke"
DISTRIBUTED = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
SLOW = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "MaxAttempts": 3, "BackoffRate": 1.0}

IN_EXPRESS = {
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        **{
            "StartAt": "C",
            "States": {
                "C": {
                    "Type": "Parallel",
                    "End": True,
                    "Branches": [
                        {
                            "StartAt": "B",
                            "States": {
                                "B": {
                                    "Type": "Task",
                                    "End": True,
                                    "Resource": f"{INVOKE}.waitForTaskToken",
                                }
                            },
                        }
                    ],
                }
            },
        },
    }
}
READER = {
    "Resource": "arn:aws:states:::s3:getObject",
    "Parameters": {"Bucket": "b", "Key.$": "$.key"},
}

USED = {
    "arn:express": Workflow("quick", "sync", machine(A=END)),
    "arn:standard": Workflow("slow", "async", machine(A=END)),
}


def child(resource: str, arn: str) -> Definition:
    """A machine that starts another one."""
    return machine(A=task(f"arn:aws:states:::{resource}", Parameters={"StateMachineArn": arn}))


@dataclass(frozen=True)
class Case:
    """A definition that breaks a rule in one state, with a part of the text, and one that keeps
    it."""

    rule: Rule
    broken: Definition
    state: str
    said: str
    kept: Definition
    mode: Mode = "sync"
    nests: bool = True
    events: Mapping[str, Event] | None = None

    def violations(self, definition: Definition) -> list[Violation]:
        return list(self.rule(RuleContext(definition, self.mode, used=USED, events=self.events)))


def waiting(event: str, **arguments: Any) -> Definition:
    return wait_for(event, Values(), timeout_seconds=60, end=True, **arguments)


def with_states(**states: Any) -> Definition:
    """A definition with any values in its States."""
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
        syntax.require_known_fields,
        machine(A=passing(Nxt="B")),
        "A",
        "unknown field Nxt in a Pass state; did you mean Next?",
        machine(A=passing(Assign={"x": 1})),
    ),
    Case(
        syntax.require_valid_fields,
        machine(A={"Type": "Pass"}),
        "A",
        'has no next state; add Next, or "End": true',
        machine(A=passing()),
    ),
    Case(
        syntax.require_valid_values,
        machine(A=task(Retry=[{**SLOW, "MaxDelaySeconds": 31_622_401}])),
        "A",
        "Retry[0].MaxDelaySeconds is 31622401; write at most 31622400",
        machine(A=task(Retry=[{**SLOW, "MaxDelaySeconds": 31_622_400, "BackoffRate": 1}])),
    ),
    Case(
        syntax.require_one_language,
        machine(A=passing(QueryLanguage="JSONPath")) | {"QueryLanguage": "JSONata"},
        "A",
        'QueryLanguage is "JSONPath", but the definition\'s is "JSONata"',
        machine(A=passing(QueryLanguage="JSONata")),
        nests=False,
    ),
    Case(
        syntax.require_roles,
        machine(A=task(Credentials={"Role": "arn:aws:iam::000000000000:role/r"})),
        "A",
        "Credentials has no RoleArn; add the ARN of the role",
        machine(A=task(Credentials={"RoleArn.$": "$.role"})),
    ),
    Case(
        structure.require_short_state_names,
        machine(**{"n" * 81: passing()}),
        "n" * 81,
        "81 characters; use at most 80",
        machine(**{"n" * 80: passing()}),
    ),
    Case(
        structure.require_state_objects,
        with_states(A=passing(), B=None),
        "B",
        'is not an object; write one, for example {"Type": "Succeed"}',
        machine(A=passing(Next="B"), B=END),
    ),
    Case(
        structure.require_known_targets,
        machine(A=passing(Next="Nowhere"), B=passing()),
        "A",
        "Next leads to 'Nowhere', which does not exist; write one of 'A', 'B'",
        machine(A=passing(Next="B"), B=passing()),
    ),
    Case(
        structure.require_reachable_states,
        machine(A=passing(), B=passing(Next="C"), C=passing(Next="B")),
        "B",
        "unreachable: add a transition to it, or remove it",
        machine(A=choice(ON_A, Default="C"), B=END, C=END),
    ),
    Case(
        structure.require_reachable_ends,
        machine(A=passing(Next="B"), B=passing(Next="A")),
        "A",
        "infinite loop: no path from here reaches an end state of States; add a transition out of "
        "the loop, or write "
        "\"End\": true in one of 'A', 'B'",
        machine(A=passing(Next="B"), B=choice(ON_A | {"Next": "A"}, Default="C"), C=END),
    ),
    Case(
        structure.require_exhaustive_choices,
        machine(A=choice(ON_A), B=END),
        "A",
        "add a Default",
        machine(A=choice(ON_A, NOT_ON_A), B=END),
    ),
    Case(
        structure.require_resources,
        machine(A={"Type": "Task", "End": True}),
        "A",
        "without Resource; write what it calls",
        machine(A=task()),
    ),
    Case(
        structure.require_branches,
        machine(A=parallel()),
        "A",
        "Branches is empty; write a branch",
        machine(A=parallel(machine(B=passing()))),
    ),
    Case(
        maps.require_known_modes,
        machine(A=map_in({"Mode": "Distributed"})),
        "A",
        "ItemProcessor.ProcessorConfig.Mode is 'Distributed'; write INLINE or DISTRIBUTED",
        machine(A=map_in({"Mode": "INLINE"}, Next="B"), B=map_in({}, "D")),
    ),
    Case(
        maps.require_execution_types,
        machine(A=map_in({"Mode": "DISTRIBUTED"})),
        "A",
        "ExecutionType is missing, but a distributed Map requires it; write STANDARD or EXPRESS",
        machine(A=map_in(DISTRIBUTED, Next="B"), B=map_in({"Mode": "INLINE"}, "D")),
    ),
    Case(
        maps.require_distributed_mode,
        machine(A=map_in({}, ItemBatcher={"MaxItemsPerBatch": 5})),
        "A",
        "ItemBatcher is only for a distributed Map; remove it, or write",
        machine(A=map_in(DISTRIBUTED, ItemBatcher={"MaxItemsPerBatch": 5})),
    ),
    Case(
        maps.require_express_items,
        machine(A={"Type": "Map", "End": True, **IN_EXPRESS}),
        "B",
        "waits (with .waitForTaskToken), which an Express execution cannot do; call it without "
        'waiting, or write "ExecutionType": "STANDARD" in \'A\'',
        machine(A=map_in({"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"})),
        nests=False,
    ),
    Case(
        maps.require_valid_labels,
        machine(A=map_in(DISTRIBUTED, Label="a b*")),
        "A",
        "Label is 'a b*'; write letters, digits, - and _ instead of ' '",
        machine(A=map_in(DISTRIBUTED, Label="a-b_ä" * 8)),
    ),
    Case(
        maps.require_complete_readers,
        machine(A=map_in(DISTRIBUTED, ItemReader=READER | {"Parameters": {"Bucket": "b"}})),
        "A",
        "ItemReader.Parameters has no Key; add it",
        machine(A=map_in(DISTRIBUTED, ItemReader=READER)),
    ),
    Case(
        maps.require_batch_sizes,
        machine(A=map_in(DISTRIBUTED, ItemBatcher={"BatchInput": {"a": 1}})),
        "A",
        "ItemBatcher has neither MaxItemsPerBatch nor MaxInputBytesPerBatch; add one",
        machine(A=map_in(DISTRIBUTED, ItemBatcher={"MaxInputBytesPerBatchPath": "$.bytes"})),
    ),
    Case(
        maps.require_complete_writers,
        machine(A=map_in(DISTRIBUTED, ResultWriter={})),
        "A",
        "ResultWriter has neither Resource nor WriterConfig; write one of them, or remove",
        machine(A=map_in(DISTRIBUTED, ResultWriter={"WriterConfig": {"OutputType": "JSON"}})),
    ),
    Case(
        handlers.require_states_all_last,
        machine(A=task(Retry=[{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["E"]}])),
        "A",
        "Retry[0] matches States.ALL, so those after it never match; move it to the end of Retry",
        machine(A=task(Retry=[{"ErrorEquals": ["E", "F"]}, {"ErrorEquals": ["States.ALL"]}])),
    ),
    Case(
        expressions.require_valid_paths,
        machine(A=passing(InputPath="$.a[")),
        "A",
        "InputPath: ",
        machine(A=passing(InputPath="$.a[0]", Parameters={"FilePath": "no path at all"})),
    ),
    Case(
        expressions.require_valid_functions,
        machine(A=passing(Parameters={"a": [{"b.$": "States.Formt('{}', $.x)"}]})),
        "A",
        "Parameters.a[0].b.$: ",
        machine(A=passing(Parameters={"a": [{"b.$": "States.Format('{}', $.x)"}]})),
    ),
    Case(
        expressions.require_unique_names,
        machine(A=passing(Parameters={"b": [{"a": 1, "a.$": "$.x"}]})),
        "A",
        "has Parameters.b[0].a and Parameters.b[0].a.$; write only one of them",
        machine(A=passing(Result={"a": 1, "a.$": "$.x"}, Parameters={"a": 1, "b.$": "$.x"})),
    ),
    Case(
        expressions.require_valid_variables,
        machine(A=passing(Assign={"a-b": 1})),
        "A",
        "Assign.a-b: 'a-b' is not a valid variable; use letters, digits and _, beginning with a",
        machine(A=passing(Assign={"größe_1.$": "$.a", "b": {"a-b": 1}})),
    ),
    Case(
        jsonata.require_valid_expressions,
        machine(A=passing(QueryLanguage="JSONata", Output={"n": "{% $states.input.a + %}"})),
        "A",
        "Output.n: '{% $states.input.a + %}' is not valid JSONata: Unexpected end of expression",
        machine(A=passing(QueryLanguage="JSONata", Output={"n": "{% $states.input.a + 1 %}"})),
    ),
    Case(
        timing.require_timeout_below_api_limit,
        timeout(29, A=passing()),
        "",
        'write less than 29, or mode="async"',
        timeout(28, A=passing()),
    ),
    Case(
        timing.require_waits_within_timeout,
        machine(A=wait(10, Next="B"), B=task(Retry=[{**SLOW, "MaxAttempts": 1}])),
        "A",
        "up to 20 s on the longest path ('A', 'B'), but the execution times out after 20 s",
        machine(A=wait(10, Next="B"), B=task(Retry=[{**SLOW, "IntervalSeconds": 3}])),
    ),
    Case(
        timing.require_finite_retries,
        machine(A=task(Retry=[{**SLOW, "MaxAttempts": 99_999_999}])),
        "A",
        "reduce MaxAttempts or BackoffRate",
        machine(A=task(Retry=[{**SLOW, "MaxAttempts": 1}])),
    ),
    Case(
        timing.require_heartbeats_below_timeouts,
        machine(A=task(HeartbeatSeconds=10, TimeoutSeconds=10)),
        "A",
        "HeartbeatSeconds is 10, but TimeoutSeconds is 10; write less than 10",
        machine(
            A=task(HeartbeatSeconds=9, TimeoutSeconds=10, Next="B"), B=task(HeartbeatSeconds=9)
        ),
    ),
    Case(
        integrations.require_known_integrations,
        machine(A=task("arn:aws:states:::aws-sdk:ec2:describeInstance")),
        "A",
        "did you mean 'describeInstances'?",
        machine(A=task()),
    ),
    Case(
        integrations.require_complete_requests,
        machine(A=task(INVOKE, Parameters={"FunctionNme": "f"})),
        "A",
        "lambda:invoke requires FunctionName; rename FunctionNme to FunctionName",
        machine(A=task(INVOKE, Parameters={"FunctionName.$": "$.f"}, Next="B"), B=task(INVOKE)),
    ),
    Case(
        arguments.require_known_arguments,
        machine(A=task(INVOKE, Parameters={"FunctionName": "f", "Quelifier": "prod"})),
        "A",
        "lambda:invoke: unknown argument Quelifier; did you mean Qualifier?",
        machine(A=task(INVOKE, Parameters={"FunctionName": "f", "Payload": {"any": 1}})),
    ),
    Case(
        callbacks.require_task_tokens,
        machine(A=task(f"{INVOKE}.waitForTaskToken", Parameters={"FunctionName": "f"})),
        "A",
        'add "token.$": "$$.Task.Token" to the request',
        machine(A=task(f"{INVOKE}.waitForTaskToken", Parameters={"a": [{"b.$": "$$.Task.Token"}]})),
    ),
    Case(
        events.require_declared_events,
        machine(A=waiting("aproval")),
        "A",
        "waits for 'aproval', an undeclared event; did you mean 'approval'?",
        machine(A=waiting("approval")),
        events={"approval": Event()},
    ),
    Case(
        events.require_separate_waits,
        machine(Each=map_of(machine(A=waiting("approval")))),
        "A",
        'give it to wait_for, for example as item="{% $states.input.index %}"',
        machine(Each=map_of(machine(A=waiting("approval", item="{% $states.input.index %}")))),
        nests=False,
    ),
    Case(
        integrations.require_express_compatibility,
        machine(A=task("arn:aws:states:::glue:startJobRun.sync")),
        "A",
        "(with .sync), which a synchronous workflow cannot do",
        machine(A=task("arn:aws:states:::glue:startJobRun")),
    ),
    Case(
        integrations.require_derivable_permissions,
        machine(A=task("arn:aws:states:::sqs:sendMessage", Parameters={"QueueUrl.$": "$.queue"})),
        "A",
        "list their ARNs in the workflow's resources, for example arn:aws:sqs:",
        machine(
            A=task(
                "arn:aws:states:::sqs:sendMessage",
                Parameters={"QueueUrl": "https://sqs.us-east-1.amazonaws.com/000000000000/q"},
            )
        ),
    ),
    Case(
        uses.require_matching_types,
        child("states:startExecution.sync:2", "arn:express"),
        "A",
        "waits for workflow 'quick', which is sync: Step Functions cannot follow an Express "
        "execution; write arn:aws:states:::aws-sdk:sfn:startSyncExecution, or give 'quick' mode=",
        child("states:startExecution.sync:2", "arn:standard"),
        "async",
    ),
    Case(
        recommendations.recommend_timeout,
        timeout(None, A=passing()),
        "",
        'write one, for example "TimeoutSeconds": 300',
        timeout(300, A=passing()),
        "async",
    ),
    Case(
        recommendations.recommend_retries,
        machine(A=task(Retry=[{"ErrorEquals": ["States.Timeout"]}])),
        "A",
        '"Retry": [] if it must not be called twice',
        machine(A=task(Retry=[], Next="B"), B=task(Retry=[SLOW])),
    ),
    Case(
        recommendations.recommend_known_errors,
        machine(A=task(Retry=[{"ErrorEquals": ["Ec2.Ec2Exception", "States.TimeOut"]}])),
        "A",
        "Retry[0].ErrorEquals has States.TimeOut, which is not an error of the language, so it "
        "never matches; did you mean States.Timeout?",
        machine(A=task(Retry=[{"ErrorEquals": ["States.Http.Socket", "My.States.Error"]}])),
    ),
    Case(
        recommendations.recommend_error_names,
        machine(A={"Type": "Fail", "Cause": "It went wrong."}),
        "A",
        "has no error name; write Error",
        machine(A={"Type": "Fail", "Error": "WentWrong"}),
    ),
    Case(
        arguments.recommend_resource_forms,
        child("states:startExecution", "child"),
        "A",
        "states:startExecution: StateMachineArn is 'child'; write the ARN of a state machine",
        child("states:startExecution", "arn:aws:states:us-east-1:000000000000:stateMachine:child"),
    ),
    Case(
        jsonata.recommend_known_names,
        machine(A=passing(QueryLanguage="JSONata", Output="{% $order %}")),
        "A",
        "no state here assigns $order; assign it in a state before this one",
        machine(A=passing(QueryLanguage="JSONata", Assign={"order": "{% $sum([1]) %}"})),
    ),
    Case(
        integrations.recommend_statements,
        machine(A=task("arn:aws:states:::athena:getQueryResults")),
        "A",
        "s3:GetObject",
        machine(A=task("arn:aws:states:::athena:getQueryExecution")),
    ),
    Case(
        integrations.recommend_known_resources,
        machine(A=task("${Function}")),
        "A",
        "its Resource is a placeholder",
        machine(A=task("arn:aws:states:::lambda:invoke")),
    ),
]
IDS = [case.rule.__name__ for case in CASES]


@pytest.mark.parametrize(
    ("resource", "arn", "said"),
    [
        ("states:startExecution.sync", "arn:express", "waits for workflow 'quick', which is sync"),
        (
            "aws-sdk:sfn:startSyncExecution",
            "arn:standard",
            "waits for workflow 'slow', which is async: a Standard state machine has no "
            "synchronous executions; write arn:aws:states:::states:startExecution.sync:2, or give",
        ),
        ("aws-sdk:sfn:startSyncExecution", "arn:express", ""),
        ("states:startExecution", "arn:express", ""),
        ("states:startExecution.waitForTaskToken", "arn:express", ""),
        ("states:startExecution.sync", "arn:other", ""),
    ],
)
def test_a_used_workflow_is_waited_for_as_its_type_supports(
    resource: str, arn: str, said: str
) -> None:
    context = RuleContext(child(resource, arn), "async", used=USED)
    found = [violation.text for violation in uses.require_matching_types(context)]
    assert [text[: len(said)] for text in found] == ([said] if said else [])


def test_every_rule_has_a_case() -> None:
    assert [case.rule for case in CASES] == [*ERROR_RULES, *WARNING_RULES]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_rule_that_is_broken_names_the_state_and_says_what_to_write(case: Case) -> None:
    violations = case.violations(case.broken)
    assert case.state in {violation.state for violation in violations}
    assert all("\n" not in violation.text for violation in violations)
    assert any(case.said in violation.text for violation in violations)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_rule_that_is_kept_has_no_violation(case: Case) -> None:
    assert case.violations(case.kept) == []


NESTED = [case for case in CASES if case.state and case.nests]


@pytest.mark.parametrize("case", NESTED, ids=[case.rule.__name__ for case in NESTED])
@pytest.mark.parametrize("nest", [parallel, map_of])
def test_nested_states_count(case: Case, nest: Callable[[Definition], Definition]) -> None:
    broken = {violation.state for violation in case.violations(case.broken)}
    nested = case.violations(machine(Outer=nest(machine(Inner=parallel(case.broken)))))
    assert {violation.state for violation in nested} >= broken
    assert case.violations(machine(Outer=nest(machine(Inner=parallel(case.kept))))) == []


FIELD_RULES = (
    syntax.require_known_fields,
    syntax.require_valid_fields,
    syntax.require_valid_values,
)


def said_of_fields(definition: Definition) -> list[str]:
    return [line for rule in FIELD_RULES for line in said_of(rule, definition)]


def said_of(rule: Rule, definition: Definition, mode: Mode = "async") -> list[str]:
    return [
        str(Finding("", text, state, "it")) for state, text in rule(RuleContext(definition, mode))
    ]


@pytest.mark.parametrize(
    "choices",
    [
        [ON_A, {"Not": {"Variable": "$.a", "IsPresent": True}, "Next": "B"}],
        [{"Variable": "$.a", "IsNull": null, "Next": "B"} for null in (True, False)],
        [{"Condition": "{% true %}", "Next": "B"}],
        [{"Condition": True, "Next": "B"}],
        [{"Condition": f"{{% {test} %}}", "Next": "B"} for test in ("$a", "$not($a)")],
    ],
)
def test_a_choice_whose_rules_leave_nothing_out_needs_no_default(choices: list[Definition]) -> None:
    assert said_of(structure.require_exhaustive_choices, machine(A=choice(*choices), B=END)) == []


def test_a_choice_that_asks_for_both_truths_still_fails_on_what_is_neither() -> None:
    rules = [{"Variable": "$.a", "BooleanEquals": truth, "Next": "B"} for truth in (True, False)]
    assert said_of(structure.require_exhaustive_choices, machine(A=choice(*rules), B=END))


def test_a_start_that_leads_nowhere_is_reported_with_its_location() -> None:
    inner = machine(B=passing()) | {"StartAt": "C"}
    assert said_of(structure.require_known_targets, machine(A=parallel(inner))) == [
        "it: States.A.Branches[0].StartAt leads to 'C', which does not exist; write one of 'B'"
    ]
    (line,) = said_of(structure.require_known_targets, machine(A=END) | {"StartAt": ""})
    assert line == "it: StartAt leads to '', which does not exist; write one of 'A'"


@pytest.mark.parametrize("field", ["Default", "Catch", "Choices"])
def test_every_transition_has_to_lead_somewhere(field: str) -> None:
    fields: dict[str, Definition] = {
        "Default": choice(ON_A, Default="Nowhere"),
        "Catch": task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Nowhere"}], Next="B"),
        "Choices": choice({**ON_A, "Next": "Nowhere"}, Default="B"),
    }
    (line,) = said_of(structure.require_known_targets, machine(A=fields[field], B=END))
    assert line.startswith(f"it, state 'A': {field}")


CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "B"}]


def test_a_catch_that_leads_straight_back_retries_forever() -> None:
    for way in ({"B": passing(Next="A")}, {"B": passing(Next="D"), "D": passing(Next="A")}):
        loop = machine(A=task(Catch=CATCH, Next="C"), C=END, **way)
        (line,) = said_of(timing.require_finite_retries, loop)
        assert "its Catch leads straight back to it" in line


@pytest.mark.parametrize(
    "between",
    [wait(1, Next="A"), task(Next="A"), choice(ON_A | {"Next": "A"}, Default="C")],
    ids=["Wait", "Task", "Choice"],
)
def test_a_catch_may_lead_back_through_what_takes_time_or_decides(between: Definition) -> None:
    loop = machine(A=task(Catch=CATCH, Next="C"), B=between, C=END)
    assert said_of(timing.require_finite_retries, loop) == []


def test_violations_are_in_the_order_of_the_definition() -> None:
    lost = {f"S{i}": passing() for i in range(20)}
    lines = said_of(structure.require_reachable_states, machine(A=passing(), **lost))
    assert [line.split("'")[1] for line in lines] == list(lost)


def test_a_loop_without_end_beside_a_state_that_ends_is_named_once() -> None:
    loop = machine(
        A=choice(ON_A, Default="End"),
        B=passing(Next="L1"),
        L1=passing(Next="L2"),
        L2=passing(Next="L1"),
        End=END,
    )
    (line,) = said_of(structure.require_reachable_ends, loop)
    assert line.startswith("it, state 'L1': infinite loop: no path from here reaches")
    assert line.endswith("in one of 'L1', 'L2'")


def test_a_transition_that_leads_nowhere_is_not_a_loop() -> None:
    assert said_of(structure.require_reachable_ends, machine(A=passing(Next="Nowhere"))) == []


def test_each_loop_without_end_is_named() -> None:
    two = machine(A=choice(ON_A, Default="C"), B=passing(Next="B"), C=passing(Next="C"))
    lines = said_of(structure.require_reachable_ends, two)
    assert sorted(line.split("'")[1] for line in lines) == ["B", "C"]


@pytest.mark.parametrize("seconds", ["60", -1, 0, None, "{% 5 %}"])
def test_a_wrong_timeout_is_reported_once_and_is_not_a_timeout(seconds: object) -> None:
    definition = machine(A=wait(5, Next="B"), B=task()) | {"TimeoutSeconds": seconds}
    for mode in ("sync", "async"):
        (line,) = lines_of(definition, mode)
        assert line.startswith("it: TimeoutSeconds is ")


def test_a_state_that_is_not_an_object_is_reported_once() -> None:
    assert lines_of(with_states(A=None)) == [
        'it, state \'A\': is not an object; write one, for example {"Type": "Succeed"}'
    ]
    assert lines_of({"TimeoutSeconds": 1, "StartAt": "A", "States": {}}) == [
        "it: StartAt leads to 'A', which does not exist; add it to States"
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"Parameters": {"a.$": 5}},
            "Parameters.a.$ is 5; write a path or a function, or remove .$",
        ),
        ({"Parameters": [{"a.$": None}]}, "Parameters[0].a.$ is null; write a path or a function"),
        ({"ResultPath": 5}, "ResultPath is 5; write a path, for example $.name"),
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


INNER = {"StartAt": "B", "States": {"B": END}}
TWO = "Choices[0].Not has IsNull and IsString; write only one of them"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (passing(Nxt="B"), "unknown field Nxt in a Pass state; did you mean Next?"),
        (passing(Wings=2), "unknown field Wings in a Pass state; remove it"),
        (
            task(Retry=[{"ErrorEquals": ["E"], "MaxAttempt": 1}]),
            "in Retry[0]; did you mean MaxAttempts?",
        ),
        (passing(End=True, Next="A"), "has Next and End; write only one of them"),
        (choice(ON_A, Next="A"), "has Next, which is not allowed in a Choice state; remove it"),
        (passing(Label="x"), "has Label, which is not allowed in a Pass state; remove it"),
        ({"Type": "Succeed", "Assign": {}}, "has Assign, which is not allowed in a Succeed state"),
        ({"Type": "Fail", "OutputPath": "$"}, "has OutputPath, which is not allowed in a Fail"),
        (map_of(machine(B=END), TimeoutSeconds=3), "has TimeoutSeconds, which is not allowed in a"),
        (passing(Catch=[]), "has Catch, which is not allowed in a Pass state; remove it"),
        (passing(Output={}), "Output is only for JSONata; remove it, or write"),
        (passing(QueryLanguage="JSONata", Result=1), "Result is only for JSONPath; remove it, or"),
        (choice({"IsNull": True, "Next": "A"}), "Choices[0] has IsNull without Variable; add it"),
        (
            wait(1, TimestampPaht="$.a", End=True),
            "unknown field TimestampPaht in a Wait state; did",
        ),
        (
            {"Type": "Wait", "Timestamp": "2026-01-01T00:00:00", "End": True},
            'Timestamp is "2026-01-01T00:00:00"; write a timestamp with T and a zone',
        ),
        (
            {"Type": "Wait", "Timestamp": "{% $now() %}", "End": True},
            'Timestamp is "{% $now() %}"; write a timestamp',
        ),
        (
            choice({"Variable": "$.a", "TimestampEquals": "2026-13-01T00:00:00Z", "Next": "A"}),
            "Choices[0].TimestampEquals is ",
        ),
        (task(TimeoutSeconds="{% 3 %}"), 'TimeoutSeconds is "{% 3 %}"; write an integer'),
        (passing(End="{% true %}"), 'End is "{% true %}"; write true or false'),
        (passing(End="{% true %}", QueryLanguage="JSONata"), "; write true or false"),
        (
            task(QueryLanguage="JSONata", Retry=[{"ErrorEquals": ["E"], "MaxAttempts": "{% 2 %}"}]),
            'Retry[0].MaxAttempts is "{% 2 %}"; write an integer',
        ),
        (
            task(Retry=[{"ErrorEquals": ["E"], "BackoffRate": 0}]),
            "BackoffRate is 0; write at least",
        ),
        (task(Retry=[{"ErrorEquals": ["E"], "IntervalSeconds": 0}]), "is 0; write at least 1"),
        (map_in(DISTRIBUTED, ToleratedFailurePercentage=100.5), "is 100.5; write at most 100"),
        (
            map_in(DISTRIBUTED, ItemReader=READER | {"ReaderConfig": {"InputType": "XML"}}),
            'ItemReader.ReaderConfig.InputType is "XML"; write one of CSV, JSON, JSONL, PARQUET',
        ),
        (
            map_in(DISTRIBUTED, ItemReader=READER | {"ReaderConfig": {"Inputtype": "CSV"}}),
            "unknown field Inputtype in ItemReader.ReaderConfig; did you mean InputType?",
        ),
        (
            map_in(DISTRIBUTED, ResultWriter={"WriterConfig": {"OutputType": "XML"}}),
            'ResultWriter.WriterConfig.OutputType is "XML"; write one of JSON, JSONL',
        ),
        (
            parallel(machine(B=END)) | {"Branches": [{**INNER, "Assign": {}}]},
            "has Branches[0].Assign, which is not allowed in Branches[0]; remove it",
        ),
        (
            map_of(machine(B=END), ItemProcessor={**INNER, "QueryLanguage": "JSONata"}),
            "has ItemProcessor.QueryLanguage, which is not allowed in ItemProcessor; remove it",
        ),
        ({"Type": "Pass"}, 'has no next state; add Next, or "End": true'),
        ({"Type": "Pass", "End": False}, 'has no next state; add Next, or "End": true'),
        (
            choice({"Variable": "$", "NumericEquals": "5", "Next": "A"}),
            'Choices[0].NumericEquals is "5"; write a number',
        ),
        ({"Type": "Sleep"}, '"Sleep"; write one of "Pass", "Succeed"'),
        ({"Type": "Parallel", "End": True}, "has no Branches; add it"),
        ({"Type": "Wait", "End": True}, 'has none of "Seconds", "SecondsPath"'),
        (wait(1, Timestamp="2026-01-01T00:00:00Z", End=True), "has Seconds and Timestamp; write"),
        (choice({"Not": {"IsNull": True, "IsString": True, "Variable": "$"}, "Next": "A"}), TWO),
        (task(Arguments={}), 'Arguments is only for JSONata; remove it, or write "QueryLanguage":'),
        (
            map_of(machine(B=END), ItemProcessor={**machine(B=END)}),
            "has ItemProcessor.TimeoutSeconds, which is not allowed in ItemProcessor; remove",
        ),
        (wait(-1), "Seconds is -1; write at least 0"),
        (task(TimeoutSeconds=0), "TimeoutSeconds is 0; write at least 1"),
        (passing(Comment=5), "Comment is 5; write a string"),
        (passing(Next=None), "Next is null; write a value"),
        (passing(End="yes"), 'End is "yes"; write true or false'),
        (task(Retry={"a": 1}), 'Retry is {"a": 1}; write an array'),
        (task(Retry=[{"ErrorEquals": None}]), "Retry[0].ErrorEquals is null"),
        (task(Retry=[{"ErrorEquals": []}]), "Retry[0].ErrorEquals is empty; write at least one"),
        (task(Retry=[{"MaxAttempts": 1}]), "Retry[0] has no ErrorEquals; add it"),
        (parallel(machine(A=passing())), "also defined at States; rename one of them"),
    ],
)
def test_a_wrong_field_is_reported_with_what_to_write(state: Definition, said: str) -> None:
    lines = said_of_fields(machine(A=state))
    assert [line for line in lines if said in line] == lines
    assert len(lines) == 1
    assert "; " in lines[0]


def test_the_definitions_own_fields_are_reported_too() -> None:
    assert said_of_fields(machine(A=END) | {"TimeoutSecond": 5}) == [
        "it: unknown field TimeoutSecond in the definition; did you mean TimeoutSeconds?"
    ]
    assert said_of(syntax.require_valid_fields, {"States": {"A": END}}) == [
        "it: the definition has no StartAt; add it"
    ]


CSV = {"InputType": "CSV"}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"ItemReader": READER | {"Resource": "arn:aws:states:::s3:putObject"}}, "write arn:aws:"),
        ({"ItemReader": READER | {"ReaderConfig": CSV}}, "has no CSVHeaderLocation; write FIRST_"),
        (
            {"ItemReader": READER | {"ReaderConfig": CSV | {"CSVHeaderLocation": "GIVEN"}}},
            "ItemReader.ReaderConfig has no CSVHeaders; add the names of the columns",
        ),
        (
            {
                "ItemReader": READER
                | {"ReaderConfig": {"InputType": "JSON", "CSVHeaderLocation": "FIRST_ROW"}}
            },
            "CSVHeaderLocation is only for CSV; remove it",
        ),
        ({"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject"}}, "has no Bucket; add it"),
        ({"ResultWriter": {"Parameters": {"Bucket": "b"}}}, "has no Resource; write arn:aws:stat"),
        ({"Label": "l" * 41}, "write at most 40 characters, not 41"),
        ({"Label": 5}, "Label is 5; write text with at most 40 characters"),
    ],
)
def test_what_a_distributed_map_lacks_is_reported(fields: Definition, said: str) -> None:
    found = [
        line
        for rule in (
            maps.require_complete_readers,
            maps.require_complete_writers,
            maps.require_valid_labels,
        )
        for line in said_of(rule, machine(A=map_in(DISTRIBUTED, **fields)))
    ]
    assert [said in line for line in found] == [True]


@pytest.mark.parametrize(
    "fields",
    [
        {
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:listObjectsV2",
                "Parameters": {"Bucket": "b"},
            }
        },
        {"ItemReader": READER | {"Resource": "${Reader}"}},
        {"ItemReader": READER | {"ReaderConfig": CSV | {"CSVHeaderLocation": "FIRST_ROW"}}},
        {"ItemReader": {"Resource": READER["Resource"], "Arguments": "{% $states.input %}"}},
        {"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Arguments": "{% 1 %}"}},
    ],
)
def test_what_a_distributed_map_may_read_and_write_is_no_error(fields: Definition) -> None:
    state = map_in(DISTRIBUTED, **fields)
    if "Arguments" in str(fields):
        state["QueryLanguage"] = "JSONata"
    context = RuleContext(machine(A=state), "async")
    for rule in (maps.require_complete_readers, maps.require_complete_writers):
        assert list(rule(context)) == []


def test_two_maps_have_different_labels() -> None:
    two = machine(A=map_in(DISTRIBUTED, Label="l", Next="B"), B=map_in(DISTRIBUTED, "D", Label="l"))
    assert [line.split("; ")[1] for line in said_of(maps.require_valid_labels, two)] == [
        "write a label that no other Map has"
    ] * 2


def test_an_inline_map_has_no_type_for_its_executions() -> None:
    inline = machine(A=map_in({"Mode": "INLINE", "ExecutionType": "STANDARD"}))
    (line,) = said_of(maps.require_execution_types, inline)
    assert "ExecutionType is only for a distributed Map; remove it" in line


@pytest.mark.parametrize(
    ("assigned", "said"),
    [
        ([1], 'Assign is [1]; write an object, for example {"count": 1}'),
        ({"1a": 1}, "'1a' is not a valid variable; use letters"),
        ({"_a": 1}, "'_a' is not a valid variable; use letters"),
        ({"states": 1}, "'states' is reserved; use another name"),
        ({"a" * 81: 1}, "the name has 81 characters; use at most 80"),
    ],
)
def test_a_wrong_variable_is_reported_wherever_it_is_assigned(assigned: object, said: str) -> None:
    for state in (
        passing(Assign=assigned, Next="B"),
        task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B", "Assign": assigned}], Next="B"),
        choice(ON_A | {"Assign": assigned}, Default="B"),
    ):
        (line,) = lines_of(machine(A=state, B=END))
        assert said in line
    (line,) = lines_of(machine(A=passing(QueryLanguage="JSONata", Assign=assigned)))
    assert said in line


NESTED_IN_JSONATA = {"Type": "Map", "QueryLanguage": "JSONata", "Items": [1], "End": True}


@pytest.mark.parametrize(
    "state",
    [
        map_in(DISTRIBUTED, ToleratedFailurePercentage=0.5),
        map_in(DISTRIBUTED, ItemReader=READER | {"ReaderConfig": {"MaxItems": 0}}),
        map_in(DISTRIBUTED, ItemReader=READER | {"ReaderConfig": {"InputType": "${Type}"}}),
        {"Type": "Map", "Iterator": {"ProcessorConfig": DISTRIBUTED, **INNER}, "End": True},
        {
            **NESTED_IN_JSONATA,
            "ItemProcessor": {"StartAt": "B", "States": {"B": passing(Parameters={"a.$": "$.a"})}},
        },
        {
            **NESTED_IN_JSONATA,
            "Items": {"a": 1},
            "ItemProcessor": {
                "StartAt": "B",
                "States": {"B": choice(ON_A | {"Next": "C"}, Default="C"), "C": END},
            },
        },
        {"Type": "Wait", "Timestamp": "2026-01-31T12:00:00.5+01:00", "End": True},
        {"Type": "Wait", "Timestamp": "${Start}", "End": True},
        map_in(DISTRIBUTED, ItemReader=READER | {"Resource": "${Reader}"}),
        task("${Function}", TimeoutSeconds="${Seconds}"),
        task(QueryLanguage="JSONata", Arguments="{%$states.input%}"),
        task(QueryLanguage="JSONata", Arguments="{% (\n$states.input) %}"),
        task(Credentials={"RoleArn.$": "States.Format('{}', $.role)"}),
        task(QueryLanguage="JSONata", Credentials={"RoleArn": "{% $states.input.role %}"}),
        choice({"Not": {"Comment": "c", **ON_A}, "Next": "A"})
        | {"Choices": [{"Not": {"Variable": "$.a", "IsNull": True, "Comment": "c"}, "Next": "A"}]},
    ],
)
def test_what_aws_takes_has_no_wrong_field(state: Definition) -> None:
    assert said_of_fields(machine(A=state)) == []


def test_the_greatest_number_of_seconds_is_valid() -> None:
    most = task(TimeoutSeconds=99_999_999, Retry=[SLOW | {"MaxAttempts": 99_999_999}])
    assert said_of_fields(machine(A=most)) == []
    (line,) = said_of_fields(machine(A=task(TimeoutSeconds=100_000_000)))
    assert line.endswith("TimeoutSeconds is 100000000; write at most 99999999")


@pytest.mark.parametrize("field", ["Retry", "Catch"])
def test_states_all_stands_alone(field: str) -> None:
    fields: Definition = {field: [{"ErrorEquals": ["States.ALL", "E"], "Next": "B"}]}
    (line,) = said_of(handlers.require_states_all_last, machine(A=task(**fields)))
    assert f"{field}[0].ErrorEquals has other errors next to States.ALL; write" in line


@pytest.mark.parametrize(
    ("resource", "request_", "said"),
    [
        ("aws-sdk:ec2:startInstances", {}, "ec2:startInstances requires InstanceIds; add it"),
        ("sqs:sendMessage", {}, "sqs:sendMessage requires QueueUrl, MessageBody; add them"),
        ("events:putEvents", {"Entris": []}, "requires Entries; rename Entris to Entries"),
        ("http:invoke", {"ApiEndpoint.$": "$.url"}, "http:invoke requires Method; add it"),
        ("apigateway:invoke", {"Method": "GET"}, "apigateway:invoke requires ApiEndpoint; add it"),
    ],
)
def test_a_request_without_a_required_argument_is_rejected(
    resource: str, request_: Definition, said: str
) -> None:
    calling = task(f"arn:aws:states:::{resource}", Parameters=request_)
    (line,) = said_of(integrations.require_complete_requests, machine(A=calling))
    assert said in line


def test_a_request_that_only_the_run_knows_is_complete() -> None:
    whole = task(INVOKE, Arguments="{% $states.input %}", QueryLanguage="JSONata")
    assert said_of(integrations.require_complete_requests, machine(A=whole)) == []
    elsewhere = task("arn:aws:states:::eks:call", Parameters={})
    assert said_of(integrations.require_complete_requests, machine(A=elsewhere)) == []


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
    lines = said_of(callbacks.require_task_tokens, machine(A=waiting))
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
    assert (said_of(callbacks.require_task_tokens, machine(A=waiting)) == []) is is_sent


def test_a_whole_input_may_have_the_token() -> None:
    assert (
        said_of(callbacks.require_task_tokens, machine(A=task(f"{INVOKE}.waitForTaskToken"))) == []
    )


EACH = "{% $states.input.index %}"
ROOT = "{% $states.input.execution %}"


def in_distributed_map(state: Definition) -> Definition:
    processor = {"ProcessorConfig": DISTRIBUTED, "StartAt": "A", "States": {"A": state}}
    return machine(Each={"Type": "Map", "ItemProcessor": processor, "End": True})


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        (
            in_distributed_map(waiting("approval", item=EACH)),
            'as execution="{% $states.input.execution %}"',
        ),
        (in_distributed_map(waiting("approval", item=EACH, execution=ROOT)), ""),
        (
            machine(Both=parallel(machine(A=waiting("a")), machine(B=waiting("a")))),
            "waits for 'a', as another branch of 'Both' does",
        ),
        (machine(Both=parallel(machine(A=waiting("a")), machine(B=waiting("b")))), ""),
        (machine(A=waiting("a") | {"Next": "B"}, B=waiting("a")), ""),
    ],
)
def test_what_waits_at_the_same_time_has_events_of_its_own(
    definition: Definition, said: str
) -> None:
    found = said_of(events.require_separate_waits, definition)
    assert [said in line for line in found] == ([True] if said else [])


@pytest.mark.parametrize(
    ("declared", "definition", "said"),
    [
        ({"a": Event(), "b": Event()}, machine(A=waiting("a")), "no state waits for the declared"),
        ({}, machine(A=waiting("a")), "give the workflow events={'a': Event()}"),
        ({"a": Event(per_item=True)}, machine(A=waiting("a")), "give wait_for an item"),
        ({"a": Event()}, machine(A=waiting("a", item=EACH)), "declare Event(per_item=True)"),
        ({"a": Event(per_item=True)}, machine(A=waiting("a", item=EACH)), ""),
        (None, machine(A=waiting("a")), ""),
    ],
)
def test_events_are_declared_as_they_are_waited_for(
    declared: Mapping[str, Event] | None, definition: Definition, said: str
) -> None:
    context = RuleContext(definition, "async", events=declared)
    found = [violation.text for violation in events.require_declared_events(context)]
    assert [said in text for text in found] == ([True] if said else [])


def test_a_synchronous_workflow_without_a_timeout_has_its_routes() -> None:
    for seconds, fits in ((27, True), (28, False)):
        waiting = timeout(None, A=wait(seconds))
        assert (said_of(timing.require_waits_within_timeout, waiting, "sync") == []) is fits
        assert lint_definition(RuleContext(waiting, "sync"), "it").warnings == []
        assert said_of(timing.require_waits_within_timeout, waiting, "async") == []


def test_states_with_the_same_warning_share_a_line() -> None:
    def warnings(count: int) -> list[str]:
        states = {f"S{i}": task(Retry=[{"ErrorEquals": ["States.Timeout"]}]) for i in range(count)}
        return warning_lines(
            lint_definition(RuleContext(machine(**states), "async"), "it").warnings
        )

    for count, said in (
        (1, "it, state 'S0': is not retried"),
        (3, "it, 3 states ('S0', 'S1', 'S2'): is not retried"),
        (5, "it, 5 states ('S0', 'S1', 'S2', …): is not retried"),
    ):
        (line,) = warnings(count)
        assert line.startswith(said)


def test_an_asynchronous_workflow_is_given_time_for_its_retries() -> None:
    slow = machine(A=task(Retry=[{**SLOW, "MaxAttempts": 1}] * 2))
    assert said_of(timing.require_waits_within_timeout, slow, "async") == []
    assert said_of(timing.require_waits_within_timeout, slow, "sync")
    assert said_of(timing.require_waits_within_timeout, machine(A=wait(20)), "async")


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ("arn:aws:states:::aws-sdk:ec3:describeInstances", "unknown service 'ec3'"),
        (
            "arn:aws:states:::aws-sdk:ec2:describeInstances.sync",
            "does not support .sync; remove it",
        ),
        (
            "arn:aws:states:::dynamodb:getItem.waitForTaskToken",
            "does not support .waitForTaskToken; remove it (https://",
        ),
        ("arn:aws:states:::glue:startJobRun.sync:2", "remove it, or use .sync (https://"),
        ("arn:aws:s3:::bucket", "is not something that a Task can call"),
        ("arn:aws:lambda:::function:f", "is not the ARN of a function; write arn:aws:lambda:REG"),
        ("arn:aws:lambda:eu-west-1:12345678901:function:f", "is not the ARN of a function"),
        ("arn:aws:lambda:eu-west-1:123456789012:function:f:", "is not the ARN of a function"),
        ("arn:aws:lambda:eu-west-1:123456789012:function:f:a:b", "is not the ARN of a function"),
        ("arn:aws:lambda:eu-west-1:123456789012:function:f g", "is not the ARN of a function"),
        (
            "arn:aws:lambda:eu-west-1:123456789012:function:f.waitForTaskToken",
            "does not support .waitForTaskToken; write arn:aws:states:::lambda:invoke.wait",
        ),
        ("function", "is not something that a Task can call"),
        ("arn:aws:states:::dynamodb:query", "write arn:aws:states:::aws-sdk:dynamodb:query"),
        ("arn:aws:states:::s3:getObject", "write arn:aws:states:::aws-sdk:s3:getObject"),
        ("arn:aws:states:::states:stopExecution", "write arn:aws:states:::aws-sdk:sfn:stopExec"),
        (
            "arn:aws:states:::lambda:invok",
            "unknown optimized integration lambda:invok; did you mean 'lambda:invoke'?",
        ),
        ("arn:aws:states:::sqs:purge", "use one of sqs:sendMessage"),
        (
            "arn:aws:states:::lamda:invoke",
            "unknown service 'lamda' for an optimized integration; did you",
        ),
    ],
)
def test_an_unknown_integration_is_rejected(resource: str, said: str) -> None:
    (line,) = said_of(integrations.require_known_integrations, machine(A=task(resource)))
    assert said in line


def test_of_an_unknown_integration_nothing_else_is_reported() -> None:
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
        "arn:aws-us-gov:lambda:us-gov-west-1:000000000000:function:name_1:$LATEST",
        "arn:aws:lambda:us-east-1:XXXXXXXXXXXX:function:name:12",
        "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${Name}",
        "arn:aws:states:us-east-1:000000000000:activity:name",
    ],
)
def test_a_known_integration_is_accepted(resource: str) -> None:
    assert said_of(integrations.require_known_integrations, machine(A=task(resource))) == []


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "arn:aws:states:::states:startExecution.sync:2",
        "arn:aws:states:us-east-1:000000000000:activity:name",
    ],
)
def test_only_an_asynchronous_workflow_waits_for_others(resource: str) -> None:
    assert said_of(integrations.require_express_compatibility, machine(A=task(resource)), "sync")
    assert (
        said_of(integrations.require_express_compatibility, machine(A=task(resource)), "async")
        == []
    )


def test_only_an_asynchronous_workflow_has_a_distributed_map() -> None:
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}} | machine(B=passing())
    distributed = machine(A=map_of(machine(B=passing())) | {"ItemProcessor": processor})
    (line,) = said_of(integrations.require_express_compatibility, distributed, "sync")
    assert "a distributed Map" in line
    assert said_of(integrations.require_express_compatibility, distributed, "async") == []
    assert (
        said_of(
            integrations.require_express_compatibility,
            machine(A=map_of(machine(B=passing()))),
            "sync",
        )
        == []
    )


def test_a_retry_for_the_languages_own_errors_is_no_retry_for_the_services() -> None:
    for errors, silent in ((["States.Timeout"], False), (["Lambda.SdkClientException"], True)):
        lines = said_of(
            recommendations.recommend_retries, machine(A=task(Retry=[{"ErrorEquals": errors}]))
        )
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
            "ReaderConfig": {
                "InputType": "CSV",
                "CSVHeaderLocation": "FIRST_ROW",
                "MaxItems": "{% 5 %}",
            },
        },
        ResultWriter={"WriterConfig": {"OutputType": "JSON", "Transformation": "NONE"}},
        Next="Ask",
    ),
    Ask=choice({"Condition": "{% $x = 1 %}", "Next": "Done"}, Default="Fail"),
    Done={"Type": "Succeed", "Output": "{% 1 %}"},
    Fail={"Type": "Fail", "Error": "{% $e %}", "Cause": "{% $c %}"},
) | {"QueryLanguage": "JSONata"}


def lines_of(definition: Definition, mode: Mode = "async") -> list[str]:
    return error_lines(lint_definition(RuleContext(definition, mode), "it").errors)


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
    (violation,) = integrations.require_derivable_permissions(RuleContext(definition, "async"))
    assert "the permissions of elasticmapreduce:addStep are unknown" in violation.text
    own = [{"Effect": "Allow", "Action": "elasticmapreduce:AddJobFlowSteps", "Resource": "*"}]
    context = RuleContext(definition, "async", statements=own)
    assert list(integrations.require_derivable_permissions(context)) == []


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


def test_the_documentation_lists_the_rules_in_their_order() -> None:
    text = (REPOSITORY / "docs/definitions.md").read_text()
    listed = re.findall(r"^\| `((?:require|recommend)-[a-z-]+)` \|", text, re.MULTILINE)
    assert listed == [rule_id(rule) for rule in (*ERROR_RULES, *WARNING_RULES)]


def test_an_id_is_of_one_rule() -> None:
    functions = (
        *(*ERROR_RULES, *WARNING_RULES),
        *(*emulation.ERROR_RULES, *emulation.WARNING_RULES),
    )
    ids = [rule_id(rule) for rule in functions]
    for file in (REPOSITORY / "src/stepgate").rglob("*.py"):
        # Other rules write their ids; such an id may be written several times in one module.
        ids += {*re.findall(r'"((?:require|recommend)-[a-z-]+)"', file.read_text())}
    assert {id_ for id_, count in Counter(ids).items() if count > 1} == set()
