"""The tables, and Pulumi's package for AWS that their tokens come from."""

import inspect
import re
from importlib import import_module
from keyword import iskeyword

import pytest

from stepgate.resource_types import FUNCTIONS, RESOURCE_TYPES


@pytest.mark.parametrize("token", RESOURCE_TYPES)
def test_each_type_is_one_of_the_provider(token: str) -> None:
    provider, module, kind = token.split(":")
    name = module.partition("/")[0]
    name += "_" if iskeyword(name) else ""
    package = import_module(f"pulumi_{provider}.{name}".removesuffix(".index"))
    assert getattr(package, kind).pulumi_type == token


@pytest.mark.parametrize("token", FUNCTIONS)
def test_each_function_is_one_of_the_provider(token: str) -> None:
    _, module, name = token.split(":")
    package = import_module(f"pulumi_aws.{module.partition('/')[0]}".removesuffix(".index"))
    function = getattr(package, re.sub("([A-Z])", r"_\1", name).lower())
    assert f"'{token}'" in inspect.getsource(function)
