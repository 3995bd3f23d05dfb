"""Tests of workflows: runs a state machine in milliseconds, with mocked answers.

A name is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stepgate.testing.answers import Answer, Mocks, continues, fails, returns, runs
    from stepgate.testing.endings import UndeclaredEnd, check_always_ends
    from stepgate.testing.execution import run
    from stepgate.testing.input_strategy import inputs
    from stepgate.testing.interpreter import InterpreterFailed
    from stepgate.testing.machine import Unusable
    from stepgate.testing.player import MissingMock, UnknownError, UnlikeAWS
    from stepgate.testing.result import Call, HttpAnswer, Result

__all__ = [
    "Answer",
    "Call",
    "HttpAnswer",
    "InterpreterFailed",
    "MissingMock",
    "Mocks",
    "Result",
    "UndeclaredEnd",
    "UnknownError",
    "UnlikeAWS",
    "Unusable",
    "check_always_ends",
    "continues",
    "fails",
    "inputs",
    "returns",
    "run",
    "runs",
]

_MODULES = {
    "Answer": "answers",
    "Call": "result",
    "HttpAnswer": "result",
    "InterpreterFailed": "interpreter",
    "MissingMock": "player",
    "Mocks": "answers",
    "Result": "result",
    "UndeclaredEnd": "endings",
    "UnknownError": "player",
    "UnlikeAWS": "player",
    "Unusable": "machine",
    "check_always_ends": "endings",
    "continues": "answers",
    "fails": "answers",
    "inputs": "input_strategy",
    "returns": "answers",
    "run": "execution",
    "runs": "answers",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"stepgate.testing.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
