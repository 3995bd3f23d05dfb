"""The style of all diagrams, for light and dark pages."""

_SHAPES = """
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, \
sans-serif; }
.name { font-size: 14px; font-weight: 600; }
.caption { font-size: 12px; }
.condition { font-size: 11.5px; text-anchor: middle; }
.box { stroke-width: 1.25; }
.path { fill: none; stroke-width: 1.5; }
.catch .path { stroke-dasharray: 5 4; }
.ring { fill: none; stroke-width: 1.5; }
.type-icon path { fill: none; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.type-icon rect { fill-opacity: 0.14; }
"""

_LIGHT = {
    "background": "#ffffff",
    "box": "#f8fafb",
    "frame": "#f1f5f7",
    "border": "#c6d0d8",
    "text": "#17212b",
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
    "background": "#12181e",
    "box": "#1b232b",
    "frame": "#161d24",
    "border": "#3a4854",
    "text": "#e7edf2",
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
        f".background, .label-background {{ fill: {of['background']}; }}",
        f".box {{ fill: {of['box']}; stroke: {of['border']}; }}",
        f".nested > .box {{ fill: {of['frame']}; }}",
        f".panel {{ fill: {of['background']}; }}",
        f".name {{ fill: {of['text']}; }}",
        f".caption, .condition {{ fill: {of['muted']}; }}",
        f".path, .ring {{ stroke: {of['line']}; }}",
        f".arrowhead {{ fill: {of['line']}; }}",
        f".dot {{ fill: {of['text']}; }}",
        f".catch .path {{ stroke: {of['catch']}; }}",
        f".catch .arrowhead {{ fill: {of['catch']}; }}",
    ]
    for kind, colour in _KINDS.items():
        rules.append(f".{kind} > .type-icon path {{ stroke: {of[colour]}; }}")
        rules.append(f".{kind} > .type-icon rect {{ fill: {of[colour]}; }}")
    return "\n".join(rules)


def _scope(rules: str) -> str:
    """Scoped to diagrams, so that they do not affect the rest of a page."""
    return "\n".join(
        ", ".join(f".stepgate-diagram {selector}" for selector in selectors.split(", "))
        + " { "
        + declarations
        for rule in rules.strip().splitlines()
        for selectors, _, declarations in [rule.partition(" { ")]
    )


STYLE = f"""
{_scope(_SHAPES)}
{_scope(_colours(_LIGHT))}
@media (prefers-color-scheme: dark) {{
{_scope(_colours(_DARK))}
}}
"""
"""The text of every diagram's `style` element. A page needs it for the hash in its content security
policy, or to include diagrams without their own style."""
