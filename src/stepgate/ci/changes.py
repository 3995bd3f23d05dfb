"""What an update changes, from the engine's events."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pulumi.automation.events import EngineEvent, OpType, StepEventMetadata

from stepgate.resource_types import RESOURCE_TYPES

VERBS = {
    OpType.CREATE: "created",
    OpType.UPDATE: "changed",
    OpType.REPLACE: "replaced",
    OpType.DELETE: "deleted",
}
"""What the steps that change something do to a resource."""


@dataclass(frozen=True)
class Change:
    """One resource that is changed.

    Attributes:
        verb: one of `VERBS`.
        type: its type as Pulumi spells it, such as `aws:ec2/instance:Instance`.
        name: its name in Pulumi.
        properties: the inputs that differ, when it is updated or replaced.
    """

    verb: str
    type: str
    name: str
    properties: tuple[str, ...] = ()

    @property
    def lost(self) -> str:
        """What is lost by it; empty if it is not dangerous, as far as its type is known."""
        return RESOURCE_TYPES[self.type].lost if self._ends_it and self._is_known else ""

    @property
    def may_lose(self) -> bool:
        """Whether it may be dangerous: nothing is recorded of what such a resource holds."""
        return self._ends_it and not self._is_known

    @property
    def _ends_it(self) -> bool:
        return self.verb in ("replaced", "deleted")

    @property
    def _is_known(self) -> bool:
        record = RESOURCE_TYPES.get(self.type)
        return record is not None and record.import_id is not None


def changes(events: Iterable[EngineEvent]) -> list[Change]:
    """The changes of a preview, what is dangerous first, then what may be."""
    return sorted(_changes(events), key=lambda change: (not change.lost, not change.may_lose))


def _changes(events: Iterable[EngineEvent]) -> Iterator[Change]:
    for event in events:
        if not event.resource_pre_event:
            continue
        step = event.resource_pre_event.metadata
        # A replacement is three steps, of which `replace` is one.
        if step.op in VERBS and is_in_cloud(step):
            differing = tuple(sorted(step.diffs or ()))
            yield Change(VERBS[step.op], step.type, urn_name(step.urn), differing)


def is_in_cloud(step: StepEventMetadata) -> bool:
    """Whether it is of a resource, not of a component or a provider."""
    state = step.new or step.old
    return bool(state and state.custom) and not step.type.startswith("pulumi:")


def urn_name(urn: str) -> str:
    """The name, which may itself contain `::`.

    https://www.pulumi.com/docs/iac/concepts/resources/names/#urns
    """
    return urn.split("::", 3)[3]


def urn_type(urn: str) -> str:
    # A child's type has its parents' before it, each followed by a $.
    return urn.split("::", 3)[2].rpartition("$")[2]


def short_type(type_: str) -> str:
    """A type as the CLI shows it, such as `aws:ec2:Instance`."""
    package, module, kind = type_.split(":")
    return f"{package}:{module.partition('/')[0]}:{kind}"
