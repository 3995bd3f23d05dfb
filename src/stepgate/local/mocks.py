"""The mocks of tests as answers on the local stack, for what cannot run there.

A Python file has them by the names of the workflows, as tests give them to `stepgate.testing.run`:

    MOCKS = {"checkout": {"Charge": returns({"Payload": {}})}}
"""

import json
import runpy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from stepgate.code_location import error_text
from stepgate.json_values import shown
from stepgate.local.errors import CommandError
from stepgate.suggestions import suggestion
from stepgate.testing.answers import Answer, Fails, Runs
from stepgate.testing.answers import Mocks as StateMocks
from stepgate.testing.machine import Unusable, definition_machine
from stepgate.testing.player import Player, UnlikeAWS

EXAMPLE = 'MOCKS = {"checkout": {"Charge": returns({})}}'


@dataclass(frozen=True)
class Mocks:
    """Of all workflows, by their names."""

    workflows: Mapping[str, StateMocks]

    @property
    def text(self) -> str:
        """As JSON, by the names of the workflows."""
        return json.dumps({name: _by_state(states) for name, states in self.workflows.items()})

    def by_machine(self, apis: Sequence[Mapping[str, Any]]) -> str:
        """As the emulator reads it: by the ARNs of the state machines.

        Args:
            apis: the outputs of each API that is deployed.

        Raises:
            CommandError: a workflow or a state does not exist, or AWS never gives an answer.
        """
        definitions = {name: each for api in apis for name, each in api["definitions"].items()}
        arns = {name: arn for api in apis for name, arn in api["stateMachineArns"].items()}
        for workflow, mocks in self.workflows.items():
            if workflow not in definitions:
                remedy = suggestion(workflow, definitions, f"write {', '.join(definitions)}")
                raise CommandError(f"MOCKS has the unknown workflow {shown(workflow)}; {remedy}")
            try:
                Player(definition_machine(workflow, definitions[workflow]), mocks)
            except (UnlikeAWS, Unusable) as error:
                raise CommandError(str(error)) from None
        return json.dumps({arns[name]: _by_state(each) for name, each in self.workflows.items()})


def read_mocks(file: Path) -> Mocks:
    """
    Raises:
        CommandError: the file cannot be run, or has no such MOCKS.
    """
    if not file.is_file():
        raise CommandError(f"{file} does not exist; name a Python file with {EXAMPLE}")
    try:
        mocks = runpy.run_path(str(file)).get("MOCKS")
    except Exception as error:  # whatever a file of the user's may raise
        raise CommandError(f"{file}: {error_text(error)}") from None
    if not isinstance(mocks, dict) or not all(
        isinstance(states, dict) for states in cast("dict[str, Any]", mocks).values()
    ):
        raise CommandError(f"{file} has no MOCKS by workflow and state; write {EXAMPLE}")
    for workflow, states in cast("dict[str, dict[str, Any]]", mocks).items():
        for state, given in states.items():
            for answer in cast("list[Any]", given) if isinstance(given, list) else [given]:
                if not isinstance(answer, Answer) or isinstance(answer, Runs):
                    raise CommandError(
                        f"{file}: {workflow}, {state}: {shown(answer)} cannot answer on the "
                        "local stack; write returns(…), fails(…) or continues(…)"
                    )
    return Mocks(cast("Mapping[str, StateMocks]", mocks))


def _by_state(states: StateMocks) -> dict[str, Any]:
    return {state: _answers(given) for state, given in states.items()}


def _answers(given: Answer | Sequence[Answer]) -> Any:
    return [*map(_answer, given)] if isinstance(given, Sequence) else _answer(given)


def _answer(answer: Answer) -> dict[str, Any]:
    match answer:
        case Fails(error, cause, after):
            return {"error": error, "cause": cause, "after": after}
        case Runs():
            raise TypeError(answer)  # `read_mocks` has refused it
        case _:
            return {"output": answer.value, "after": answer.after}
