"""What the engine is doing, told while it does it."""

from collections.abc import Callable, Iterable

from pulumi.automation.events import EngineEvent, OpType

from ci.changes import is_in_aws, name_of

STEPS = {
    OpType.CREATE: ("to create", "creating", "created"),
    OpType.CREATE_REPLACEMENT: ("to create anew", "creating anew", "created anew"),
    OpType.UPDATE: ("to change", "changing", "changed"),
    OpType.DELETE: ("to delete", "deleting", "deleted"),
    OpType.DELETE_REPLACED: ("to delete the old", "deleting the old", "deleted the old"),
    OpType.REFRESH: ("to look at", "looking at", "looked at"),
}
"""What is told of a step: in a preview, when it begins and when it has ended."""


def progress(tell: Callable[[str], None], *, preview: bool) -> Callable[[EngineEvent], None]:
    """Tells of each resource when the engine begins with it, and when it is done."""

    def follow(event: EngineEvent) -> None:
        begun, ended = event.resource_pre_event, event.res_outputs_event
        if not (at := begun or ended) or at.metadata.op not in STEPS or not is_in_aws(at.metadata):
            return
        planned, doing, done = STEPS[at.metadata.op]
        if begun or not preview:
            told = planned if preview else doing if begun else done
            tell(f"{told} {name_of(at.metadata.urn)}")

    return follow


def warnings(events: Iterable[EngineEvent]) -> Iterable[str]:
    """What the program or a provider advises, each once."""
    told = [event.diagnostic_event for event in events if event.diagnostic_event]
    return dict.fromkeys(each.message.strip() for each in told if each.severity == "warning")
