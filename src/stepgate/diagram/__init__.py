"""Draws state machines from their definitions in the Amazon States Language."""

from stepgate.diagram.mermaid import mermaid
from stepgate.diagram.style import STYLE
from stepgate.diagram.svg import svg

__all__ = ["STYLE", "mermaid", "svg"]
