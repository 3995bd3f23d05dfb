"""Each type's documented arguments with values of every form: an error of ours, or none."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from pulumi.runtime import Mocks
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

from stepgate.local.program import run_program
from stepgate.resource_types import RESOURCE_TYPES
from stepgate.resource_types.inputs import InputError, Inputs, read_inputs
from stepgate.resource_types.rehearsal import Rehearsal, input_errors
from tests.local.programs import write_project
from tests.resource_types.programs import HEAD
from tests.resource_types.provider import arguments
from tests.resource_types.test_create import PLAIN

VALUES: list[Any] = [
    *(True, 5, -1, 1.5, 1e300, "", "x", "{", "{}", "[]", "null", '"x"', "é\n"),
    *([], [5], ["x"], [{}], [[]], [{"x": 5}], {}, {"x": "y"}, {"x": 5}, {"x": {"y": []}}),
]
ARN = "arn:aws:iam::000000000000:role/it"
REGION = "us-east-1"


class Collector(Mocks):
    """Collects the inputs of each type."""

    def __init__(self) -> None:
        self.found: dict[str, Inputs] = {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        inputs = cast("dict[str, Any]", args.inputs)  # pyright: ignore[reportUnknownMemberType]
        self.found.setdefault(args.typ, read_inputs(inputs))
        outputs = {"arn": ARN, "url": "it", "name": "it", "stateMachineVersionArn": ARN}
        return "it", {**outputs, "bucket": "it", **inputs}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:  # noqa: ARG002
        return {"id": "ami-1"}, []


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Inputs]:
    """Inputs with which each type can be created."""
    mocks = Collector()
    project: Path = write_project(tmp_path_factory.mktemp("plain"), HEAD + PLAIN)
    run_program(project, "local", {"aws:region": REGION}, mocks)
    return mocks.found


@pytest.fixture(scope="module")
def cloud() -> Rehearsal:
    return Rehearsal(REGION)


def errors(token: str, cloud: Rehearsal, inputs: Inputs) -> list[InputError]:
    create = RESOURCE_TYPES[token].create
    assert create
    return [*input_errors(create, cloud, "it", inputs, are_all=True)]


@pytest.mark.parametrize("token", RESOURCE_TYPES)
def test_what_the_emulator_creates_has_no_error(
    token: str, plain: Mapping[str, Inputs], cloud: Rehearsal
) -> None:
    assert errors(token, cloud, plain[token]) == []


@pytest.mark.proof
@pytest.mark.parametrize("token", RESOURCE_TYPES)
def test_no_value_of_an_argument_is_more_than_an_error_in_a_line(
    token: str, plain: Mapping[str, Inputs], cloud: Rehearsal
) -> None:
    for key in arguments(token):
        for value in VALUES:
            inputs = read_inputs({**plain[token], key: value})
            for error in errors(token, cloud, inputs):
                assert re.fullmatch(
                    r"the input \w[^\n]* (is [^\n]+[;:] |is missing; )[^\n]+", str(error)
                )


@pytest.mark.parametrize("token", RESOURCE_TYPES)
def test_a_resource_without_inputs_is_no_traceback(token: str, cloud: Rehearsal) -> None:
    assert all("is missing" in str(error) for error in errors(token, cloud, Inputs()))
