"""Renders mapping templates on the emulator's engine: what `java/` does on Velocity itself.

Reads one request a line from stdin and writes one answer a line to stdout, in the emulator's own
environment, see `stepgate.emulator_environment`.
"""
# pyright: basic, reportMissingImports=false

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from localstack.services.apigateway.next_gen.execute_api.template_mapping import (
    ApiGatewayVtlTemplate,
)

from stepgate.emulator.corrections import mapping_templates


def render(request: dict[str, Any]) -> dict[str, Any]:
    """The text, and what was set through `$context.responseOverride`."""
    text, overrides = ApiGatewayVtlTemplate().render_response(
        template=request["template"],
        variables={
            "context": request["context"],
            "stageVariables": request["stageVariables"],
            "input": {"body": request["body"], "params": request["params"]},
        },
        context_overrides={
            "requestOverride": {"header": {}, "path": {}, "querystring": {}},
            "responseOverride": {"header": {}, "status": 0},
        },
    )
    status = overrides["status"] or None
    whole = isinstance(status, int)
    return {
        "text": text,
        "status": status if whole else None,
        "ignoredStatus": None if whole or status is None else str(status),
        "headers": {name: str(value) for name, value in overrides["header"].items()},
    }


def main() -> None:
    mapping_templates.apply()
    for line in sys.stdin:
        try:
            answer = render(json.loads(line))
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
