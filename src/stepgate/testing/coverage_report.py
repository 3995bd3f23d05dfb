"""Coverage as text for a terminal, and as a picture."""

import json
from collections.abc import Iterator
from xml.sax.saxutils import escape

from stepgate.asl.states import iter_states
from stepgate.diagram import svg
from stepgate.diagram.graph import Graph, Transition, build_graph
from stepgate.testing.coverage import Coverage, Part, WorkflowCoverage

TAKEN, PARTLY, MISSED = "#14783c", "#c77700", "#b3261e"
"""Readable on light and dark pages."""


def report_lines(coverage: Coverage) -> Iterator[str]:
    """A line for each workflow, with what no test took below it, and the total."""
    names = [*coverage.workflows, "total"]
    width = max(map(len, names))
    for workflow in sorted(coverage.workflows.values(), key=lambda each: each.name):
        taken = len(workflow.parts) - len(workflow.missed)
        share = _share(workflow.percent)
        yield f"{workflow.name:{width}}  {share}  {taken} of {len(workflow.parts)}"
        yield from (f"  not taken: {line}" for line in _missed_lines(workflow))
    yield f"{'total':{width}}  {_share(coverage.percent)}"


def picture(workflow: WorkflowCoverage) -> str:
    """The diagram as an SVG document: green is what tests have taken, red what none has."""
    rules = "\n".join(_rules(workflow, build_graph(workflow.definition)))
    drawn = svg(workflow.definition, f"{workflow.name}, {_share(workflow.percent).strip()} covered")
    style = f"<style>\n{escape(rules)}\n</style>\n</svg>\n"
    return drawn.removesuffix("</svg>\n") + style


def _share(percent: float) -> str:
    # Never rounded up: 100 % is everything.
    return f"{int(percent):3} %"


def _missed_lines(workflow: WorkflowCoverage) -> Iterator[str]:
    """What was not taken of each state that was entered, and the states that were not."""
    fields: dict[str, list[Part]] = {}
    for part in workflow.missed:
        fields.setdefault(part.state, []).append(part)
    for state, parts in fields.items():
        if Part(state) in parts:
            yield state
        else:
            yield f"{state}: {', '.join(part.field for part in parts)}"


def _rules(workflow: WorkflowCoverage, graph: Graph) -> Iterator[str]:
    for state in graph.states:
        colour = TAKEN if Part(state.name) in workflow.taken else MISSED
        selector = f".stepgate-diagram .state[data-state={_text(state.name)}] > .box"
        yield f"{selector} {{ stroke: {colour}; stroke-width: 2.5; }}"
        for inner in state.graphs:
            yield from _rules(workflow, inner)
    for transition in graph.transitions:
        catch = ".catch" if transition.is_catch else ":not(.catch)"
        selector = (
            f".stepgate-diagram .line{catch}[data-from={_text(transition.source)}]"
            f"[data-to={_text(transition.target or '')}]"
        )
        colour = _colour(workflow, transition)
        yield f"{selector} .path {{ stroke: {colour}; }}"
        yield f"{selector} .arrowhead {{ fill: {colour}; }}"


def _colour(workflow: WorkflowCoverage, transition: Transition) -> str:
    """Several fields may lead from a state to another, and have one line."""
    fields = [*_fields(workflow, transition)]
    taken = sum(Part(transition.source, field) in workflow.taken for field in fields)
    if taken == len(fields):
        return TAKEN
    return PARTLY if taken else MISSED


def _fields(workflow: WorkflowCoverage, transition: Transition) -> Iterator[str]:
    for state in iter_states(workflow.definition):
        if state.name == transition.source:
            if transition.target is None:
                yield "End"
            for each in state.transitions():
                is_catch = each.field.startswith("Catch")
                if (each.target, is_catch) == (transition.target, transition.is_catch):
                    yield each.field


def _text(name: str) -> str:
    """As text in CSS, which has JSON's quotes and backslashes."""
    return json.dumps(name, ensure_ascii=False)
