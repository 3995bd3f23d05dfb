"""What the tests know of a stack."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

OUTPUTS = {
    "routes": dict,
    "instanceId": str,
    "region": str,
    "authorization": str,
}
"""What every stack has, as JSON gives it, and the tests need."""

HIDDEN = "[secret]"
"""What the Pulumi CLI writes for a secret unless it is told to show it."""


@dataclass(frozen=True)
class Stack:
    """A stack with the routes of the example.

    Attributes:
        sync_url: the route of `express-instance`.
        async_url: the route of `standard-instance`.
    """

    sync_url: str
    async_url: str
    instance_id: str
    region: str
    authorization: str
    api_key: str = field(repr=False)
    _execution_url: str

    def execution_url(self, name: str) -> str:
        return self._execution_url.replace("{execution}", name)


STACK = pytest.StashKey[Stack]()
"""Where pytest keeps the stack for the tests."""


def read_stack(outputs: Mapping[str, Any]) -> Stack:
    """
    Raises:
        pytest.UsageError: the outputs are not a stack's, or lack the example or the key.
    """
    if wrong := [name for name, type_ in OUTPUTS.items() if type(outputs.get(name)) is not type_]:
        raise pytest.UsageError(
            f"these are not a stack's outputs, for they lack {', '.join(wrong)}; give what "
            "`pulumi stack output --json --show-secrets` prints after `pulumi up`"
        )
    authorization, api_key = outputs["authorization"], outputs.get("apiKey", HIDDEN)
    if authorization == "api-key" and api_key == HIDDEN:
        raise pytest.UsageError(
            "the routes ask for the key, and the output apiKey does not show it; "
            "write the outputs with `pulumi stack output --json --show-secrets`"
        )
    match outputs:
        case {
            "routes": {
                "express-instance": {"url": str(sync_url)},
                "standard-instance": {"url": str(async_url), "executionUrl": str(execution_url)},
            }
        }:
            return Stack(
                sync_url=sync_url,
                async_url=async_url,
                instance_id=outputs["instanceId"],
                region=outputs["region"],
                authorization=authorization,
                api_key=api_key,
                _execution_url=execution_url,
            )
        case _:
            raise pytest.UsageError(
                "the tests call the example, and the stack's routes are "
                f"{', '.join(outputs['routes']) or 'none'}; add express-instance and "
                "standard-instance to WORKFLOWS in workflows/__init__.py, and deploy again"
            )
