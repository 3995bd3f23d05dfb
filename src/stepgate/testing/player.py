"""Answers the calls of a run from a test's mocks."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from stepgate.asl.integration import parse_integration
from stepgate.asl.states import State
from stepgate.json_values import shown
from stepgate.suggestions import suggestion
from stepgate.testing.answer_shapes import (
    answer_problems,
    called_name,
    error_warning,
    example_answer,
)
from stepgate.testing.answers import Answer, Continues, Fails, Mocks, Returns, Runs
from stepgate.testing.machine import Machine, Unusable, make_machine

__tracebackhide__ = True  # pytest shows the test, and not what is in here

ITEM_READER = "ItemReader"


class MissingMock(LookupError):  # noqa: N818 - what is missing says more than `Error`
    """A Task is called, and the test has no answer for it."""


class UnlikeAWS(ValueError):  # noqa: N818 - it says what is wrong
    """A mock answers what AWS never does; one line for each difference."""


class UnknownError(UserWarning):
    """A mock fails with an error that AWS's model of the action does not have."""


@dataclass
class Player:
    """Answers the calls of one execution, each with the next answer of its state's mock.

    Attributes:
        warnings: a line for each error that AWS's model does not have.

    Raises:
        Unusable: a mock is for a state that calls nothing.
        UnlikeAWS: a mock answers what AWS never does.
    """

    machine: Machine
    mocks: Mocks
    warnings: list[str] = field(default_factory=list[str])
    _given: Counter[str] = field(default_factory=Counter[str])

    def __post_init__(self) -> None:
        if not isinstance(cast("object", self.mocks), Mapping):
            raise Unusable(
                f"mocks is {shown(self.mocks)}; write a dict of answers by the names of the states"
            )
        resources = {name: _resource(state) for name, state in self.machine.states.items()}
        problems = [*_mock_problems(self.mocks, resources)]
        if problems:
            raise Unusable("\n".join(f"{self.machine.name}: {line}" for line in problems))
        if wrong := [*_answers_unlike_aws(self.mocks, resources)]:
            raise UnlikeAWS("\n".join(f"{self.machine.name}: {line}" for line in wrong))
        self.warnings += [
            f"{self.machine.name}: {line}" for line in _unknown_errors(self.mocks, resources)
        ]

    def next_answer(self, state: str, resource: str, arguments: Any) -> Answer:
        """
        Raises:
            MissingMock: there is no answer, or none any more.
        """
        answers = self.mocks.get(state)
        number = self._given[state]
        self._given[state] += 1
        if isinstance(answers, Sequence) and number < len(answers):
            return answers[number]
        if answers is not None and not isinstance(answers, Sequence):
            return answers
        said = (
            "has no mock"
            if answers is None
            else f"is called {number + 1} times, and its mock has {number} answers"
        )
        call = json.dumps(arguments, ensure_ascii=False, indent=4)
        raise MissingMock(
            f"{self.machine.name}: state {shown(state)} {said}. It calls {called_name(resource)} "
            f"with\n{call}\nAnswer it in mocks, for example:\n"
            f"    {json.dumps(state, ensure_ascii=False)}: [{self._example(resource)}],"
        )

    def _example(self, resource: str) -> str:
        return example_answer(resource, json.dumps(self.machine.definition))


def run_machine(answer: Runs, arguments: Any) -> tuple[Machine, dict[str, Any]]:
    """The workflow that a call starts, and what the interpreter needs to run it.

    Raises:
        Unusable: it has no definition, or the input is not JSON.
    """
    machine = make_machine(answer.workflow, answer.values)
    given = cast("dict[str, Any]", arguments)
    input_: Any = given.get("Input", {})
    if isinstance(input_, str):
        try:
            input_ = json.loads(input_)
        except ValueError:
            raise Unusable(f"{machine.name}: the Input {shown(input_)} is not JSON") from None
    return machine, machine.request(input_, str(given.get("Name", "nested")))


def _resource(state: State) -> str | None:
    """What a state calls; None if it calls nothing."""
    reader = state.part(ITEM_READER)
    if reader is not None:
        return str(reader.get("Resource", ""))
    return state.resource or None


def _mock_problems(mocks: Mocks, resources: Mapping[str, str | None]) -> Iterator[str]:
    calling = [name for name, resource in resources.items() if resource]
    for name, given in mocks.items():
        if name not in resources:
            remedy = suggestion(name, calling, f"its Tasks are {', '.join(map(shown, calling))}")
            yield f"a mock is for the unknown state {shown(name)}; {remedy}"
        elif resources[name] is None:
            yield f"a mock is for the state {shown(name)}, which calls nothing; remove it"
        for answer in _answers(given):
            # Anything may be written there.
            if not isinstance(cast("object", answer), Answer):
                yield (
                    f"the mock of {shown(name)} has the answer {shown(answer)}; write returns(…), "
                    "fails(…), continues(…) or runs(…)"
                )


def _answers_unlike_aws(mocks: Mocks, resources: Mapping[str, str | None]) -> Iterator[str]:
    for place, resource, answer in _placed_answers(mocks, resources):
        for problem in _unlike_aws(resource, answer):
            yield f"{place}, {called_name(resource)}: {problem}"


def _unknown_errors(mocks: Mocks, resources: Mapping[str, str | None]) -> Iterator[str]:
    for place, resource, answer in _placed_answers(mocks, resources):
        if isinstance(answer, Fails) and (warning := error_warning(resource, answer.error)):
            yield f"{place}: {warning}"


def _placed_answers(
    mocks: Mocks, resources: Mapping[str, str | None]
) -> Iterator[tuple[str, str, Answer]]:
    """Each answer, with its place in words and what it answers."""
    for name, given in mocks.items():
        for number, answer in enumerate(_answers(given)):
            place = f"the mock of {shown(name)}"
            if isinstance(given, Sequence):
                place = f"answer {number + 1} of {place}"
            yield place, resources[name] or "", answer


def _unlike_aws(resource: str, answer: Answer) -> Iterator[str]:
    call = parse_integration(resource)
    is_continued = call is not None and (
        call.kind == "activity" or call.pattern == "waitForTaskToken"
    )
    match answer:
        case Returns() if is_continued:
            yield "it waits to be continued; write continues(…)"
        case Continues() if not is_continued:
            yield "it does not wait to be continued; write returns(…)"
        # What an ItemReader reads: no Task has these as optimized integrations.
        case Returns(value) if call and (call.kind, call.service) == ("optimized", "s3"):
            if not isinstance(value, list):
                yield f"it is {shown(value)}; write the list of items"
        case Returns(value, strict=True):
            yield from answer_problems(resource, value)
        case Runs() if not _starts_execution(resource):
            yield "it does not start an execution; write returns(…)"
        case _:
            pass


def _starts_execution(resource: str) -> bool:
    call = parse_integration(resource)
    return (
        call is not None
        and call.pattern != "waitForTaskToken"
        and call.action in ("startExecution", "startSyncExecution")
    )


def _answers(given: Answer | Sequence[Answer]) -> Sequence[Answer]:
    return given if isinstance(given, Sequence) else [given]
