"""Definitions in JSONata on the emulator: what AWS documents, and what JSONata 2.0.6 gives.

The sentences of AWS stand with the functions in src/stepgate/emulator/corrections/jsonata.py.
"""

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stepgate.workflow import Definition
from tests.deployed.executions import run
from tests.deployed.stacks import Deployed

INPUT = {"list": [1, None, 3], "text": 'it\'s "a" \\ é 😀\n', "nothing": None, "big": 2**53 + 1}


def machine(**states: Definition) -> Definition:
    """The states in this order."""
    names = [*states]
    ways = [{"Next": name} for name in names[1:]] + [{"End": True}]
    row: Definition = {
        name: (way if "Next" not in state and "End" not in state else {}) | state
        for (name, state), way in zip(states.items(), ways, strict=True)
    }
    for state in row.values():
        if state["Type"] in ("Succeed", "Fail", "Choice"):
            state.pop("End", None)
            state.pop("Next", None)
    return {"QueryLanguage": "JSONata", "StartAt": names[0], "States": row}


def computed(output: Any) -> Definition:
    return {"Type": "Pass", "Output": output}


def output_of(deployed: Deployed, definition: Definition, data: Any = None) -> Any:
    end = run(deployed, definition, data)
    assert end["status"] == "SUCCEEDED", end
    return json.loads(end["output"])


VALUES: dict[str, Any] = {
    "$states.input": INPUT,
    "$states.context.State.Name": "A",
    r"'it\'s'": "it's",
    "$states.input.nothing": None,
    "$exists($states.input.nothing)": True,
    "$exists($states.input.missing)": False,
    "$exists($states.errorOutput)": False,
    "$states.input.list[$ != null and $ > 1]": 3,
    "$map($states.input.list, function($v) { $v })": [1, None, 3],
    "$states.input.list = [1, null, 3]": True,
    "[$states.input.missing]": [],
    "[1..3].($ * 2)": [2, 4, 6],
    "$type($states.input.nothing)": "null",
    "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(300))": 300,
    # The functions that AWS adds
    "$partition([1, 2, 3, 4, 5], 2)": [[1, 2], [3, 4], [5]],
    "$partition([1, 2, 3], 2.9)": [[1, 2], [3]],
    "$partition([1], 5)": [[1]],
    "$range(0, 10, 5)": [0, 5, 10],
    "$range(0, 9, 5)": [0, 5],
    "$range(5, 1, -2)": [5, 3, 1],
    "$hash('é', 'MD5')": "66ddcd97cfdeabb2f6fb8a999b4bc76f",
    "$hash('abc', 'SHA-1')": "a9993e364706816aba3e25717850c26c9cd0d89d",
    "$length($hash('abc', 'SHA-512'))": 128,
    "$random(7) = $random(7) and $random(7) != $random(8)": True,
    "$random() != $random()": True,
    "$random() >= 0 and $random(1) < 1": True,
    """$parse('{"a": [null, 1]}').a""": [None, 1],
}


def test_expressions_have_the_values_that_aws_documents(deployed: Deployed) -> None:
    found = {name: f"{{% {name} %}}" for name in VALUES}
    assert output_of(deployed, machine(A=computed(found)), INPUT) == VALUES


def test_each_uuid_is_another_one_of_version_4(deployed: Deployed) -> None:
    first, second = output_of(deployed, machine(A=computed(["{% $uuid() %}"] * 2)))
    assert first != second
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-.{12}", first)


@pytest.mark.parametrize(
    ("expression", "cause"),
    [
        ("$states.input.missing", "returned nothing (undefined)."),
        ("$sum", "returned an unsupported result type."),
        ("{'a': [$sum]}", "returned an unsupported result type."),
        ("$eval('1')", "threw an error during evaluation. T1006: "),
        ("$uuuid()", "threw an error during evaluation. T1006: "),
        ("$hash('a', 'SHA-9')", "threw an error during evaluation. SHA-9 is not one of MD5, "),
        ("$partition([1], 0)", "threw an error during evaluation. "),
        ("$range(1, 2, 0)", "threw an error during evaluation. "),
        ("$parse('NaN')", "threw an error during evaluation. "),
        # On AWS it has a value; checks/emulation.py says so.
        ("$contains('a', /(?<x>a)/)", "threw an error during evaluation. unknown extension ?<x"),
        ("$error('mine')", "threw an error during evaluation. D3137: mine"),
    ],
)
def test_what_has_no_value_is_an_error_that_can_be_caught(
    deployed: Deployed, expression: str, cause: str
) -> None:
    failing = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:ec2:describeKeyPairs",
        "Arguments": {"MaxResults": f"{{% {expression} %}}"},
    }
    catch = {
        "ErrorEquals": ["States.QueryEvaluationError"],
        "Output": "{% $states.errorOutput %}",
        "Next": "B",
    }
    for definition in (
        machine(A=failing),
        machine(A=failing | {"Catch": [catch]}, B={"Type": "Succeed"}),
    ):
        end = run(deployed, definition)
        told: dict[str, str] = json.loads(end["output"] or "{}")
        found = (end["error"] or told["Error"], end["cause"] or told["Cause"])
        assert found[0] == "States.QueryEvaluationError"
        assert f"The JSONata expression '{expression}' {cause}" in found[1]


