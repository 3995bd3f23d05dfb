"""`python -m tests.rendered [--check]`: writes docs/templates.md, or fails if it is out of date."""

import json
import sys
from pathlib import Path

from stepgate.http import mapping_templates as templates
from stepgate.http.cors import Cors
from stepgate.permissions.arns import build_execution_arn
from stepgate.route import Route
from tests.velocity.renderers import Emulated, Rendering

PAGE = Path(__file__).parent.parent / "docs/templates.md"

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:stepgate-dev-echo-1a2b3c4"
BODY = """{"it's": "a \\"quote\\""}"""
FAILED = {"status": "FAILED", "error": "NotFound", "cause": "It's gone.", "name": "8f14e45f"}
STARTED = {"executionArn": build_execution_arn(MACHINE, "order-17"), "startDate": 1795478400.5}

INTRODUCTION = """\
# The mapping templates, rendered

What API Gateway sends to Step Functions and returns to the client, for each mode. The templates are
those of a workflow `echo` with `errors={"NotFound": 404}`. The command `python -m tests.rendered`
generates this page, and `make check` fails if it is out of date. [http.md](http.md) describes the
interface for callers.
"""


def page(engine: Emulated) -> str:
    """The page: each template, its input, and its output."""
    sync_request = templates.sync_request(MACHINE, Route())
    sync_response = templates.sync_response({"NotFound": 404}, Route(), Cors())
    async_request = templates.async_request(MACHINE, Route())
    async_response = templates.async_response("echo/{execution}", Cors())
    key = {"Idempotency-Key": "order-17"}
    return "\n".join(
        [
            INTRODUCTION,
            "## Synchronous: `POST /echo`, `StartSyncExecution`\n",
            *_section("request", sync_request, BODY, engine.render(sync_request, body=BODY)),
            *_section(
                "response",
                sync_response,
                json.dumps(FAILED),
                engine.render(sync_response, body=json.dumps(FAILED)),
            ),
            "## Asynchronous: `POST /echo` with `Idempotency-Key: order-17`, `StartExecution`\n",
            *_section(
                "request", async_request, BODY, engine.render(async_request, body=BODY, header=key)
            ),
            *_section(
                "response",
                async_response,
                json.dumps(STARTED),
                engine.render(async_response, body=json.dumps(STARTED)),
            ),
        ]
    )


def _section(kind: str, template: str, given: str, rendering: Rendering) -> list[str]:
    source = {"request": "The client's body", "response": "Step Functions' response"}[kind]
    result = {"request": "The request to Step Functions", "response": "The response to the client"}[
        kind
    ]
    head = f"HTTP {rendering.status}\n" if rendering.status else ""
    head += "".join(f"{name}: {value}\n" for name, value in rendering.headers.items())
    return [
        f"The {kind}'s template:\n\n```velocity\n{template}\n```\n",
        f"{source}:\n\n```json\n{given}\n```\n",
        f"{result}:\n\n```http\n{head}{rendering.text.strip()}\n```\n",
    ]


def main() -> int:
    with Emulated() as engine:
        text = page(engine)
    if "--check" not in sys.argv:
        PAGE.write_text(text)
        return 0
    if PAGE.exists() and PAGE.read_text() == text:
        return 0
    print("docs/templates.md is out of date; run: .venv/bin/python -m tests.rendered")
    return 1


if __name__ == "__main__":
    sys.exit(main())
