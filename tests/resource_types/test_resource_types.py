"""The tables, and Pulumi's package for AWS that their tokens come from."""

import inspect
import re
from importlib import import_module

import pytest

from stepgate.resource_types import FUNCTIONS, RESOURCE_TYPES
from tests.resource_types.provider import arguments, type_of


@pytest.mark.parametrize("token", RESOURCE_TYPES)
def test_each_type_is_one_of_the_provider(token: str) -> None:
    assert type_of(token).pulumi_type == token


@pytest.mark.parametrize("token", RESOURCE_TYPES)
def test_what_replaces_a_resource_is_an_argument_of_its_type(token: str) -> None:
    replaces = RESOURCE_TYPES[token].replaces.split()
    assert {*replaces} <= {*arguments(token)}


@pytest.mark.parametrize("token", FUNCTIONS)
def test_each_function_is_one_of_the_provider(token: str) -> None:
    _, module, name = token.split(":")
    package = import_module(f"pulumi_aws.{module.partition('/')[0]}".removesuffix(".index"))
    function = getattr(package, re.sub("([A-Z])", r"_\1", name).lower())
    assert f"'{token}'" in inspect.getsource(function)
