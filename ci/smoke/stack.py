"""What the tests know of a stack."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from stepgate.errors import OutputsUnusable
from stepgate.outputs import Outputs, Route, read_outputs


@dataclass(frozen=True)
class Stack:
    """A stack with the routes of the example.

    Attributes:
        sync_url: the route of `express-instance`.
        async_url: the route of `standard-instance`.
    """

    outputs: Outputs
    sync_url: str
    async_url: str
    instance_id: str
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
    try:
        known = read_outputs(outputs)
    except OutputsUnusable as error:
        raise pytest.UsageError(str(error)) from None
    match known.routes.get("express-instance"), known.routes.get("standard-instance"):
        case Route(url=sync_url), Route(url=async_url, execution_url=str(execution_url)):
            pass
        case _:
            raise pytest.UsageError(
                "the tests call the example, and the stack's routes are "
                f"{', '.join(known.routes) or 'none'}; add express-instance and "
                "standard-instance to WORKFLOWS in workflows/__init__.py, and deploy again"
            )
    if known.instance_id is None:
        raise pytest.UsageError("the tests toggle the instance, and the outputs lack instanceId")
    return Stack(known, sync_url, async_url, known.instance_id, execution_url)
