"""Rules for a definition's states and the transitions between them."""

from collections.abc import Iterable, Iterator

from stepgate.asl.fields import NAME_LENGTH
from stepgate.asl.states import Fields, Machine, State
from stepgate.checks.rule import RuleContext, Violation


def require_resources(context: RuleContext) -> Iterator[Violation]:
    """A Task has something to call."""
    for state in context.states:
        if state.type == "Task" and not state.resource:
            yield Violation(
                state.name,
                "a Task without Resource; write what it calls, for example "
                "arn:aws:states:::aws-sdk:ec2:describeInstances",
            )


def require_short_state_names(context: RuleContext) -> Iterator[Violation]:
    for state in context.states:
        if len(state.name) > NAME_LENGTH:
            yield Violation(
                state.name,
                f"its name has {len(state.name)} characters; use at most {NAME_LENGTH}",
            )


def require_state_objects(context: RuleContext) -> Iterator[Violation]:
    """Each of the `States` is an object.

    https://states-language.net/spec.html#states-fields
    """
    for machine in context.machines:
        for name in machine.names:
            if name not in machine.states:
                yield Violation(
                    name, 'is not an object; write one, for example {"Type": "Succeed"}'
                )


def require_known_targets(context: RuleContext) -> Iterator[Violation]:
    """Every transition leads to a state of the same machine."""
    for machine in context.machines:
        known = machine.names
        start = machine.fields.get("StartAt")
        if isinstance(start, str) and start not in known:
            yield Violation(
                "", f"{_field(machine, 'StartAt')} leads to {start!r}, {_known(machine)}"
            )
        for state in machine.states.values():
            for field, target in state.transitions():
                if target not in known:
                    yield Violation(state.name, f"{field} leads to {target!r}, {_known(machine)}")


def _field(machine: Machine, field: str) -> str:
    return f"{machine.location}.{field}".removeprefix("State Machine.")


def _known(machine: Machine) -> str:
    names = ", ".join(map(repr, machine.names))
    return "which does not exist; " + (f"write one of {names}" if names else "add it to States")


def require_reachable_states(context: RuleContext) -> Iterator[Violation]:
    """Each state can be reached from `StartAt`."""
    for machine in context.machines:
        reached = _reached(machine)
        if not reached:  # `StartAt` itself is wrong, which another rule reports
            continue
        for name in machine.states:
            if name not in reached:
                yield Violation(name, "unreachable: add a transition to it, or remove it")


def require_reachable_ends(context: RuleContext) -> Iterator[Violation]:
    """From each state an end can be reached, also within a branch and a processor."""
    for machine in context.machines:
        ends = [name for name, state in machine.states.items() if _may_end(state, machine)]
        reached, ending = _reached(machine), _leading_to(ends, machine)
        endless = [name for name in machine.states if name in reached and name not in ending]
        while endless:
            loop = _loop(endless[0], machine)
            yield Violation(
                loop[0],
                f"infinite loop: no path from here reaches an end state of "
                f"{_field(machine, 'States')}; add a transition out of the loop, or write "
                f'"End": true in one of {", ".join(map(repr, loop))}',
            )
            reported = _leading_to(loop, machine)
            endless = [name for name in endless if name not in reported]


def _reached(machine: Machine) -> set[str]:
    """The states that can be reached."""
    reached: set[str] = set()
    ahead = [machine.start_at]
    while ahead:
        name = ahead.pop()
        if name in machine.states and name not in reached:
            reached.add(name)
            ahead += [transition.target for transition in machine.states[name].transitions()]
    return reached


def _may_end(state: State, machine: Machine) -> bool:
    """Whether it is an end, or leads nowhere, which another rule reports."""
    targets = [transition.target for transition in state.transitions()]
    return bool(
        state.type in ("Succeed", "Fail")
        or state.fields.get("End")
        or not targets
        or any(target not in machine.states for target in targets)
    )


def _leading_to(goals: Iterable[str], machine: Machine) -> set[str]:
    """The goals, and the states from which one of them can be reached."""
    previous: dict[str, list[str]] = {}
    for name, state in machine.states.items():
        for transition in state.transitions():
            previous.setdefault(transition.target, []).append(name)
    found: set[str] = set()
    remaining = list(goals)
    while remaining:
        if (name := remaining.pop()) not in found:
            found.add(name)
            remaining += previous.get(name, [])
    return found


def _loop(name: str, machine: Machine) -> list[str]:
    """The loop that the first transition of each state leads into."""
    path: list[str] = []
    while name not in path:
        path.append(name)
        name = next(machine.states[name].transitions()).target
    return path[path.index(name) :]


def require_branches(context: RuleContext) -> Iterator[Violation]:
    """A Parallel has something to do: `Branches` is a non-empty array.

    https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html
    """
    for state in context.states:
        if state.type == "Parallel" and state.fields.get("Branches") == []:
            yield Violation(
                state.name,
                "Branches is empty; write a branch with StartAt and States, or use a Pass state",
            )


def require_exhaustive_choices(context: RuleContext) -> Iterator[Violation]:
    """A Choice always has a next state."""
    for state in context.states:
        if state.type == "Choice" and "Default" not in state.fields and not _is_exhaustive(state):
            yield Violation(
                state.name,
                "a Choice without Default fails with States.NoChoiceMatched when no rule matches; "
                "add a Default",
            )


def _is_exhaustive(state: State) -> bool:
    tests = [
        {key: value for key, value in rule.items() if key not in _NOT_TESTED}
        for rule in state.choices
    ]
    return any(
        test.get("Condition") in _ALWAYS or other in _opposites(test)
        for test in tests
        for other in tests
    )


# Fields of a choice rule that are not part of its test.
_NOT_TESTED = ("Assign", "Comment", "Next", "Output")
_ALWAYS = (True, "{% true %}")


def _opposites(test: Fields) -> Iterator[Fields]:
    yield {"Not": test}
    for operator, value in test.items():
        if operator.startswith("Is") and isinstance(value, bool):
            yield {**test, operator: not value}
    condition = test.get("Condition")
    if isinstance(condition, str):
        yield {"Condition": f"{{% $not({condition[2:-2].strip()}) %}}"}
