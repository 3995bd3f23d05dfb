"""A workflow that tells where it is: its definition with states put in that send messages."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, count

from workflows.language.fields import NAME_LENGTH
from workflows.language.states import Machine, State, machines, whole_machine
from workflows.progress.sending import Sender
from workflows.workflow import Definition, Values, Workflow

MILESTONE = "milestone:"
"""What the `Comment` of a milestone starts with."""


def reporting(workflow: Workflow) -> Workflow:
    """The workflow with the sending states that its `progress` asks for.

    Its data, its output and its errors stay as they are, and nothing fails because a message
    cannot be sent.
    """
    if workflow.progress == "off":
        return workflow

    def definition(values: Values) -> Definition:
        return instrumented(
            workflow.definition(values),
            Sender(workflow.name, values.progress_queue_url),
            milestones_only=workflow.progress == "milestones",
            tells_end=workflow.mode == "sync",
        )

    return replace(workflow, definition=definition)


def instrumented(
    definition: Definition, sender: Sender, *, milestones_only: bool, tells_end: bool
) -> Definition:
    """A definition with a sending state in front of each state that is told.

    States within a distributed Map are not told: its items are executions of their own.

    Of an Express execution nobody but itself can tell the end, so a synchronous workflow sends the
    last message too, where it succeeds or comes to a Fail state. Of a Standard one EventBridge
    does.
    https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html

    Args:
        milestones_only: whether only milestones are told.
        tells_end: whether the last message is sent, too, as far as a definition can.
    """
    instrumentation = _Instrumentation(definition, sender, milestones_only)
    return instrumentation.whole(tells_end=tells_end)


class _Instrumentation:
    """Of one definition."""

    def __init__(self, definition: Definition, sender: Sender, milestones_only: bool) -> None:
        self._definition = definition
        self._sender = sender
        self._milestones_only = milestones_only
        self._authored = {name for machine in machines(definition) for name in machine.names}
        self._taken = {*self._authored}

    def whole(self, *, tells_end: bool) -> Definition:
        definition = self._with_one_success() if tells_end else self._definition
        return self._machine(whole_machine(definition), tells_end=tells_end)

    def _machine(self, machine: Machine, *, tells_end: bool = False) -> Definition:
        """A machine that sends, with the machines nested in it."""
        entrances: dict[str, str] = {}
        sending: Definition = {}
        for name, state in machine.states.items():
            entrances[name] = name
            for members in reversed([*self._told(state, tells_end=tells_end)]):
                sender = self._free_name(name, " (message)")
                sending[sender] = self._sender.state(
                    members, machine.query_language, entrances[name]
                )
                entrances[name] = sender
        return {
            **machine.fields,
            "StartAt": entrances[machine.start_at],
            "States": sending
            | {name: self._state(state, entrances) for name, state in machine.states.items()},
        }

    def _told(self, state: State, *, tells_end: bool) -> Iterator[dict[str, str]]:
        """What is told before a state is entered, in order."""
        comment = str(state.fields.get("Comment"))
        is_told = not self._milestones_only or comment.startswith(MILESTONE)
        if is_told and state.name in self._authored:
            yield {"state": state.name, "status": "ENTERED"}
        if tells_end and state.type == "Succeed":
            yield {"status": "SUCCEEDED"}
        if tells_end and state.type == "Fail":
            yield {"status": "FAILED", **_known_failure(state)}

    def _state(self, state: State, entrances: Mapping[str, str]) -> Definition:
        """The state, with ways that lead to its targets' entrances, and what is nested in it."""
        fields = {**state.fields}
        for way in ("Next", "Default"):
            if way in fields:
                fields[way] = entrances[fields[way]]
        for ways in ("Choices", "Catch"):
            if ways in fields:
                fields[ways] = [{**way, "Next": entrances[way["Next"]]} for way in fields[ways]]
        inner = [self._machine(machine) for machine in state.nested if not state.is_distributed]
        if state.type == "Parallel":
            fields["Branches"] = inner
        elif inner:
            fields["ItemProcessor" if "ItemProcessor" in fields else "Iterator"] = inner[0]
        return fields

    def _with_one_success(self) -> Definition:
        """The definition with one state at which it succeeds, where nothing can fail any more."""
        success = self._free_name("Success")
        states: Definition = {}
        for name, state in self._definition["States"].items():
            if state.get("End"):
                states[name] = {key: state[key] for key in state if key != "End"} | {
                    "Next": success
                }
            elif state["Type"] == "Succeed":  # it may have paths to apply, as a Pass state may
                states[name] = {**state, "Type": "Pass", "Next": success}
            else:
                states[name] = state
        return {**self._definition, "States": {**states, success: {"Type": "Succeed"}}}

    def _free_name(self, name: str, suffix: str = "") -> str:
        """A name that no other state has, and that is not too long."""
        endings = chain([suffix], (f"{suffix} {number}" for number in count(2)))
        names = (name[: NAME_LENGTH - len(ending)] + ending for ending in endings)
        free = next(name for name in names if name not in self._taken)
        self._taken.add(free)
        return free


def _known_failure(state: State) -> dict[str, str]:
    """What a Fail state says literally; a path or an expression may lead to nothing."""
    return {
        member: value
        for member, name in (("error", "Error"), ("cause", "Cause"))
        if (value := state.fields.get(name)) and not value.startswith("{%")
    }
