"""A stack whose status routes answer what a test says."""

from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass
class Ended:
    status: str
    stopped: datetime | None = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
    error: str | None = "Broken"
    cause: str | None = "It broke."


@dataclass
class AnyRoute:
    mode: str


@dataclass
class StatusRoutes:
    """A stack whose status routes give these answers, one after the other."""

    answers: list[Ended | Exception]
    routes: dict[str, AnyRoute] = field(
        default_factory=lambda: {"slow": AnyRoute("async"), "quick": AnyRoute("sync")}
    )
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def execution(self, workflow: str, name: str) -> "StatusRoutes":
        self.asked.append((workflow, name))
        return self

    def status(self) -> Ended:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer
