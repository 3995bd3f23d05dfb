"""The stack's workflows, as pages show them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

from stepgate.asl.states import iter_states
from stepgate.client.outputs import DeployedRoute
from stepgate.client.stack import Stack
from stepgate.dashboard.execution_record import Mode, json_text
from stepgate.dashboard.state_tracker import StateTracker
from stepgate.diagram import svg
from stepgate.diagram.graph import build_graph
from stepgate.events.waiting import waited_event
from stepgate.example_input import generate_example_input


@dataclass(frozen=True)
class WorkflowView:
    """A workflow, from its route and its definition.

    Attributes:
        definition: in the Amazon States Language; None if the stack's outputs do not have it.
        example: an input that fits the schema, as text.
        tracker: knows its states.
        events: what it can wait for, as it is sent to pages.
    """

    route: DeployedRoute
    definition: Any
    example: str
    tracker: StateTracker
    events: tuple[Mapping[str, Any], ...] = ()

    @property
    def mode(self) -> Mode:
        return self.route.mode

    @cached_property
    def waiting_states(self) -> Mapping[str, str]:
        """The events by the names of the states that wait for them."""
        if self.definition is None:
            return {}
        found = ((state.name, waited_event(state)) for state in iter_states(self.definition))
        return {name: event for name, event in found if event is not None}

    @cached_property
    def diagram(self) -> str | None:
        """SVG. Drawing takes some milliseconds, so it is done on the first request."""
        return None if self.definition is None else svg(self.definition, self.route.name)

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """As it is sent to pages: see docs/dashboard.md."""
        diagram = None
        if self.definition is not None:
            version = sha256(json.dumps(self.definition).encode()).hexdigest()[:12]
            diagram = f"/diagram?{urlencode({'workflow': self.route.name, 'version': version})}"
        return {
            "name": self.route.name,
            "mode": self.mode,
            "method": self.route.method,
            "path": urlsplit(self.route.url).path,
            "events": [*self.events],
            "example": self.example if self.route.has_body else None,
            "parameters": [
                {"kind": kind, "name": name}
                for kind, names in (
                    ("path", self.route.path),
                    ("query", self.route.query),
                    ("headers", self.route.headers),
                )
                for name in names
            ],
            "schema": self.route.schema,
            "diagram": diagram,
        }


def workflow_views(stack: Stack) -> dict[str, WorkflowView]:
    """By their names, in the order of the routes."""
    return {
        name: WorkflowView(
            route=route,
            definition=stack.definitions.get(name),
            example=json_text(generate_example_input(route.schema, stack.openapi)),
            tracker=StateTracker(build_graph(stack.definitions.get(name))),
            events=tuple(
                {
                    "event": event,
                    "example": json_text(generate_example_input(known.schema, stack.openapi)),
                    "schema": known.schema,
                }
                for event, known in route.events.items()
            ),
        )
        for name, route in stack.routes.items()
    }
