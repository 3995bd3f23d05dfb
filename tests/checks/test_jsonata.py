"""Expressions in JSONata: what AWS refuses is an error, what fails or does nothing a warning."""

from typing import Any

import pytest

from stepgate.checks import jsonata
from stepgate.checks.findings import Finding
from stepgate.checks.rule import RuleContext
from stepgate.workflow import Definition
from tests.checks.definitions import END, choice, machine, map_of, parallel, passing, task, wait

pytestmark = pytest.mark.rules

CATCHING = {"ErrorEquals": ["States.ALL"], "Next": "B"}


def in_jsonata(**states: Definition) -> Definition:
    return machine(**states) | {"QueryLanguage": "JSONata"}


def errors(definition: Definition) -> list[str]:
    found = jsonata.require_valid_expressions(RuleContext(definition, "async"))
    return [str(Finding("", text, state, "it")) for state, text in found]


def warnings(definition: Definition) -> list[str]:
    found = jsonata.recommend_known_names(RuleContext(definition, "async"))
    return [str(Finding("", text, state, "it")) for state, text in found]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (passing(Output=" {% 1 %}"), "Output: ' {% 1 %}' is not an expression; begin it with {%"),
        (passing(Output={"a": ["{% 1 %} "]}), "Output.a[0]: '{% 1 %} ' is not an expression;"),
        (passing(Assign={"a": "1 %}"}), "Assign.a: '1 %}' is not an expression;"),
        (task(Arguments={"a": "{% 1"}), "Arguments.a: '{% 1' is not an expression;"),
        (passing(Output="{% [1 %}"), "Output: '{% [1 %}' is not valid JSONata: Expected ] before"),
        (wait(1, Seconds="{% ( %}", End=True), "Seconds: '{% ( %}' is not valid JSONata:"),
        (
            {"Type": "Fail", "Cause": "{% a %}"},
            "Cause: a is read from nothing; write $states.input",
        ),
        (passing(Output="{% $.a %}"), "Output: $ is nothing here; write $states.input for"),
        (passing(Output="{% States.UUID() %}"), "Output: JSONata has no intrinsic functions of"),
        (passing(Output="{% $eval('1') %}"), "Output: AWS does not have $eval; use $parse"),
        (passing(Output="{% $states.inputs %}"), "did you mean $states.input?"),
        (passing(Output="{% $states.result %}"), "$states.result does not exist here; use"),
        (task(Arguments="{% $states.result %}"), "Arguments: $states.result does not exist here;"),
        (task(Output="{% $states.errorOutput %}"), "Output: $states.errorOutput does not exist"),
        (
            task(Catch=[CATCHING | {"Output": "{% $states.result %}"}]),
            "Catch[0].Output: $states.result does not exist here; use $states.context or",
        ),
        (
            choice({"Condition": "$x = 1", "Next": "B"}),
            "Choices[0].Condition: '$x = 1' is not an expression; write true, false or {% … %}",
        ),
        (
            map_of(machine(C=END), ItemBatcher={"BatchInput": {"a": "{% b %}"}}),
            "ItemBatcher.BatchInput.a: b is read from nothing;",
        ),
        (
            task(Credentials={"RoleArn": "{% 'a' & %}"}),
            "Credentials.RoleArn: \"{% 'a' & %}\" is not valid JSONata:",
        ),
    ],
)
def test_what_aws_refuses_is_an_error(state: Definition, said: str) -> None:
    (line,) = errors(in_jsonata(A=state, B=END))
    assert line.startswith("it, state 'A': ")
    assert said in line


@pytest.mark.parametrize(
    "state",
    [
        passing(Output="text with {% and %} in it", Comment="{% ( %}"),
        passing(Output={"a": "{%$states.input.a%}", "b": "{% $v %}", "c": None}),
        task(Output="{% $states.result %}", Assign={"a": "{% $states.result.b %}"}),
        parallel(machine(C=END), Output="{% $states.result[0] %}", End=True),
        task(Catch=[CATCHING | {"Assign": {"e": "{% $states.errorOutput.Error %}"}}]),
        choice({"Condition": True, "Next": "B"}),
        task(Retry=[{"ErrorEquals": ["{% ( %}"]}]),
        passing(Output="{% $n > ${limit} %}"),
        passing(Output="{% 'two\nlines' %}"),
    ],
)
def test_what_aws_takes_is_no_error(state: Definition) -> None:
    assert errors(in_jsonata(A=state, B=END)) == []
    assert errors(machine(A=state | {"QueryLanguage": "JSONata"}, B=END)) == []


def test_a_state_in_jsonpath_has_no_expressions() -> None:
    text: dict[str, Any] = {"a": "{% ( %}"}
    assert errors(machine(A=passing(Parameters=text, Assign=text))) == []


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("{% $oder %}", "Output: no state here assigns $oder; did you mean $order?"),
        (
            "{% $uppercas('a') %}",
            "Output: there is no function $uppercas; did you mean $uppercase?",
        ),
        ("States.Format('{}', $.a)", "stays text; for an expression write {% … %}"),
        ("$.a", "Output: '$.a' stays text; for an expression write {% … %}"),
        ("$states.input.a", "Output: '$states.input.a' stays text"),
        (
            "{% $states.input ~> /(?P<x>a)(?<y>b)/ %}",
            "Output: /(?P<x>a)(?<y>b)/ has '(?P<x', which regular expressions of JavaScript do",
        ),
        ({"a.$": "$.a"}, "Output.a.$: a name with .$ has no meaning in JSONata; write a, and"),
    ],
)
def test_what_only_fails_when_it_runs_is_a_warning(output: object, said: str) -> None:
    definition = in_jsonata(A=passing(Assign={"order": 1}, Next="B"), B=passing(Output=output))
    assert errors(definition) == []
    (line,) = warnings(definition)
    assert line.startswith("it, state 'B': ")
    assert said in line


def test_nested_states_read_the_variables_around_them() -> None:
    inner = machine(C=passing(Output="{% $order & $price %}", Assign={"price": 1}))
    for nested in (parallel(inner, Assign={"order": 1}, End=True), map_of(inner)):
        state = nested | {"Assign": {"order": 1}}
        assert warnings(in_jsonata(A=state)) == []


def test_states_in_a_distributed_map_do_not_read_the_variables_around_them() -> None:
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    inner = {"StartAt": "C", "States": {"C": passing(Output="{% $order %}")}}
    mapping = {"Type": "Map", "ItemProcessor": config | inner, "Assign": {"order": 1}, "End": True}
    (line,) = warnings(in_jsonata(A=mapping))
    assert "no state here assigns $order" in line
