"""Types of resources as Pulumi's packages have them."""

import sys
from collections.abc import Iterable
from importlib import import_module
from keyword import iskeyword
from typing import Any

from pulumi._types import input_type_py_to_pulumi_names


def type_of(token: str) -> Any:
    provider, module, kind = token.split(":")
    name = module.partition("/")[0]
    name += "_" if iskeyword(name) else ""
    return getattr(import_module(f"pulumi_{provider}.{name}".removesuffix(".index")), kind)


def arguments(token: str) -> Iterable[str]:
    """The inputs of a type, by the provider's names."""
    type_ = type_of(token)
    names = vars(sys.modules[type_.__module__])[f"{type_.__name__}Args"]
    return input_type_py_to_pulumi_names(names).values()
