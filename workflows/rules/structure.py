"""Rules for the form of a definition: its fields, and the ways through its states."""

import re
from collections.abc import Iterator

from statelint.linter import Linter  # pyright: ignore[reportMissingTypeStubs]

from workflows.language.states import Fields, Machine, State
from workflows.rules.breach import Breach, Subject
from workflows.workflow import Definition

# What statelint 3.1.0 refuses although the language has it.
FALSE_ALARMS = (
    # https://states-language.net/spec.html#assign
    re.compile(r'^Field "Assign" not allowed'),
    # JSON does not tell 2 from 2.0.
    re.compile(r"BackoffRate is \d+ but should be a Float$"),
    # Distributed Map: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
    re.compile(r'^Field "Label" not allowed'),
    re.compile(r'^Field "\w+" not allowed in .*\.ReaderConfig$'),
    re.compile(r'^Field "WriterConfig" not allowed in .*\.ResultWriter$'),
    re.compile(r'\.ResultWriter does not have required field "Resource"$'),
    # Any value may be an expression: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    re.compile(r' is "\{%.*%\}" but should be ', re.DOTALL),
    re.compile(r"\.Condition is (true|false) but should be a String$"),
    # What a template of CloudFormation or SAM puts in later.
    # https://docs.aws.amazon.com/step-functions/latest/dg/concepts-sam-sfn.html
    re.compile(r'\.Resource is ".*\$\{.*" but should be A URI$'),
)
# What rules of the project's own say better.
TOLD_ELSEWHERE = (
    re.compile(r"^No state found named "),
    re.compile(r"^StartAt value .* not found in ", re.DOTALL),
    re.compile(r"^No transition found to state "),
    re.compile(r"^No terminal state found in machine at "),
    re.compile(r'^Field ".*" of \w+ at ".*" is not a JSONPath or intrinsic', re.DOTALL),
    re.compile(r" but should be a (JSONPath|Reference Path)"),
)

# https://states-language.net/spec.html#states-fields
STATE_NAME_LENGTH = 80


def valid_form(subject: Subject) -> Iterator[Breach]:
    """It passes statelint."""
    # The longest place first: another state's may be the beginning of it.
    places = sorted(subject.states, key=lambda state: -len(state.place))
    for problem in _problems(subject.definition):
        if any(pattern.search(problem) for pattern in (*FALSE_ALARMS, *TOLD_ELSEWHERE)):
            continue
        place = next((state for state in places if _names(problem, state)), None)
        if place is None:
            yield Breach("", problem.replace("State Machine", "the definition", 1))
        else:
            yield Breach(place.name, problem.replace(place.place, "it", 1).replace("it.", "", 1))


def _problems(definition: Definition) -> list[str]:
    try:
        return Linter.validate(definition)
    except (AttributeError, KeyError, TypeError) as error:
        # statelint 3.1.0 takes for granted that what leads to a state is text.
        return [
            f"State Machine has a value of a wrong type ({error}); write a state's name in StartAt "
            "and every Next, and an object for every state"
        ]


def _names(problem: str, state: State) -> bool:
    at = problem.find(state.place)
    end = at + len(state.place)
    return at >= 0 and (end == len(problem) or problem[end] in '. "[')


def called_resources(subject: Subject) -> Iterator[Breach]:
    """A Task says what it calls."""
    for state in subject.states:
        if state.type == "Task" and not state.resource:
            yield Breach(
                state.name,
                "a Task without a Resource; write what it calls, "
                "such as arn:aws:states:::aws-sdk:ec2:describeInstances",
            )


def short_state_names(subject: Subject) -> Iterator[Breach]:
    for state in subject.states:
        if len(state.name) > STATE_NAME_LENGTH:
            yield Breach(
                state.name,
                f"a name of {len(state.name)} characters; write at most {STATE_NAME_LENGTH}",
            )


def known_targets(subject: Subject) -> Iterator[Breach]:
    """Whatever leads on leads to a state of the same machine."""
    for machine in subject.machines:
        known = machine.states
        if machine.start_at and machine.start_at not in known:
            yield Breach(
                "", f"{_field(machine, 'StartAt')} leads to {machine.start_at!r}, {_known(machine)}"
            )
        for state in known.values():
            for field, target in state.transitions():
                if target not in known:
                    yield Breach(state.name, f"{field} leads to {target!r}, {_known(machine)}")


def _field(machine: Machine, field: str) -> str:
    return f"{machine.place}.{field}".removeprefix("State Machine.")


def _known(machine: Machine) -> str:
    return f"which is no state there; write one of {', '.join(map(repr, machine.states))}"


def reachable_states(subject: Subject) -> Iterator[Breach]:
    """Some way leads from `StartAt` to each state."""
    for machine in subject.machines:
        known = machine.states
        reached: set[str] = set()
        ahead = [machine.start_at]
        while ahead:
            name = ahead.pop()
            if name in known and name not in reached:
                reached.add(name)
                ahead += [transition.target for transition in known[name].transitions()]
        if not reached:  # `StartAt` itself is wrong, and another rule says so
            continue
        for name in known.keys() - reached:
            yield Breach(name, "no way leads to it; lead one there with Next, or remove it")


def ended_machines(subject: Subject) -> Iterator[Breach]:
    """Some way comes to an end, in the definition and in each branch and processor."""
    for machine in subject.machines:
        known = machine.states
        targets = {t.target for state in known.values() for t in state.transitions()}
        ends = [s for s in known.values() if s.type in ("Succeed", "Fail") or s.fields.get("End")]
        if known and not ends and targets <= known.keys():
            yield Breach(
                next(iter(known)),
                f"no way from here comes to an end, in {_field(machine, 'States')}; write "
                '"End": true in one of its states',
            )


def decided_choices(subject: Subject) -> Iterator[Breach]:
    """A Choice always has a state to go on to."""
    for state in subject.states:
        if state.type == "Choice" and "Default" not in state.fields and not _is_exhaustive(state):
            yield Breach(
                state.name,
                "a Choice without Default fails with States.NoChoiceMatched when no rule matches; "
                "write a Default",
            )


def _is_exhaustive(state: State) -> bool:
    tests = [
        {key: value for key, value in rule.items() if key not in _NO_PART_OF_A_TEST}
        for rule in state.choices
    ]
    return any(
        test.get("Condition") in _ALWAYS or other in _opposites(test)
        for test in tests
        for other in tests
    )


_NO_PART_OF_A_TEST = ("Assign", "Comment", "Next", "Output")
_ALWAYS = (True, "{% true %}")


def _opposites(test: Fields) -> Iterator[Fields]:
    yield {"Not": test}
    for operator, value in test.items():
        if operator.startswith("Is") and isinstance(value, bool):
            yield {**test, operator: not value}
