"""What a workflow is: data that every other part of the project is derived from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Definition: TypeAlias = dict[str, Any]
"""A state machine in the Amazon States Language: https://states-language.net/spec.html"""

Statement: TypeAlias = dict[str, Any]
"""One statement of an IAM policy."""


@dataclass(frozen=True)
class Values:
    """What only the program or a deployment knows, for definitions to use as plain values.

    A deployment calls a definition with the real ones, a check with `PLACEHOLDERS`.
    """

    instance_id: str
    instance_arn: str
    delay_seconds: int


PLACEHOLDERS = Values(
    instance_id="i-00000000000000000",
    instance_arn="arn:aws:ec2:us-east-1:000000000000:instance/i-00000000000000000",
    delay_seconds=1,
)


def no_statements(_: Values) -> Sequence[Statement]:
    """The permissions of a workflow that calls nothing."""
    return ()


@dataclass(frozen=True)
class Workflow:
    """A state machine and the route in front of it.

    Attributes:
        name: the route's path, and part of the name of every resource: a lower-case letter,
            then lower-case letters, digits and single dashes.
        mode: "sync" is an Express state machine whose route answers with the output; "async" a
            Standard one whose route answers with the execution that it has started.
        definition: the state machine, as a function of what a deployment knows.
        errors: the workflow's own error names, each with the HTTP status that a synchronous
            route answers it with (400 to 599). Any other error is a 502.
        input_schema: JSON Schema of the input.
        progress: which states send a progress message: none, those whose `Comment` starts with
            "milestone:", or all.
        statements: what the state machine may do: the IAM statements of its role, but for
            logging, which the role has anyway.
    """

    name: str
    mode: Literal["sync", "async"]
    definition: Callable[[Values], Definition]
    errors: Mapping[str, int] = field(default_factory=dict[str, int])
    input_schema: Mapping[str, Any] | None = None
    progress: Literal["off", "milestones", "states"] = "off"
    statements: Callable[[Values], Sequence[Statement]] = no_statements
