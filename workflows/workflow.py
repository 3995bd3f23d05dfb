"""What a workflow is: data that every other part of the project is derived from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Definition: TypeAlias = dict[str, Any]
"""A state machine in the Amazon States Language: https://states-language.net/spec.html"""

Statement: TypeAlias = dict[str, Any]
"""One statement of an IAM policy."""


Mode: TypeAlias = Literal["sync", "async"]
"""Express behind a route that answers with the output, or Standard behind one that starts it."""


Progress: TypeAlias = Literal["off", "milestones", "states"]
"""Which states tell when they are entered."""


@dataclass(frozen=True)
class Values:
    """What only the program or a deployment knows, for definitions to use as plain values.

    A deployment calls a definition with the real ones, a check with `PLACEHOLDERS`.
    """

    partition: str
    region: str
    account_id: str
    instance_id: str
    instance_arn: str
    delay_seconds: int
    progress_queue_url: str


PLACEHOLDERS = Values(
    partition="aws",
    region="us-east-1",
    account_id="000000000000",
    instance_id="i-00000000000000000",
    instance_arn="arn:aws:ec2:us-east-1:000000000000:instance/i-00000000000000000",
    delay_seconds=1,
    progress_queue_url="https://sqs.us-east-1.amazonaws.com/000000000000/progress.fifo",
)


def no_resources(_: Values) -> Sequence[str]:
    """For a workflow whose definition names whatever it acts on."""
    return ()


def no_statements(_: Values) -> Sequence[Statement]:
    """For a workflow whose permissions all follow from its definition."""
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
        progress: which states tell when they are entered: none, those whose `Comment` starts with
            "milestone:", or all. With any but "off", the end of an execution is told too.
        resources: the ARNs that it may act on where only its input says on which one; its role
            is allowed each call on those that fit.
        statements: IAM statements that its role has beside those derived from the definition,
            for what the definition does not show, such as `kms:CreateGrant`.
    """

    name: str
    mode: Mode
    definition: Callable[[Values], Definition]
    errors: Mapping[str, int] = field(default_factory=dict[str, int])
    input_schema: Mapping[str, Any] | None = None
    progress: Progress = "off"
    resources: Callable[[Values], Sequence[str]] = no_resources
    statements: Callable[[Values], Sequence[Statement]] = no_statements
