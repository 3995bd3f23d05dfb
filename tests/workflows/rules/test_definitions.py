"""Each rule for a definition, where it is broken and where it is kept."""

from collections.abc import Callable
from dataclasses import dataclass

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
    definition_findings,
    expressions,
    integrations,
    structure,
    timing,
)
from workflows.rules.breach import Breach, Subject
from workflows.workflow import Definition, Mode

ON_A = {"Variable": "$.a", "IsPresent": True, "Next": "B"}
NOT_ON_A = {**ON_A, "IsPresent": False}
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


def timeout(seconds: int | None, **states: Definition) -> Definition:
    definition = machine(**states)
    if seconds is None:
        del definition["TimeoutSeconds"]
        return definition
    return definition | {"TimeoutSeconds": seconds}


CASES = [
    Case(
        structure.valid_form,
        machine(A=passing(Nxt="B")),
        "A",
        'Field "Nxt" not allowed in it',
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
        'in States; write "End": true in one of its states',
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
        integrations.known_calls,
        machine(A=task("arn:aws:states:::aws-sdk:ec2:describeInstance")),
        "A",
        "did you mean 'describeInstances'?",
        machine(A=task()),
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


def test_a_catch_that_leads_back_without_a_choice_tries_again_without_end() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Wait"}]
    loop = machine(A=task(Catch=catch, Next="C"), Wait=wait(1, Next="A"), C=END)
    (line,) = said_of(timing.ending_retries, loop)
    assert "its Catch leads back to it" in line
    asking = choice({**ON_A, "Next": "A"}, Default="C")
    loop = machine(A=task(Catch=catch, Next="C"), Wait=wait(1, Next="Ask"), Ask=asking, C=END)
    assert said_of(timing.ending_retries, loop) == []


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
    ],
)
def test_a_call_that_nobody_answers_is_refused(resource: str, said: str) -> None:
    (line,) = said_of(integrations.known_calls, machine(A=task(resource)))
    assert said in line


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
    Each=map_of(
        machine(Inner=passing(Output="{% no expression at all %}")),
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
del JSONATA["States"]["Each"]["End"]


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
                Arguments={"QueueUrl": "{% $states.input.queue %}"},
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
        machine(A={"Type": value, "Choices": value, "Next": value, "Seconds": value}),
        machine(A={"Type": "Map", "ItemProcessor": value, "ItemReader": value}),
        machine(A=task(Parameters=value, Credentials=value)),
    ):
        assert all("\n" not in line for line in lines_of(definition))
