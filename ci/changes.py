"""What an update changes, from the engine's events."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pulumi.automation.events import EngineEvent, OpType, StepEventMetadata

VERBS = {
    OpType.CREATE: "created",
    OpType.UPDATE: "changed",
    OpType.REPLACE: "replaced",
    OpType.DELETE: "deleted",
}
"""What the steps that change something do to a resource."""

HOLDS = {
    "aws:ec2/instance:Instance": "its disk, id and addresses",
    "aws:sqs/queue:Queue": "the messages that nobody has read yet",
    "aws:sfn/stateMachine:StateMachine": "its executions, running ones and past ones,",
    "aws:apigateway/restApi:RestApi": "the URLs of all routes",
    "aws:apigateway/stage:Stage": "the URLs of all routes",
}
"""What is lost with a resource that is replaced or deleted, for those where that is dangerous."""


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
        """What is lost by it; empty if it is not dangerous."""
        return HOLDS.get(self.type, "") if self.verb in ("replaced", "deleted") else ""


def changes(events: Iterable[EngineEvent]) -> list[Change]:
    """The changes of a preview, what is dangerous first."""
    return sorted(_changes(events), key=lambda change: not change.lost)


def dangerous(all_changes: Sequence[Change]) -> list[Change]:
    return [change for change in all_changes if change.lost]


def _changes(events: Iterable[EngineEvent]) -> Iterator[Change]:
    for event in events:
        if not event.resource_pre_event:
            continue
        step = event.resource_pre_event.metadata
        # A replacement is three steps, of which `replace` is one.
        if step.op in VERBS and is_in_aws(step):
            differing = tuple(sorted(step.diffs or ()))
            yield Change(VERBS[step.op], step.type, name_of(step.urn), differing)


def is_in_aws(step: StepEventMetadata) -> bool:
    """Whether it is of a resource, not of a component or a provider."""
    state = step.new or step.old
    return bool(state and state.custom) and not step.type.startswith("pulumi:")


def name_of(urn: str) -> str:
    """https://www.pulumi.com/docs/iac/concepts/resources/names/#urns"""
    return urn.rpartition("::")[2]


def short_type(type_: str) -> str:
    """A type as the CLI shows it, such as `aws:ec2:Instance`."""
    package, module, kind = type_.split(":")
    return f"{package}:{module.partition('/')[0]}:{kind}"
