"""Rules for workflows that wait for events."""

from collections.abc import Iterator, Sequence
from typing import cast

from stepgate.asl.states import Machine, State, root_machine
from stepgate.checks.findings import Finding, workflow_finding
from stepgate.checks.routes import NAME, NAME_RULE
from stepgate.checks.rule import RuleContext, Violation
from stepgate.events.waiting import waited_event, waits_as_itself, waits_per_item
from stepgate.json_values import shown
from stepgate.route import ITEM_VARIABLE, variables
from stepgate.suggestions import suggestion
from stepgate.workflow import Workflow


def require_valid_events(workflows: Sequence[Workflow]) -> Iterator[Finding]:
    """Only an asynchronous workflow has events, and their names can be segments of a path."""
    for workflow in workflows:
        if workflow.mode == "sync" and workflow.events:
            yield workflow_finding(
                "require-valid-events",
                workflow,
                "it has events, but is synchronous, and Express executions cannot wait for them; "
                'write mode="async", or remove its events',
            )
        for name, event in workflow.events.items():
            if event.per_item and ITEM_VARIABLE in variables(workflow.execution_path):
                yield workflow_finding(
                    "require-valid-events",
                    workflow,
                    f"its route has the variable {{{ITEM_VARIABLE}}}, which is that of event "
                    f"{name}, as it has per_item; use another name in the route",
                )
            if not NAME.fullmatch(name):
                yield workflow_finding(
                    "require-valid-events",
                    workflow,
                    f"{shown(name)} in events is not a valid name; {NAME_RULE}",
                )


def require_declared_events(context: RuleContext) -> Iterator[Violation]:
    """A workflow declares the events that it waits for, and waits for those that it declares."""
    if context.events is None:
        return
    waited: set[str] = set()
    for state, _ in _waits(root_machine(context.definition), ()):
        name = cast("str", waited_event(state))
        waited.add(name)
        event = context.events.get(name)
        if event is None:
            cure = suggestion(
                name, context.events, f"give the workflow events={{{name!r}: Event()}}"
            )
            yield Violation(state.name, f"waits for {shown(name)}, an undeclared event; {cure}")
        elif event.per_item is not waits_per_item(state):
            cure = (
                "give wait_for an item, for example its index in the Map"
                if event.per_item
                else "declare Event(per_item=True)"
            )
            yield Violation(
                state.name,
                f"waits for {shown(name)}, which is for each item of a Map in its declaration or "
                f"in wait_for, but not in both; {cure}",
            )
    for name in context.events.keys() - waited:
        yield Violation(
            "",
            f"no state waits for the declared event {shown(name)}; add one with "
            f"wait_for({name!r}, values, …), or remove the event",
        )


def require_separate_waits(context: RuleContext) -> Iterator[Violation]:
    """What waits at the same time in one execution has events of its own."""
    for state, maps in _waits(root_machine(context.definition), ()):
        if maps and not waits_per_item(state):
            yield Violation(
                state.name,
                "waits in a Map for an event that its items share; hand an index or an id down in "
                "ItemSelector, and give it to wait_for, for example as "
                'item="{% $states.input.index %}"',
            )
        if any(each.is_distributed for each in maps) and waits_as_itself(state):
            yield Violation(
                state.name,
                "waits in a distributed Map, whose items are executions without a route; hand the "
                "execution's ARN down in ItemSelector, and give it to wait_for, for example as "
                'execution="{% $states.input.execution %}"',
            )
    for state in context.states:
        if state.type == "Parallel":
            yield from _shared_events(state)


def _shared_events(parallel: State) -> Iterator[Violation]:
    """An event for which two branches wait: the second would replace the first."""
    found: dict[str, int] = {}
    for number, branch in enumerate(parallel.nested):
        for state, _ in _waits(branch, ()):
            name = cast("str", waited_event(state))
            if found.setdefault(name, number) != number:
                yield Violation(
                    state.name,
                    f"waits for {shown(name)}, as another branch of {parallel.name!r} does; give "
                    "each branch an event of its own",
                )


def _waits(machine: Machine, maps: tuple[State, ...]) -> Iterator[tuple[State, tuple[State, ...]]]:
    """The states that wait for an event, each with the Maps around it."""
    for state in machine.states.values():
        if waited_event(state) is not None:
            yield state, maps
        for inner in state.nested:
            yield from _waits(inner, (*maps, state) if state.type == "Map" else maps)
