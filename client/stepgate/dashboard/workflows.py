"""The stack's workflows, as pages show them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from stepgate import Route, Stack
from stepgate.dashboard.example import example
from stepgate.dashboard.record import Mode, json_text
from stepgate.dashboard.trace import Places
from stepgate.diagram import svg
from stepgate.diagram.graph import machine


@dataclass(frozen=True)
class ShownWorkflow:
    """A workflow as its route and its definition tell it.

    Attributes:
        definition: in the Amazon States Language; None if the stack does not tell.
        example: an input that fits the schema, as text.
        places: its states.
    """

    route: Route
    definition: Any
    example: str
    places: Places

    @property
    def mode(self) -> Mode:
        return self.route.mode

    @cached_property
    def start(self) -> str | None:
        """The state that it begins with, if that is known."""
        return None if self.definition is None else machine(self.definition).start

    @cached_property
    def diagram(self) -> str | None:
        """As SVG. To draw it takes some milliseconds, so it is drawn when it is asked for."""
        return None if self.definition is None else svg(self.definition, self.route.name)

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """As pages are sent it: see docs/dashboard.md."""
        diagram = None
        if self.definition is not None:
            version = sha256(json.dumps(self.definition).encode()).hexdigest()[:12]
            diagram = f"/diagram?{urlencode({'workflow': self.route.name, 'version': version})}"
        return {
            "name": self.route.name,
            "mode": self.mode,
            "example": self.example,
            "schema": self.route.schema,
            "diagram": diagram,
        }


def shown_workflows(stack: Stack) -> dict[str, ShownWorkflow]:
    """By their names, in the order of the routes."""
    return {
        name: ShownWorkflow(
            route=route,
            definition=stack.definitions.get(name),
            example=json_text(example(route.schema, stack.openapi)),
            places=Places(machine(stack.definitions.get(name, {}))),
        )
        for name, route in stack.routes.items()
    }
