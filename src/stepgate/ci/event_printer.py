"""What the engine is doing, printed while it does it."""

from collections.abc import Callable, Iterable

from pulumi.automation.events import EngineEvent, OpType

from stepgate.ci.changes import is_in_cloud, urn_name

STEPS = {
    OpType.CREATE: ("to create", "creating", "created"),
    OpType.CREATE_REPLACEMENT: ("to re-create", "re-creating", "re-created"),
    OpType.UPDATE: ("to change", "changing", "changed"),
    OpType.DELETE: ("to delete", "deleting", "deleted"),
    OpType.DELETE_REPLACED: ("to delete the old", "deleting the old", "deleted the old"),
    OpType.REFRESH: ("to read", "reading", "read"),
}
"""What is printed of a step: in a preview, when it begins and when it has ended."""


def event_printer(
    print_line: Callable[[str], None], *, preview: bool
) -> Callable[[EngineEvent], None]:
    """Prints a line for each resource when the engine begins with it, and when it is done."""

    def follow(event: EngineEvent) -> None:
        begun, ended = event.resource_pre_event, event.res_outputs_event
        if (
            not (at := begun or ended)
            or at.metadata.op not in STEPS
            or not is_in_cloud(at.metadata)
        ):
            return
        planned, doing, done = STEPS[at.metadata.op]
        if begun or not preview:
            verb = planned if preview else doing if begun else done
            print_line(f"{verb} {urn_name(at.metadata.urn)}")

    return follow


def warnings(events: Iterable[EngineEvent]) -> Iterable[str]:
    """The warnings of the program and the providers, each once."""
    diagnostics = [event.diagnostic_event for event in events if event.diagnostic_event]
    return dict.fromkeys(each.message.strip() for each in diagnostics if each.severity == "warning")
