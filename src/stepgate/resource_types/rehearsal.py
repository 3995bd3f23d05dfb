"""A resource's creation without its calls, which shows what is wrong with its inputs."""

from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Lock
from types import SimpleNamespace
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.exceptions import ParamValidationError
from botocore.validate import ParamValidator

from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import InputError, Inputs, argument
from stepgate.resource_types.resource_type import Create, name_in_aws

DEEPEST = 4
"""Levels of an answer that creations read."""
EMPTY: dict[str, Any] = {
    "map": {},
    "boolean": False,
    **dict.fromkeys(("integer", "long", "float", "double"), 0),
    "timestamp": datetime.fromtimestamp(0, UTC),
}


def input_errors(
    create: Create, cloud: Cloud, name: str, inputs: Inputs, *, are_all: bool
) -> Iterator[InputError]:
    """What is wrong with each input of a resource, as far as that is known without AWS.

    Args:
        name: the resource's in Pulumi.
        inputs: those that are known.
        are_all: whether there are no others, so that one may be missing.
    """
    while True:
        try:
            create(cloud.in_region(inputs.text("region")), name_in_aws(name, inputs), inputs)
        except InputError as error:
            wrong = [key for key in inputs if argument(key) == error.argument]
            if wrong or are_all:
                yield error
            if not wrong:
                return
            inputs, are_all = inputs.without(*wrong), False
        else:
            return


class Rehearsal(Cloud):
    """Answers each call whose parameters are valid, with nothing in the answer, and makes none."""

    def __init__(self, region: str) -> None:
        self.endpoint = "http://127.0.0.1"
        self.region = region
        self._lock = Lock()
        self._session = botocore.session.get_session()
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        with self._lock:
            if service not in self._clients:
                self._clients[service] = _Client(self._session.get_service_model(service))
            return self._clients[service]

    def in_region(self, region: str) -> Cloud:  # noqa: ARG002
        return self


class _Client:
    def __init__(self, model: Any) -> None:
        self.meta = SimpleNamespace(service_model=model)
        self._operations = {xform_name(name): name for name in model.operation_names}

    def __getattr__(self, name: str) -> Any:
        if name not in self._operations:
            raise AttributeError(name)
        model = self.meta.service_model.operation_model(self._operations[name])

        def call(**parameters: Any) -> Any:
            report: Any = ParamValidator().validate(parameters, model.input_shape)
            if report.has_errors():
                raise ParamValidationError(report=report.generate_report())
            return _answer(model.output_shape) if model.output_shape else {}

        return call

    def get_waiter(self, _: str) -> Any:
        def wait(**_: Any) -> None:
            pass

        return SimpleNamespace(wait=wait)


def _answer(shape: Any, depth: int = 0) -> Any:
    """A value of this form that is valid: each member, and one item in each list."""
    match shape.type_name:
        case "structure":
            members = shape.members.items() if depth < DEEPEST else ()
            return {name: _answer(member, depth + 1) for name, member in members}
        case "list":
            return [_answer(shape.member, depth + 1)]
        case form:
            return EMPTY.get(form, "x" * shape.metadata.get("min", 1))
