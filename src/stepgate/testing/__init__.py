"""Tests of workflows: runs a state machine in milliseconds, with mocked answers.

A name is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stepgate.testing.answers import Answer, Mocks, continues, fails, returns, runs
    from stepgate.testing.execution import run
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
    "UnknownError",
    "UnlikeAWS",
    "Unusable",
    "continues",
    "fails",
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
    "UnknownError": "player",
    "UnlikeAWS": "player",
    "Unusable": "machine",
    "continues": "answers",
    "fails": "answers",
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
