"""A state machine as text for Mermaid, which GitHub and others draw.

It is a flowchart, for Mermaid's state diagrams have neither dashed lines nor shapes.
https://mermaid.js.org/syntax/flowchart.html
"""

import re
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from stepgate.diagram.graph import Machine, State, Transition, machine

SHAPES = {
    "Choice": ("{{", "}}"),
    "Wait": ("(", ")"),
    "Succeed": ("([", "])"),
    "Fail": ("([", "])"),
}
"""By a state's type; all others are rectangles."""
LONGEST_LABEL = 80
"""Characters of one condition."""
MOST_CONDITIONS = 4

STYLES = (
    "classDef first fill:#7b8a97,stroke:#7b8a97",
    "classDef last fill:none,stroke:#7b8a97",
)

# Anything but what no version of Mermaid takes for syntax or for Markdown.
_SPECIAL = re.compile(r"[^\w ,:=()$/'?!.·…]|\.(?=\s)|_(?!\w)|(?<!\w)_")
# What is a formula, an icon or a new line even where it was written in codes.
_PAIR = re.compile(r"\$(?=\$)|:(?=fa-)|\\(?=n)")
WORD_JOINER = "\u2060"
"""Parts a pair without being seen."""


def mermaid(definition: Mapping[str, Any]) -> str:
    """The state machine as a Mermaid flowchart; the same definition gives the same text.

    Args:
        definition: in the Amazon States Language. What is wrong in it is left out.
    """
    lines = [*_Writer().machine(machine(definition), "    "), *(f"    {s}" for s in STYLES)]
    return "\n".join(["flowchart TB", *lines, ""])


class _Writer:
    """Numbers states, marks and branches through all machines, for names could be keywords."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def machine(self, graph: Machine, indent: str) -> Iterator[str]:
        ids = {state.name: self._id("s") for state in graph.states}
        if graph.start:
            start = self._id("start")
            yield f'{indent}{start}((" ")):::first --> {ids[graph.start]}'
        for state in graph.states:
            yield from self._state(state, ids[state.name], indent)
        end = ""
        if graph.has_end:
            end = self._id("end")
            yield f'{indent}{end}(((" "))):::last'
        for transition in graph.transitions:
            target = ids[transition.target] if transition.target is not None else end
            yield f"{indent}{ids[transition.source]} {_arrow(transition)} {target}"

    def _state(self, state: State, identity: str, indent: str) -> Iterator[str]:
        name = _escaped(state.name)
        caption = _escaped(" · ".join(filter(None, (state.type, state.detail))))
        if not state.machines:
            left, right = SHAPES.get(state.type, ("[", "]"))
            yield f'{indent}{identity}{left}"{name}<br>{caption}"{right}'
        elif len(state.machines) == 1:
            yield from self._frame(identity, f"{name} · {caption}", state.machines[0], indent)
        else:
            yield f'{indent}subgraph {identity} ["{name} · {caption}"]'
            yield f"{indent}    direction TB"
            for inner in state.machines:
                yield from self._frame(self._id("branch"), " ", inner, indent + "    ")
            yield f"{indent}end"

    def _frame(self, identity: str, title: str, inner: Machine, indent: str) -> Iterator[str]:
        yield f'{indent}subgraph {identity} ["{title}"]'
        yield f"{indent}    direction TB"
        yield from self.machine(inner, indent + "    ")
        yield f"{indent}end"

    def _id(self, kind: str) -> str:
        return f"{kind}{next(self._numbers)}"


def _arrow(transition: Transition) -> str:
    labels = [_escaped(_cut(label)) for label in transition.labels[:MOST_CONDITIONS]]
    labels += ["…"] if len(transition.labels) > MOST_CONDITIONS else []
    label = "<br>or ".join(labels)
    if transition.is_catch:
        return f'-.->|"catch {label}"|'
    return f'-->|"{label}"|' if labels else "-->"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"


def _escaped(text: str) -> str:
    """With Mermaid's own codes for characters, which are decimal."""
    parted = _PAIR.sub(lambda match: match[0] + WORD_JOINER, " ".join(text.split()))
    return _SPECIAL.sub(lambda match: f"#{ord(match[0])};", parted)
