"""How diagrams look: one style for all of them, in light and dark."""

_SHAPES = """
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, \
sans-serif; }
.name { font-size: 14px; font-weight: 600; }
.caption { font-size: 12px; }
.condition { font-size: 11.5px; text-anchor: middle; }
.box { stroke-width: 1.25; }
.way { fill: none; stroke-width: 1.5; }
.catch .way { stroke-dasharray: 5 4; }
.ring { fill: none; stroke-width: 1.5; }
.sign path { fill: none; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.sign rect { fill-opacity: 0.14; }
"""

_LIGHT = {
    "paper": "#ffffff",
    "box": "#f8fafb",
    "frame": "#f1f5f7",
    "border": "#c6d0d8",
    "ink": "#17212b",
    "muted": "#566573",
    "line": "#7b8a97",
    "catch": "#b4532a",
    "task": "#1d5fd1",
    "wait": "#7142c4",
    "choice": "#a15c00",
    "pass": "#526070",
    "succeed": "#14783c",
    "fail": "#b3261e",
    "nested": "#0b7285",
}
_DARK = {
    "paper": "#12181e",
    "box": "#1b232b",
    "frame": "#161d24",
    "border": "#3a4854",
    "ink": "#e7edf2",
    "muted": "#a3b1bd",
    "line": "#7e8d9a",
    "catch": "#e8956d",
    "task": "#7fb0ff",
    "wait": "#bd9cf5",
    "choice": "#e9b04d",
    "pass": "#a9b8c6",
    "succeed": "#63d08f",
    "fail": "#ff8a80",
    "nested": "#5cc8d8",
}
_KINDS = {
    **{kind: kind for kind in ("task", "wait", "choice", "pass", "succeed", "fail")},
    "parallel": "nested",
    "map": "nested",
    "unknown": "pass",
}


def _colours(of: dict[str, str]) -> str:
    rules = [
        f".paper, .behind {{ fill: {of['paper']}; }}",
        f".box {{ fill: {of['box']}; stroke: {of['border']}; }}",
        f".nested > .box {{ fill: {of['frame']}; }}",
        f".panel {{ fill: {of['paper']}; }}",
        f".name {{ fill: {of['ink']}; }}",
        f".caption, .condition {{ fill: {of['muted']}; }}",
        f".way, .ring {{ stroke: {of['line']}; }}",
        f".tip {{ fill: {of['line']}; }}",
        f".dot {{ fill: {of['ink']}; }}",
        f".catch .way {{ stroke: {of['catch']}; }}",
        f".catch .tip {{ fill: {of['catch']}; }}",
    ]
    for kind, colour in _KINDS.items():
        rules.append(f".{kind} > .sign path {{ stroke: {of[colour]}; }}")
        rules.append(f".{kind} > .sign rect {{ fill: {of[colour]}; }}")
    return "\n".join(rules)


def _within(rules: str) -> str:
    """For diagrams only, and not for the rest of a page that one stands in."""
    return "\n".join(
        ", ".join(f".stepgate-diagram {selector}" for selector in selectors.split(", "))
        + " { "
        + declarations
        for rule in rules.strip().splitlines()
        for selectors, _, declarations in [rule.partition(" { ")]
    )


STYLE = f"""
{_within(_SHAPES)}
{_within(_colours(_LIGHT))}
@media (prefers-color-scheme: dark) {{
{_within(_colours(_DARK))}
}}
"""
"""The text of every diagram's `style` element, for a page whose policy wants its hash, or which
has the diagrams in itself without it."""
