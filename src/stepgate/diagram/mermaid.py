"""A state machine as Mermaid text, which GitHub and others draw.

It is a flowchart, because Mermaid's state diagrams have neither dashed lines nor shapes.
https://mermaid.js.org/syntax/flowchart.html
"""

import re
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from stepgate.diagram.graph import Graph, State, Transition, build_graph

SHAPES = {
    "Choice": ("{{", "}}"),
    "Wait": ("(", ")"),
    "Succeed": ("([", "])"),
    "Fail": ("([", "])"),
}
"""By state type; all others are rectangles."""
MAX_LABEL_LENGTH = 80
"""Characters, for one condition."""
MAX_CONDITIONS = 4

STYLES = (
    "classDef first fill:#7b8a97,stroke:#7b8a97",
    "classDef last fill:none,stroke:#7b8a97",
)

# All characters except those that no version of Mermaid reads as syntax or Markdown.
_TO_ESCAPE = re.compile(r"[^\w ,:=()$/'?!.·…]|\.(?=\s)|_(?!\w)|(?<!\w)_")
# Mermaid reads these as a formula, an icon or a line break even if they are escaped.
_TO_SPLIT = re.compile(r"\$(?=\$)|:(?=fa-)|\\(?=n)")
WORD_JOINER = "\u2060"
"""Splits a pair invisibly."""


def mermaid(definition: Mapping[str, Any]) -> str:
    """The state machine as a Mermaid flowchart; the same definition gives the same text.

    Args:
        definition: in the Amazon States Language. Anything malformed in it is left out.
    """
    lines = [*_Writer().graph(build_graph(definition), "    "), *(f"    {s}" for s in STYLES)]
    return "\n".join(["flowchart TB", *lines, ""])


class _Writer:
    """Numbers states, markers and branches of all graphs, because names could be keywords."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def graph(self, graph: Graph, indent: str) -> Iterator[str]:
        ids = {state.name: self._new_id("s") for state in graph.states}
        if graph.start is not None:
            start = self._new_id("start")
            yield f'{indent}{start}((" ")):::first --> {ids[graph.start]}'
        for state in graph.states:
            yield from self._state(state, ids[state.name], indent)
        end = ""
        if graph.has_end:
            end = self._new_id("end")
            yield f'{indent}{end}(((" "))):::last'
        for transition in graph.transitions:
            target = ids[transition.target] if transition.target is not None else end
            yield f"{indent}{ids[transition.source]} {_arrow(transition)} {target}"

    def _state(self, state: State, identity: str, indent: str) -> Iterator[str]:
        name = _escape(state.name)
        caption = _escape(" · ".join(filter(None, (state.type, state.detail))))
        if not state.graphs:
            left, right = SHAPES.get(state.type, ("[", "]"))
            yield f'{indent}{identity}{left}"{name}<br>{caption}"{right}'
        elif len(state.graphs) == 1:
            yield from self._frame(identity, f"{name} · {caption}", state.graphs[0], indent)
        else:
            yield f'{indent}subgraph {identity} ["{name} · {caption}"]'
            yield f"{indent}    direction TB"
            for inner in state.graphs:
                yield from self._frame(self._new_id("branch"), " ", inner, indent + "    ")
            yield f"{indent}end"

    def _frame(self, identity: str, title: str, inner: Graph, indent: str) -> Iterator[str]:
        yield f'{indent}subgraph {identity} ["{title}"]'
        yield f"{indent}    direction TB"
        yield from self.graph(inner, indent + "    ")
        yield f"{indent}end"

    def _new_id(self, kind: str) -> str:
        return f"{kind}{next(self._numbers)}"


def _arrow(transition: Transition) -> str:
    labels = [_escape(_truncate(label)) for label in transition.labels[:MAX_CONDITIONS]]
    labels += ["…"] if len(transition.labels) > MAX_CONDITIONS else []
    label = "<br>or ".join(labels)
    if transition.is_catch:
        return f'-.->|"catch {label}"|'
    return f'-->|"{label}"|' if labels else "-->"


def _truncate(text: str) -> str:
    return text if len(text) <= MAX_LABEL_LENGTH else text[: MAX_LABEL_LENGTH - 1] + "…"


def _escape(text: str) -> str:
    """With Mermaid's own character codes, which are decimal."""
    split = _TO_SPLIT.sub(lambda match: match[0] + WORD_JOINER, " ".join(text.split()))
    return _TO_ESCAPE.sub(lambda match: f"#{ord(match[0])};", split)
