"""Which state machines the last deployment of a stack has changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stepgate.ci.errors import CiError
from stepgate.ci.state_machines import StateMachine

UPDATES = 100
"""The number of updates that are looked at, because a stack may have thousands."""


@dataclass(frozen=True)
class Update:
    """An update of a stack.

    Attributes:
        ended: when it had ended, or was killed; not earlier.
        succeeded: whether it did all of its work.
    """

    ended: datetime
    succeeded: bool


def killed_updates(state: Mapping[str, Any]) -> list[Update]:
    """The update that was killed during a change, which is not in the stack's history.

    What was pending may stay in the state of later updates; `last_deployed` takes the newest.

    Args:
        state: as `pulumi stack export` prints it under `deployment`.
    """
    if not state.get("pending_operations"):
        return []
    return [Update(datetime.fromisoformat(state["manifest"]["time"]), succeeded=False)]


def last_deployed(
    changed: Mapping[StateMachine, datetime], updates: Sequence[Update]
) -> list[StateMachine]:
    """Those that the last deployment of any has changed, with failed and killed tries before it.

    After a deployment that failed or was killed, those that it has changed, which may be none:
    what succeeded before stays.

    Args:
        changed: when each was changed last.
        updates: the last `UPDATES` of the stack, in any order.

    Raises:
        CiError: all of them are later than the last change.
    """
    newest = max(updates, key=lambda update: update.ended, default=None)
    until = newest.ended if newest and not newest.succeeded else max(changed.values())
    succeeded = [each.ended for each in updates if each.succeeded and each.ended < until]
    if not succeeded and len(updates) >= UPDATES:
        raise CiError(
            f"none of the last {UPDATES} updates changed a workflow, so it is not known which "
            "deployment to take back; name a workflow with --workflow"
        )
    since = max(succeeded, default=datetime.min.replace(tzinfo=UTC))
    return [machine for machine, when in changed.items() if when > since]