def test_every_state_assigns_and_reads_variables(deployed: Deployed) -> None:
    def assigned(value: str) -> Definition:
        return {"Assign": {"seen": f"{{% $append($seen, {value}) %}}"}}

    inner = machine(
        I=computed("{% $states.context.Map.Item.Value & $seen[0] %}") | {"Assign": {"own": 1}}
    )
    inner.pop("QueryLanguage")
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sqs:getQueueUrl",
        "TimeoutSeconds": "{% $count($seen) + 5 %}",
    }
    caught = assigned("$states.errorOutput.Error") | {"ErrorEquals": ["States.ALL"], "Next": "C"}
    definition = machine(
        A={"Type": "Pass", "Assign": {"seen": ['it\'s "a" \\'], "zero": "{% $states.input.n %}"}},
        B=call | {"Arguments": {"QueueName": "{% 'miss' & 'ing' %}"}, "Catch": [caught]},
        C={
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $count($seen) = 3 %}", "Next": "G"},
                {"Condition": "{% $zero = 0 %}", "Next": "D"} | assigned("'choice'"),
            ],
            "Default": "G",
        },
        D={"Type": "Wait", "Seconds": "{% $zero %}"} | assigned("'wait'"),
        E={
            "Type": "Parallel",
            "Branches": [inner | {"States": {"I": computed("{% $seen[1] %}") | {"End": True}}}],
            "Arguments": {"n": "{% $zero %}"},
        }
        | assigned("$states.result"),
        F={
            "Type": "Map",
            "Items": "{% ['x', 'y'] %}",
            "MaxConcurrency": "{% $zero + 1 %}",
            "ItemProcessor": inner,
        }
        | assigned("$states.result"),
        G=computed("{% $seen %}"),
    )
    first = 'it\'s "a" \\'
    missing = "Sqs.QueueDoesNotExistException"
    assert output_of(deployed, definition, {"n": 0}) == [
        *(first, missing, "choice", "wait", missing, "x" + first, "y" + first)
    ]


def test_a_fail_state_computes_its_error_and_its_cause(deployed: Deployed) -> None:
    fail = {"Type": "Fail", "Error": "{% 'Mine' %}", "Cause": "{% $string($states.input) %}"}
    end = run(deployed, machine(A=fail), {"a": [1, None]})
    assert (end["error"], end["cause"]) == ("Mine", '{"a":[1,null]}')


def test_paths_read_variables_too(deployed: Deployed) -> None:
    given: dict[str, Any] = {"a.$": "$.list", "b": {"c d": 'it\'s "a" \\'}}
    read = {"all.$": "$v", "one.$": "$v.a[2]", "text.$": "$v.b['c d']"}
    formatted = {"format.$": "States.Format('{}', $v.a[0])"}
    definition = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Assign": {"v": given}, "Next": "B"},
            "B": {
                "Type": "Choice",
                "Choices": [{"Variable": "$v.a[1]", "IsNull": True, "Next": "C"}],
            },
            "C": {"Type": "Pass", "Parameters": read | formatted, "End": True},
        },
    }
    text = given["b"]["c d"]
    variable = {"a": INPUT["list"], "b": given["b"]}
    expected = {"all": variable, "one": 3, "text": text, "format": "1"}
    assert output_of(deployed, definition, INPUT) == expected


def test_states_in_a_map_have_the_language_of_the_definition_not_of_the_map(
    deployed: Deployed,
) -> None:
    inner = {"Type": "Pass", "Parameters": {"n.$": "$.a"}, "End": True}
    mapping = {
        "Type": "Map",
        "QueryLanguage": "JSONata",
        "Items": [{"a": 1}],
        "ItemProcessor": {"StartAt": "B", "States": {"B": inner}},
        "End": True,
    }
    parallel = {
        "Type": "Parallel",
        "QueryLanguage": "JSONata",
        "Branches": [{"StartAt": "A", "States": {"A": mapping}}],
        "End": True,
    }
    assert output_of(deployed, {"StartAt": "P", "States": {"P": parallel}}) == [[{"n": 1}]]


def test_a_definition_that_is_refused_leaves_nothing_behind(deployed: Deployed) -> None:
    in_jsonpath = {"Type": "Pass", "Parameters": {"a.$": "$"}, "End": True}
    states = {"StartAt": "A", "States": {"A": in_jsonpath}}
    with pytest.raises(ClientError, match="InvalidDefinition"):
        run(deployed, {"QueryLanguage": "JSONata", **states})
    assert output_of(deployed, states, 1) == {"a": 1}
