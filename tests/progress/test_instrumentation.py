"""What instrumentation puts into a definition, and what it leaves as it is."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from stepgate.asl.states import iter_states
from stepgate.checks import lint_definition
from stepgate.checks.rule import RuleContext
from stepgate.definitions import make_definition
from stepgate.progress.instrumentation import instrument, with_progress
from stepgate.progress.sender import RESOURCE, Sender
from stepgate.workflow import Definition, Mode, Progress, Values, Workflow
from tests.project.state_machines import TOLD_LATER

QUEUE = Values().progress_queue_url
SENDER = Sender("it", QUEUE)


def machine(states: Definition, start: str = "A") -> Definition:
    return {"StartAt": start, "TimeoutSeconds": 9, "States": states}


def told(
    definition: Definition, *, milestones_only: bool = False, reports_completion: bool = False
) -> Definition:
    return instrument(
        definition, SENDER, milestones_only=milestones_only, reports_completion=reports_completion
    )


def is_sending(state: Definition) -> bool:
    return state.get("Resource") == RESOURCE and QUEUE in json.dumps(state)


def body(state: Definition) -> dict[str, str]:
    return (state.get("Parameters") or state["Arguments"])["MessageBody"]


def path(definition: Definition) -> list[str]:
    """The states that a machine passes by its `Next`s: for one that sends, what it tells."""
    passed: list[str] = []
    name = definition["StartAt"]
    while name:
        state = definition["States"][name]
        passed.append(
            f"{body(state).get('state', '')} {body(state)['status']}".strip()
            if is_sending(state)
            else name
        )
        name = state.get("Next")
    return passed


def without_sending(fields: Definition) -> Definition:
    """The machine with each way past its sending states, and these left out."""
    sending: Definition = {n: s for n, s in fields["States"].items() if is_sending(s)}

    def target(name: str) -> str:
        return target(sending[name]["Next"]) if name in sending else name

    def way(found: Definition) -> Definition:
        return {key: target(to) if key in ("Next", "Default") else to for key, to in found.items()}

    def state(found: Definition) -> Definition:
        for key in ("Choices", "Catch"):
            if key in found:
                found = {**found, key: [way(each) for each in found[key]]}
        if "Branches" in found:
            found = {**found, "Branches": [without_sending(each) for each in found["Branches"]]}
        if "ItemProcessor" in found:
            found = {**found, "ItemProcessor": without_sending(found["ItemProcessor"])}
        return way(found)

    kept = {n: state(s) for n, s in fields["States"].items() if n not in sending}
    return {**fields, "StartAt": target(fields["StartAt"]), "States": kept}


def told_states(definition: Definition) -> Iterator[str]:
    for state in iter_states(definition):
        if is_sending(dict(state.fields)):
            name = body(dict(state.fields))["state"]
            yield json.loads(name[2:-2]) if state.query_language == "JSONata" else name


def test_a_workflow_that_is_off_stays_the_same() -> None:
    workflow = replace(TOLD_LATER, progress="off")
    definition = make_definition(workflow, Values())
    assert with_progress(workflow, definition, QUEUE) is definition


def test_each_state_is_told_before_it_is_entered() -> None:
    definition = machine({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}})
    assert path(told(definition)) == ["A ENTERED", "A", "B ENTERED", "B"]


def test_only_milestones_are_told_where_only_they_are_asked_for() -> None:
    states = {
        "A": {"Type": "Pass", "Comment": "no milestone:", "Next": "B"},
        "B": {"Type": "Pass", "Comment": "milestone: half of it", "Next": "C"},
        "C": {"Type": "Succeed"},
    }
    assert path(told(machine(states), milestones_only=True)) == ["A", "B ENTERED", "B", "C"]


def test_whatever_way_leads_to_a_state_it_is_told() -> None:
    states = {
        "A": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.x", "IsPresent": True, "Next": "C"}],
            "Default": "B",
        },
        "B": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:ec2:describeInstances",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}],
            "Next": "A",
        },
        "C": {"Type": "Succeed"},
    }
    found = told(machine(states))["States"]
    ways = [
        found["A"]["Choices"][0]["Next"],
        found["A"]["Default"],
        found["B"]["Catch"][0]["Next"],
        found["B"]["Next"],
    ]
    assert [body(found[way])["state"] for way in ways] == ["C", "B", "C", "A"]


@pytest.mark.parametrize("processor", ["ItemProcessor", "Iterator"])
def test_nested_states_are_told_too(processor: str) -> None:
    inner = machine({"In the map": {"Type": "Pass", "End": True}}, "In the map")
    branch = machine({"Map": {"Type": "Map", processor: inner, "End": True}}, "Map")
    definition = machine({"A": {"Type": "Parallel", "Branches": [branch], "End": True}})
    assert sorted(told_states(told(definition))) == ["A", "In the map", "Map"]


def test_a_message_has_the_index_of_an_item_where_aws_documents_it() -> None:
    branch = machine({"In a branch": {"Type": "Pass", "End": True}}, "In a branch")
    states = {
        "In the map": {"Type": "Pass", "Next": "Branches"},
        "Branches": {"Type": "Parallel", "Branches": [branch], "End": True},
    }
    each = {"Type": "Map", "ItemProcessor": machine(states, "In the map"), "End": True}
    for language in ("JSONPath", "JSONata"):
        definition = told({**machine({"A": each}), "QueryLanguage": language})
        bodies = [
            body(dict(it.fields)) for it in iter_states(definition) if is_sending({**it.fields})
        ]
        items = [found.get("item.$") or found.get("item") for found in bodies]
        index = {"JSONPath": "$$.Map.Item.Index", "JSONata": "{% $states.context.Map.Item.Index %}"}
        assert len(items) == 4
        assert [item for item in items if item] == [index[language]] * 2


def test_the_items_of_a_distributed_map_are_executions_of_their_own() -> None:
    inner = machine({"In the map": {"Type": "Pass", "End": True}}, "In the map")
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    definition = machine({"A": {"Type": "Map", "ItemProcessor": inner | config, "End": True}})
    assert list(told_states(told(definition))) == ["A"]


def test_names_that_are_taken_and_long_ones_stay_unique_and_short() -> None:
    long = "n" * 80
    states = {
        "A": {"Type": "Pass", "Next": "A (message)"},
        "A (message)": {"Type": "Pass", "Next": long},
        long: {"Type": "Pass", "Next": long[:-1] + "m"},
        long[:-1] + "m": {"Type": "Succeed"},
    }
    definition = told(machine(states))
    assert len(definition["States"]) == 8
    assert max(map(len, definition["States"])) == 80
    assert path(definition)[::2] == [f"{name} ENTERED" for name in states]


def test_a_sending_state_has_the_context_alone_and_gives_its_input_on() -> None:
    definition = told(machine({"A": {"Type": "Succeed"}}))
    assert definition["States"][definition["StartAt"]] == {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        # A path into data that is not there would be an error that no Catch catches.
        "Parameters": {
            "QueueUrl": QUEUE,
            "MessageGroupId.$": "States.Hash($$.Execution.Id, 'SHA-256')",
            "MessageDeduplicationId.$": "States.UUID()",
            "MessageBody": {
                "workflow": "it",
                "execution.$": "$$.Execution.Name",
                "executionArn.$": "$$.Execution.Id",
                "state": "A",
                "status": "ENTERED",
                "time.$": "$$.State.EnteredTime",
            },
        },
        "TimeoutSeconds": 2,
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "A"}],
        "ResultPath": None,
        "Next": "A",
    }


def test_jsonata_has_a_form_of_its_own() -> None:
    name = '{% "it\'s" %}'
    definition = told(machine({name: {"Type": "Succeed"}}, name) | {"QueryLanguage": "JSONata"})
    onward = {"Output": "{% $states.input %}", "Next": name}
    assert definition["States"][definition["StartAt"]] == {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "QueryLanguage": "JSONata",
        "Arguments": {
            "QueueUrl": QUEUE,
            "MessageGroupId": "{% $hash($states.context.Execution.Id, 'SHA-256') %}",
            "MessageDeduplicationId": "{% $uuid() %}",
            "MessageBody": {
                "workflow": "it",
                "execution": "{% $states.context.Execution.Name %}",
                "executionArn": "{% $states.context.Execution.Id %}",
                "state": '{% "{% \\"it\'s\\" %}" %}',
                "status": '{% "ENTERED" %}',
                "time": "{% $states.context.State.EnteredTime %}",
            },
        },
        "TimeoutSeconds": 2,
        "Catch": [{"ErrorEquals": ["States.ALL"], **onward}],
        **onward,
    }
    assert lint_definition(RuleContext(definition, "async"), "it").errors == []


@pytest.mark.parametrize("kind", ["Parallel", "Map"])
def test_a_machine_within_a_state_in_jsonata_sends_in_the_definitions_language(kind: str) -> None:
    inner = machine({"B": {"Type": "Pass", "End": True}}, "B")
    nested = {"Branches": [inner]} if kind == "Parallel" else {"ItemProcessor": inner}
    outer = {"Type": kind, "QueryLanguage": "JSONata", "End": True, **nested}
    definition = told(machine({"A": outer}))
    languages = {
        body(dict(state.fields))["state"]: state.query_language
        for state in iter_states(definition)
        if is_sending(dict(state.fields))
    }
    assert languages == {"A": "JSONPath", "B": "JSONPath"}


def test_an_express_execution_tells_its_own_end() -> None:
    definition = machine({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": True}})
    assert path(told(definition, reports_completion=True)) == [
        *("A ENTERED", "A", "B ENTERED", "B"),
        *("SUCCEEDED", "Success"),
    ]


def test_a_success_is_told_when_nothing_can_fail_any_more() -> None:
    states = {"A": {"Type": "Succeed", "OutputPath": "$.may.be.missing"}}
    definition = told(machine(states), reports_completion=True, milestones_only=True)
    assert path(definition) == ["A", "SUCCEEDED", "Success"]
    assert definition["States"]["A"] == {**states["A"], "Type": "Pass", "Next": "Success (message)"}


def test_a_failure_is_told_as_far_as_it_is_known_beforehand() -> None:
    literal = {"Type": "Fail", "Error": "Gone", "Cause": "It's gone."}
    dynamic = {"Type": "Fail", "Error": "{% $x %}", "CausePath": "$.cause"}
    for state, known in ((literal, {"error": "Gone", "cause": "It's gone."}), (dynamic, {})):
        definition = told(machine({"A": state}), reports_completion=True, milestones_only=True)
        assert path(definition) == ["FAILED", "A"]
        message = body(definition["States"][definition["StartAt"]])
        assert {key: message[key] for key in ("error", "cause") if key in message} == known


def test_a_definition_that_only_fails_gets_no_success() -> None:
    definition = machine({"A": {"Type": "Fail", "Error": "Gone"}})
    assert "Success" not in told(definition, reports_completion=True)["States"]


def test_only_the_outermost_machine_tells_an_end() -> None:
    branch = machine({"B": {"Type": "Succeed"}}, "B")
    definition = machine({"A": {"Type": "Parallel", "Branches": [branch], "Next": "C"}})
    definition["States"]["C"] = {"Type": "Fail", "Error": "E"}
    found = told(definition, reports_completion=True, milestones_only=True)
    assert found["States"]["A"]["Branches"] == [branch]
    assert path(found) == ["A", "FAILED", "C"]


@pytest.mark.parametrize(
    ("mode", "progress", "sent"),
    [
        ("sync", "off", []),
        ("sync", "milestones", ["B", "SUCCEEDED"]),
        ("sync", "states", ["A", "B", "SUCCEEDED"]),
        ("async", "off", []),
        ("async", "milestones", ["B"]),
        ("async", "states", ["A", "B"]),
    ],
)
def test_what_a_workflow_sends_follows_from_its_mode_and_progress(
    mode: Mode, progress: Progress, sent: list[str]
) -> None:
    definition = machine(
        {
            "A": {"Type": "Pass", "Next": "B"},
            "B": {"Type": "Pass", "Comment": "milestone: half of it", "End": True},
        }
    )
    workflow = Workflow("it", mode, lambda _: definition, progress=progress)
    found = with_progress(workflow, make_definition(workflow, Values()), QUEUE)
    messages = [body(s) for s in found["States"].values() if is_sending(s)]
    assert sorted(m.get("state", m["status"]) for m in messages) == sent
    assert all(message["workflow"] == "it" for message in messages)
