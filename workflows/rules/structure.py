"""Rules for a definition's states, and the ways through them."""

from collections.abc import Iterable, Iterator

from workflows.language.fields import NAME_LENGTH
from workflows.language.states import Fields, Machine, State
from workflows.rules.breach import Breach, Subject


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
        if len(state.name) > NAME_LENGTH:
            yield Breach(
                state.name,
                f"a name of {len(state.name)} characters; write at most {NAME_LENGTH}",
            )


def written_states(subject: Subject) -> Iterator[Breach]:
    """Each of the `States` is an object.

    https://states-language.net/spec.html#states-fields
    """
    for machine in subject.machines:
        for name in machine.names:
            if name not in machine.states:
                yield Breach(name, 'is no object; write such as {"Type": "Succeed"}')


def known_targets(subject: Subject) -> Iterator[Breach]:
    """Whatever leads on leads to a state of the same machine."""
    for machine in subject.machines:
        known = machine.names
        if machine.start_at and machine.start_at not in known:
            yield Breach(
                "", f"{_field(machine, 'StartAt')} leads to {machine.start_at!r}, {_known(machine)}"
            )
        for state in machine.states.values():
            for field, target in state.transitions():
                if target not in known:
                    yield Breach(state.name, f"{field} leads to {target!r}, {_known(machine)}")


def _field(machine: Machine, field: str) -> str:
    return f"{machine.place}.{field}".removeprefix("State Machine.")


def _known(machine: Machine) -> str:
    names = ", ".join(map(repr, machine.names))
    return "which is no state there; " + (f"write one of {names}" if names else "write it")


def reachable_states(subject: Subject) -> Iterator[Breach]:
    """Some way leads from `StartAt` to each state."""
    for machine in subject.machines:
        reached = _reached(machine)
        if not reached:  # `StartAt` itself is wrong, and another rule says so
            continue
        for name in machine.states:
            if name not in reached:
                yield Breach(name, "no way leads to it; lead one there with Next, or remove it")


def ended_machines(subject: Subject) -> Iterator[Breach]:
    """From each state some way comes to an end, in a branch and a processor too."""
    for machine in subject.machines:
        ends = [name for name, state in machine.states.items() if _may_end(state, machine)]
        reached, ending = _reached(machine), _leading_to(ends, machine)
        endless = [name for name in machine.states if name in reached and name not in ending]
        while endless:
            loop = _loop(endless[0], machine)
            yield Breach(
                loop[0],
                f"no way from here comes to an end, in {_field(machine, 'States')}; lead out of "
                f'the loop, or write "End": true in one of {", ".join(map(repr, loop))}',
            )
            mended = _leading_to(loop, machine)
            endless = [name for name in endless if name not in mended]


def _reached(machine: Machine) -> set[str]:
    """The states that some way leads to."""
    reached: set[str] = set()
    ahead = [machine.start_at]
    while ahead:
        name = ahead.pop()
        if name in machine.states and name not in reached:
            reached.add(name)
            ahead += [transition.target for transition in machine.states[name].transitions()]
    return reached


def _may_end(state: State, machine: Machine) -> bool:
    """Whether it is an end, or leads nowhere, which is another rule's matter."""
    targets = [transition.target for transition in state.transitions()]
    return bool(
        state.type in ("Succeed", "Fail")
        or state.fields.get("End")
        or not targets
        or any(target not in machine.states for target in targets)
    )


def _leading_to(goals: Iterable[str], machine: Machine) -> set[str]:
    """The states from which some way leads to one of the goals, and the goals."""
    before: dict[str, list[str]] = {}
    for name, state in machine.states.items():
        for transition in state.transitions():
            before.setdefault(transition.target, []).append(name)
    found: set[str] = set()
    behind = list(goals)
    while behind:
        if (name := behind.pop()) not in found:
            found.add(name)
            behind += before.get(name, [])
    return found


def _loop(name: str, machine: Machine) -> list[str]:
    """The states of a loop that the first ways from an endless state lead into."""
    way: list[str] = []
    while name not in way:
        way.append(name)
        name = next(machine.states[name].transitions()).target
    return way[way.index(name) :]


def branched_parallels(subject: Subject) -> Iterator[Breach]:
    """A Parallel has something to do: `Branches` is a non-empty array.

    https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html
    """
    for state in subject.states:
        if state.type == "Parallel" and state.fields.get("Branches") == []:
            yield Breach(
                state.name, "Branches is empty; write a branch, with StartAt and States, or a Pass"
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
