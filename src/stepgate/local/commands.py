"""What each command of `stepgate local` does."""

import json
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from stepgate.client.outputs import TOKEN_HEADER, DeployedRoute, find_apis, parse_outputs
from stepgate.client.route_request import fill_path
from stepgate.example_input import generate_example_input
from stepgate.local.demo import EXAMPLE, NO_ROUTES, call_routes
from stepgate.local.deployment import NAME, LocalDeployment
from stepgate.local.emulator import free_port, require_free
from stepgate.local.errors import CommandError
from stepgate.local.preflight import preflight
from stepgate.local.program import Outputs
from stepgate.local.steps import Steps
from stepgate.project import Project

if TYPE_CHECKING:
    from stepgate.local.mocks import Mocks

DEFAULT_PORT = 4566
LAST_PORT = 65535


class Commands:
    """The commands for a project; each raises `CommandError`.

    What they leave is in the project's folder `.local`: the demo's in `demo` there, and in `staged`
    what is tried on a second emulator.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._stack = LocalDeployment(project.folder / ".local")
        self._staged_stack = LocalDeployment(project.folder / ".local/staged")
        self._demo_stack = LocalDeployment(project.folder / ".local/demo")
        self._steps = Steps()

    def up(self, mocks_file: Path | None = None) -> None:
        """
        Args:
            mocks_file: see `stepgate.local.mocks`.
        """
        stack, steps = self._stack, self._steps
        mocks = _read_mocks(mocks_file) if mocks_file else None
        with stack.locked():
            self._warn_of_unreadable_record(stack)
            self._staged_stack.down()  # a killed command has left it
            running = stack.emulator()
            port = _port(running.port if running else DEFAULT_PORT)
            if stack.is_current(self._project.folder, port, mocks.text if mocks else ""):
                steps.tell("The stack is running, and nothing has changed since its deployment.")
                self._show_routes(stack.outputs())
                return
            # What is wrong does not cost the running stack.
            if running and running.port != port:
                require_free(port)
            self._preflight()
            if running and stack.outputs_file.exists():
                self._stage(mocks)
            stack.down()
            outputs = stack.up(self._project.folder, port, steps, mocks.text if mocks else "")
            if mocks:
                try:
                    stack.answer(mocks.by_machine(_apis(outputs)))
                except BaseException:
                    stack.down()
                    raise
            steps.tell(f"The stack's outputs are in {self._relative(stack.outputs_file)}.")
            self._show_routes(outputs)

    def _stage(self, mocks: "Mocks | None") -> None:
        """Deploys onto a second emulator, and stops that one again.

        Raises:
            CommandError: see `LocalDeployment.up` and `Mocks.by_machine`. The stack that runs is as
                it was.
        """
        self._steps.tell(
            "The program, its settings or the port changed: the stack is re-created, after a "
            "deployment onto a second emulator."
        )
        try:
            outputs = self._staged_stack.up(self._project.folder, free_port(), self._steps)
            if mocks:
                mocks.by_machine(_apis(outputs))
        except BaseException:  # Ctrl-C as well
            self._steps.tell("The stack that runs was left as it is.")
            raise
        self._staged_stack.down()

    def down(self) -> None:
        stacks = (self._stack, self._staged_stack, self._demo_stack)
        with self._stack.locked(), self._demo_stack.locked():
            for stack in stacks:
                self._warn_of_unreadable_record(stack)
            stopped = [stack.down() for stack in stacks]
        self._steps.tell("The stack is stopped." if any(stopped) else "There is no stack running.")

    def demo(self) -> None:
        stack, steps = self._demo_stack, self._steps
        with stack.locked():
            self._warn_of_unreadable_record(stack)
            self._preflight()
            stack.down()
            outputs = stack.up(self._project.folder, _port(DEFAULT_PORT), steps)
            try:
                call_routes(outputs, steps)
            finally:
                steps.tell()
                with steps.step("Take everything down"):
                    stack.down()
        steps.tell("All routes succeeded. Next: stepgate local up, and call them yourself.")

    def _warn_of_unreadable_record(self, stack: LocalDeployment) -> None:
        """Without its record an emulator cannot be found, and may still run."""
        if stack.has_unreadable_record():
            self._steps.tell(
                f"{self._relative(stack.record_file)} is damaged, or another version wrote it, "
                "and is ignored; if an emulator still holds the port, end its process yourself",
                "yellow",
            )

    def _preflight(self) -> None:
        for warning in preflight(self._project, NAME):
            self._steps.tell(f"warning: {warning}", "yellow")

    def _relative(self, file: Path) -> Path:
        return file.relative_to(self._project.folder)

    def _show_routes(self, outputs: Outputs) -> None:
        apis = find_apis(outputs)
        if not apis:
            self._steps.tell(f"There is nothing to call: {NO_ROUTES}.")
        for api in apis:
            found = parse_outputs(outputs, api)
            if found.api_key:
                self._steps.tell("KEY is apiKey in the stack's outputs.")
            for route in found.routes.values():
                url = fill_path(route, route.url, dict.fromkeys(route.path, EXAMPLE))
                body = ""
                if route.has_body:
                    example = json.dumps(generate_example_input(route.schema, found.openapi))
                    body = f" -H 'Content-Type: application/json' -d {shlex.quote(example)}"
                self._steps.tell()
                self._steps.tell(f"{route.name} ({route.mode})", "bold")
                self._steps.tell(f"  curl -X {route.method} {url}{_credentials(route)}{body}")


def _apis(outputs: Outputs) -> list[Outputs]:
    """The outputs of each API."""
    return [outputs[api] if api else outputs for api in find_apis(outputs)]


def _read_mocks(file: Path) -> "Mocks":
    # They bring AWS's models, which no other command needs.
    from stepgate.local.mocks import read_mocks  # noqa: PLC0415

    return read_mocks(file)


def _port(default: int) -> int:
    text = os.environ.get("STEPGATE_PORT") or str(default)
    if not text.isdecimal() or not 0 < int(text) <= LAST_PORT:
        raise CommandError(f"STEPGATE_PORT is {text!r}; set it to a port from 1 to {LAST_PORT}")
    return int(text)


def _credentials(route: DeployedRoute) -> str:
    """The option of curl for what the route requires."""
    if route.authorization == "api-key":
        return " -H 'x-api-key: KEY'"
    if route.takes_token:
        prefix = "Bearer " if route.token_header == TOKEN_HEADER else ""
        return f" -H '{route.token_header}: {prefix}TOKEN'"
    return ""
