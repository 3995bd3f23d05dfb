"""Adds states to a workflow's definition that send progress messages."""

from collections.abc import Iterator, Mapping
from itertools import chain, count

from stepgate.asl.fields import NAME_LENGTH
from stepgate.asl.states import Machine, State, iter_machines, root_machine
from stepgate.progress.sender import Sender
from stepgate.workflow import Definition, Workflow

MILESTONE = "milestone:"
"""The start of a milestone's `Comment`."""


def with_progress(
    workflow: Workflow, definition: Definition, queue_url: str, live_message_arn: str = ""
) -> Definition:
    """A workflow's definition with the sending states that its `progress` requires.

    Its data, its output and its errors do not change, and it does not fail if a message cannot be
    sent.
    """
    if workflow.progress == "off":
        return definition
    return instrument(
        definition,
        Sender(workflow.name, queue_url, live_message_arn),
        milestones_only=workflow.progress == "milestones",
        reports_completion=workflow.mode == "sync",
    )


def instrument(
    definition: Definition, sender: Sender, *, milestones_only: bool, reports_completion: bool
) -> Definition:
    """A definition with a sending state before each state that is reported.

    States in a distributed Map are not reported, because its items are executions of their own.

    Only an Express execution itself can report its end, so a synchronous workflow also sends the
    last message, when it succeeds or reaches a Fail state. EventBridge reports the end of a
    Standard execution.
    https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html

    Args:
        milestones_only: whether only milestones are reported.
        reports_completion: whether the last message is sent too, as far as a definition can.
    """
    instrumentation = _Instrumentation(definition, sender, milestones_only)
    return instrumentation.instrument(reports_completion=reports_completion)


class _Instrumentation:
    """The instrumentation of one definition."""

    def __init__(self, definition: Definition, sender: Sender, milestones_only: bool) -> None:
        self._definition = definition
        self._sender = sender
        self._milestones_only = milestones_only
        self._authored = {name for machine in iter_machines(definition) for name in machine.names}
        self._taken = {*self._authored}

    def instrument(self, *, reports_completion: bool) -> Definition:
        definition = self._with_one_success() if reports_completion else self._definition
        return self._instrument(root_machine(definition), reports_completion=reports_completion)

    def _instrument(
        self, machine: Machine, *, reports_completion: bool = False, has_item: bool = False
    ) -> Definition:
        """A machine with sending states, with the machines nested in it."""
        entrances: dict[str, str] = {}
        sending: Definition = {}
        for name, state in machine.states.items():
            entrances[name] = name
            for members in reversed(
                [*self._messages(state, reports_completion=reports_completion)]
            ):
                sender = self._free_name(name, " (message)")
                sending[sender] = self._sender.build_state(
                    members, machine.query_language, entrances[name], has_item=has_item
                )
                entrances[name] = sender
        return {
            **machine.fields,
            "StartAt": entrances[machine.start_at],
            "States": sending
            | {name: self._state(state, entrances) for name, state in machine.states.items()},
        }

    def _messages(self, state: State, *, reports_completion: bool) -> Iterator[dict[str, str]]:
        """The messages that are sent before a state is entered, in order."""
        comment = str(state.fields.get("Comment"))
        is_reported = not self._milestones_only or comment.startswith(MILESTONE)
        if is_reported and state.name in self._authored:
            yield {"state": state.name, "status": "ENTERED"}
        if reports_completion and state.type == "Succeed":
            yield {"status": "SUCCEEDED"}
        if reports_completion and state.type == "Fail":
            yield {"status": "FAILED", **_literal_failure(state)}

    def _state(self, state: State, entrances: Mapping[str, str]) -> Definition:
        """The state, with transitions to its targets' entrances, and its nested machines."""
        fields = {**state.fields}
        for field in ("Next", "Default"):
            if field in fields:
                fields[field] = entrances[fields[field]]
        for field in ("Choices", "Catch"):
            if field in fields:
                fields[field] = [{**to, "Next": entrances[to["Next"]]} for to in fields[field]]
        inner = [
            self._instrument(machine, has_item=state.type == "Map")
            for machine in state.nested
            if not state.is_distributed
        ]
        if state.type == "Parallel":
            fields["Branches"] = inner
        elif inner:
            fields["ItemProcessor" if "ItemProcessor" in fields else "Iterator"] = inner[0]
        return fields

    def _with_one_success(self) -> Definition:
        """The definition with a single Succeed state, which cannot fail.

        A definition that never succeeds does not change: that state would be unreachable.
        """
        if not any(
            state.get("End") or state["Type"] == "Succeed"
            for state in self._definition["States"].values()
        ):
            return self._definition
        success = self._free_name("Success")
        states: Definition = {}
        for name, state in self._definition["States"].items():
            if state.get("End"):
                states[name] = {key: state[key] for key in state if key != "End"} | {
                    "Next": success
                }
            elif state["Type"] == "Succeed":  # its paths may fail; a Pass state takes them too
                states[name] = {**state, "Type": "Pass", "Next": success}
            else:
                states[name] = state
        return {**self._definition, "States": {**states, success: {"Type": "Succeed"}}}

    def _free_name(self, name: str, suffix: str = "") -> str:
        """A name that is not in use, and not too long."""
        endings = chain([suffix], (f"{suffix} {number}" for number in count(2)))
        names = (name[: NAME_LENGTH - len(ending)] + ending for ending in endings)
        free = next(name for name in names if name not in self._taken)
        self._taken.add(free)
        return free


def _literal_failure(state: State) -> dict[str, str]:
    """The literal error and cause of a Fail state; a path or an expression may not have a value."""
    return {
        member: value
        for member, name in (("error", "Error"), ("cause", "Cause"))
        if (value := state.fields.get(name)) and not value.startswith("{%")
    }
