"""The stack that is shown, which may be deployed again, or re-created, while it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from stepgate.client.emulator import is_emulated
from stepgate.client.executions import StandardMachine
from stepgate.client.outputs import Outputs
from stepgate.client.stack import Stack
from stepgate.dashboard.workflows import WorkflowView, workflow_views


@dataclass(frozen=True)
class StackSource:
    """Where the stack comes from.

    Attributes:
        title: what pages call it.
        load: reads its outputs.
        connect: the stack of such outputs.
        file: holds the outputs; None if Pulumi is asked.
        options: with which `stepgate` uses this stack, for example `--stack dev`.
    """

    title: str
    load: Callable[[], Outputs]
    connect: Callable[[Outputs], Stack]
    file: Path | None = None
    options: tuple[str, ...] = ()

    def stamp(self) -> int:
        """When the file was changed, in nanoseconds; 0 if there is none."""
        try:
            return self.file.stat().st_mtime_ns if self.file else 0
        except OSError:
            return 0


class Deployment:
    """A stack as its outputs say it was deployed last.

    Attributes:
        workflows: by their names, in the order of the routes.
        options: as of its source.
    """

    def __init__(self, outputs: Outputs, stack: Stack, options: tuple[str, ...] = ()) -> None:
        self.outputs = outputs
        self.stack = stack
        self.options = options
        self.workflows: Mapping[str, WorkflowView] = workflow_views(stack)

    @cached_property
    def is_emulated(self) -> bool:
        return any(is_emulated(route.url) for route in self.stack.routes.values())

    @property
    def machines(self) -> list[StandardMachine]:
        """Those of asynchronous workflows whose ARNs are known."""
        known = self.outputs.state_machine_arns
        routes = self.stack.routes.items()
        return [
            self.stack.machine(name)
            for name, route in routes
            if route.mode == "async" and name in known
        ]

    @property
    def logged(self) -> list[str]:
        """The synchronous workflows whose logs are known."""
        known = self.outputs.log_groups
        routes = self.stack.routes.items()
        return [name for name, route in routes if route.mode == "sync" and name in known]

    @cached_property
    def workflows_by_machine(self) -> dict[str, str]:
        return {arn: name for name, arn in self.outputs.state_machine_arns.items()}
