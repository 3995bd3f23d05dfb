"""`python -m tests.diagrams [--check]`: writes docs/workflows.md, or says whether it is current.

The diagrams are made by `stepgate diagram`, as a user makes them.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conftest import REPOSITORY
from tests.program import PROJECT, run

DOCS = REPOSITORY / "docs"
STEPGATE = Path(sys.executable).with_name("stepgate")
SETTINGS = {"workflows": '["order", "parts"]', "apiUrl": "https://api.example.com"}

INTRODUCTION = """\
# State machines, drawn

Two state machines of the tests, as `stepgate diagram` draws them: as an SVG document, and as
Mermaid, which GitHub and GitLab draw where it is in Markdown. The documentation's site shows its
text. This page is made by `python -m tests.diagrams`, and `make check` says when it is out of date.
"""


def pages() -> dict[Path, str]:
    """The text of each file."""
    with TemporaryDirectory() as folder:
        outputs = Path(folder) / "outputs.json"
        outputs.write_text(json.dumps(run(PROJECT, SETTINGS).outputs))
        workflows = json.loads(_stepgate("routes", "--json", "--outputs", str(outputs)))
        svgs, sections = {}, [INTRODUCTION]
        for workflow in workflows:
            told = (workflow, "--outputs", str(outputs))
            svgs[DOCS / f"diagrams/{workflow}.svg"] = _stepgate("diagram", *told, "--format", "svg")
            mermaid = _stepgate("diagram", *told)
            sections.append(
                f"## {workflow}\n\n![The states of {workflow}](diagrams/{workflow}.svg)\n\n"
                f"<details>\n<summary>As Mermaid</summary>\n\n```mermaid\n{mermaid}```\n\n"
                "</details>\n"
            )
        return {DOCS / "workflows.md": "\n".join(sections), **svgs}


def _stepgate(*arguments: str) -> str:
    return subprocess.run([STEPGATE, *arguments], capture_output=True, text=True, check=True).stdout


def main() -> int:
    made = pages()
    if "--check" not in sys.argv:
        for file, text in made.items():
            file.write_text(text)
        return 0
    if all(file.exists() and file.read_text() == text for file, text in made.items()):
        return 0
    print("docs/workflows.md is out of date; run: .venv/bin/python -m tests.diagrams")
    return 1


if __name__ == "__main__":
    sys.exit(main())
