"""`python -m tests.engine.resources`: writes resources.txt anew, for a change that is meant.

It is the tree of all that a stack may consist of: type and name of each resource, under its parent.
The engine knows a resource by these (its URN). Where one of them changes, what users have deployed
is made anew and the old one deleted, unless the resource gets `aliases` with what it was before.
https://www.pulumi.com/docs/iac/concepts/resources/names/
"""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.conftest import REPOSITORY
from tests.engine.pulumi_cli import search_path
from tests.engine.pulumi_stack import Engine

SNAPSHOT = Path(__file__).parent / "resources.txt"


def resources(engine: Engine) -> str:
    """The tree as previews of a new stack show it: with an API key, events and alarms, which add
    the most, and with a live API, which takes the place of what sends final messages."""
    stack = engine.stack("dev")
    stack.set("alarmTopic", "arn:aws:sns:us-east-1:123456789012:ops")
    stack.set("authorization", "api-key")
    stack.put_workflows("now", "order", "approved")
    tree = stack.preview().tree
    stack.set("live", "tickets")
    return "\n".join([*_lines({**tree, **stack.preview().tree}, "", 0), ""])


def _lines(tree: Mapping[str, str], parent: str, depth: int) -> Iterator[str]:
    for urn in sorted(urn for urn, above in tree.items() if above == parent):
        _, _, types, name = urn.removeprefix("urn:pulumi:").split("::", 3)
        yield f"{'  ' * depth}{types.rpartition('$')[2]} {name}"
        yield from _lines(tree, urn, depth + 1)


def main() -> None:
    path = search_path(REPOSITORY / ".local/pulumi", print)
    with tempfile.TemporaryDirectory() as folder:
        SNAPSHOT.write_text(resources(Engine(Path(folder), path)))


if __name__ == "__main__":
    main()
