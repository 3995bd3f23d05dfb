"""What of each workflow the tests have taken."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from stepgate.asl.states import State, iter_states
from stepgate.testing.machine import Machine
from stepgate.testing.visits import Visit
from stepgate.workflow import Definition


@dataclass(frozen=True)
class Part:
    """A state, or a way to leave it.

    Attributes:
        field: empty for the state itself; otherwise the field that leads on, such as `Next`,
            `Choices[0].Next` and `Catch[1].Next`, or `End`, or the retrier, `Retry[0]`.
    """

    state: str
    field: str = ""


@dataclass
class WorkflowCoverage:
    """
    Attributes:
        definition: the one that was run last. Other values may make others of the same workflow.
        parts: all that can be taken, in the order of the definition.
        taken: those that a test has taken.
    """

    name: str
    definition: Definition
    parts: dict[Part, None] = field(default_factory=dict[Part, None])
    taken: set[Part] = field(default_factory=set[Part])

    @property
    def missed(self) -> list[Part]:
        return [part for part in self.parts if part not in self.taken]

    @property
    def percent(self) -> float:
        return 100 * (1 - len(self.missed) / len(self.parts))


@dataclass
class Coverage:
    """Of all workflows that were run, by their names."""

    workflows: dict[str, WorkflowCoverage] = field(default_factory=dict[str, WorkflowCoverage])

    def record(self, machine: Machine, visits: Sequence[Visit]) -> None:
        """Adds an execution's visits."""
        name = machine.workflow.name
        workflow = self.workflows.setdefault(name, WorkflowCoverage(name, machine.definition))
        workflow.definition = machine.definition
        workflow.parts |= dict.fromkeys(iter_parts(machine.definition))
        for visit in visits:
            workflow.taken.add(Part(visit.state))
            if visit.exit:
                workflow.taken.add(Part(visit.state, visit.exit))
            workflow.taken |= {Part(visit.state, f"Retry[{each}]") for each in visit.retriers}

    @property
    def percent(self) -> float:
        """Of the parts of all workflows; 100 if nothing was run."""
        parts = sum(len(each.parts) for each in self.workflows.values())
        missed = sum(len(each.missed) for each in self.workflows.values())
        return 100 * (parts - missed) / parts if parts else 100


def iter_parts(definition: Definition) -> Iterator[Part]:
    """The states of a definition, and all ways to leave them."""
    for state in iter_states(definition):
        yield Part(state.name)
        for transition in state.transitions():
            yield Part(state.name, transition.field)
        if _ends(state):
            yield Part(state.name, "End")
        for number, retrier in enumerate(state.retriers):
            if retrier.get("MaxAttempts") != 0:
                yield Part(state.name, f"Retry[{number}]")


def _ends(state: State) -> bool:
    return state.type == "Succeed" or state.fields.get("End") is True
