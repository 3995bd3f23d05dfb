"""What a reader of a preview has to know before the update, in lines."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from stepgate.ci.changes import Change, short_type
from stepgate.ci.errors import AwsFailedError
from stepgate.ci.executions import MOST_COUNTED
from stepgate.ci.harms import Harm

CountRunning = Callable[[str, str | None], int]
"""See `stepgate.ci.executions.count_running_executions`."""


@dataclass(frozen=True)
class Alerts:
    """
    Attributes:
        lost: dangerous changes, a line each.
        running: running executions that the update harms, or may harm because they cannot be
            counted: a line for each state machine.
        doubtful: what may be dangerous, and is not refused.
        notes: what the update does for running executions, and what was rolled back.
    """

    lost: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def dangers(self) -> list[str]:
        """What is refused."""
        return [*self.lost, *self.running]

    @property
    def next_step(self) -> str:
        wait = "wait until these executions have ended, " if self.running else ""
        return f"change it back, {wait}or give --allow-replace"


def alerts(
    changes: Iterable[Change],
    harms: Iterable[Harm],
    count: CountRunning,
    notes: Iterable[str] = (),
) -> Alerts:
    """The alerts of a preview; `count` is asked only for state machines that are harmed."""
    lost: list[str] = []
    running: list[str] = []
    doubtful: list[str] = []
    for change in changes:
        what = f"{change.name} ({short_type(change.type)}) is {change.verb}"
        if change.lost:
            lost.append(f"{what}: {change.lost} are lost")
        elif change.may_lose:
            doubtful.append(f"{what}: stepgate does not know what is lost with this type")
    for harm in harms:
        if executions := _executions(harm, count):
            is_refused = harm.is_certain and not harm.is_express
            (running if is_refused else doubtful).append(f"{harm.name}: {executions}")
    return Alerts(tuple(lost), tuple(running), tuple(doubtful), tuple(notes))


def _executions(harm: Harm, count: CountRunning) -> str:
    """How many executions run, and what happens to them; empty if none is running."""
    if harm.is_express:
        # https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
        return (
            f"running executions {harm.effect}; an Express machine's cannot be counted, and end "
            "within 5 minutes"
        )
    try:
        number = count(harm.arn, harm.profile)
    except AwsFailedError as error:
        return f"running executions {harm.effect}; {error}"
    if not number:
        return ""
    more = " or more" if number == MOST_COUNTED else ""
    executions = "execution" if number == 1 else "executions"
    return f"{number:,}{more} running {executions} {harm.effect}"
