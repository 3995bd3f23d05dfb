"""A workflow made ready to be run."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, make_dataclass, replace
from functools import cached_property
from keyword import iskeyword
from pathlib import Path
from typing import Any, cast

from stepgate.asl.states import State, iter_states
from stepgate.asl.timeout import with_route_timeout
from stepgate.checks.workflow_fields import field_errors
from stepgate.compiled import compile_workflow
from stepgate.definitions import DefinitionError, make_definition
from stepgate.json_values import json_problems, shown
from stepgate.suggestions import suggestion
from stepgate.testing.interpreted import as_interpreted
from stepgate.workflow import Definition, StateMachineArns, Values, Workflow, located_name

__tracebackhide__ = True  # pytest shows the test, and not what is in here

INPUT_BYTES = 262_144
"""https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
EXECUTION = "test"
"""The name of a run's execution."""


class Unusable(ValueError):  # noqa: N818 - what is wrong says more than `Error`
    """What a test asks for cannot be run; one line for each reason."""


@dataclass(frozen=True)
class Machine:
    """
    Attributes:
        definition: as its author wrote it, with its route's timeout if it has none.
        has_route: whether a route is in front of it.
    """

    workflow: Workflow
    values: Values
    definition: Definition
    has_route: bool

    @cached_property
    def states(self) -> Mapping[str, State]:
        """All its states, nested ones too, by their names."""
        return {state.name: state for state in iter_states(self.definition)}

    @property
    def arn(self) -> str:
        return self._arn("stateMachine", self.workflow.name)

    def request(self, input_: Any, execution: str = EXECUTION) -> dict[str, Any]:
        """What the interpreter needs to run it.

        Raises:
            Unusable: the input is not JSON, or too large.
        """
        for problem in json_problems(input_):
            raise Unusable(f"{self.name}: the input is not JSON: {problem}")
        if (size := len(json.dumps(input_, ensure_ascii=False).encode())) > INPUT_BYTES:
            raise Unusable(
                f"{self.name}: the input has {size:,} bytes; Step Functions takes {INPUT_BYTES:,}"
            )
        kind = "execution" if self.workflow.mode == "async" else "express"
        return {
            "definition": json.dumps(as_interpreted(self.definition)),
            "type": "STANDARD" if self.workflow.mode == "async" else "EXPRESS",
            "name": self.workflow.name,
            "arn": self.arn,
            "account": self.values.account_id,
            "region": self.values.region,
            "input": input_,
            "execution": {
                "name": execution,
                "arn": self._arn(kind, f"{self.workflow.name}:{execution}"),
            },
        }

    @property
    def name(self) -> str:
        return located_name(self.workflow) if self.has_route else self.workflow.name

    def refusal(self, said: str) -> Unusable:
        """Why the interpreter does not read the definition: what the checks say, if they do."""
        errors = compile_workflow(self.workflow, self.values, self.workflow.name).errors
        refused = f"{self.name}: the interpreter cannot read its definition: {said}"
        return Unusable("\n".join([*map(str, errors), refused]))

    def _arn(self, kind: str, name: str) -> str:
        values = self.values
        return f"arn:{values.partition}:states:{values.region}:{values.account_id}:{kind}:{name}"


def make_machine(
    source: Workflow | Definition | str | os.PathLike[str], given: Mapping[str, Any]
) -> Machine:
    """The workflow with these values, and placeholders for the others.

    Args:
        source: a workflow, a definition, or the path of a file with one.
        given: values by their names.

    Raises:
        Unusable: it has no definition, or not these values.
    """
    if not isinstance(cast("object", given), Mapping):
        raise Unusable(f"values is {shown(given)}; write a dict of values by their names")
    workflow, has_route = _as_workflow(source, given)
    if errors := [*field_errors(workflow)]:
        raise Unusable("\n".join(map(str, errors)))
    values = _values(workflow, given)
    try:
        definition = make_definition(workflow, values)
    except DefinitionError as error:
        name = located_name(workflow) if has_route else workflow.name
        raise Unusable("\n".join(f"{name}: {line}" for line in error.lines)) from None
    seconds = workflow.route.timeout_seconds
    return Machine(
        workflow, values, with_route_timeout(definition, workflow.mode, seconds), has_route
    )


def definition_machine(name: str, definition: Mapping[str, Any]) -> Machine:
    """The machine of a definition that is already made."""
    made = dict(definition)
    return Machine(Workflow(name, "async", made), Values(), made, has_route=False)


def _as_workflow(
    source: Workflow | Definition | str | os.PathLike[str], given: Mapping[str, Any]
) -> tuple[Workflow, bool]:
    if isinstance(source, Workflow):
        return source, True
    # A definition alone has no class of values: it has those that are given.
    own = [name for name in given if name not in _COMMON]
    for name in own:
        if not name.isidentifier() or iskeyword(name):
            raise Unusable(f"values has {shown(name)}; use a name of letters, digits and _")
    # Their values come later: a list cannot be a default.
    fields_ = [(name, Any, None) for name in own]
    values = make_dataclass("Given", fields_, bases=(Values,), frozen=True, kw_only=True)
    is_file = isinstance(source, str | os.PathLike)
    name = Path(source).name.partition(".")[0] if is_file else "definition"
    return Workflow(name, "async", source, cast("type[Values]", values)), False


_COMMON = frozenset(field.name for field in fields(Values))


def _values(workflow: Workflow, given: Mapping[str, Any]) -> Values:
    known = [field.name for field in fields(workflow.values) if field.init]
    for name in given:
        if name not in known:
            remedy = suggestion(name, known, f"it has {', '.join(known)}")
            raise Unusable(f"{located_name(workflow)} has no value {shown(name)}; {remedy}")
    values = replace(workflow.values(), **given)
    if "state_machine_arns" in given:
        return values
    prefix = f"arn:{values.partition}:states:{values.region}:{values.account_id}:stateMachine"
    arns = StateMachineArns({name: f"{prefix}:{name}" for name in workflow.uses})
    return replace(values, state_machine_arns=arns)
