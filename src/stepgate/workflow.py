"""What a workflow is: data that every other part of the project is derived from."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from stepgate.code_location import called_from
from stepgate.events.event import Event
from stepgate.json_values import shown
from stepgate.route import EXECUTION_VARIABLE, ITEM_VARIABLE, Route

Definition: TypeAlias = dict[str, Any]
"""A state machine in the Amazon States Language: https://states-language.net/spec.html"""

DefinitionSource: TypeAlias = Callable[[Any], Definition] | Definition | str | os.PathLike[str]
"""A function of the workflow's values, a definition, or the path of a file with one."""

Statement: TypeAlias = dict[str, Any]
"""One statement of an IAM policy."""


Mode: TypeAlias = Literal["sync", "async"]
"""Express behind a route that answers with the output, or Standard behind one that starts it."""


Progress: TypeAlias = Literal["off", "milestones", "states"]
"""Which states are reported when they are entered."""


class UnusedWorkflow(KeyError):  # noqa: N818 - what is wrong says more than `Error`
    """The ARN of a workflow's state machine is asked for, and it is not among the `uses`."""

    def __str__(self) -> str:
        name = self.args[0]
        return f"no state machine ARN of {name!r}; add {name!r} to the uses of the workflow"


class StateMachineArns(dict[str, str]):
    """The ARNs of the state machines that a workflow uses, by the names of their workflows.

    Raises:
        UnusedWorkflow: the name is not among the workflow's `uses`.
    """

    def __missing__(self, name: str) -> str:
        raise UnusedWorkflow(name)


@dataclass(frozen=True, kw_only=True)
class Values:
    """What only a deployment knows, for definitions to use as plain values.

    A workflow that needs more has a dataclass of its own, derived from this one. A field's default
    is the placeholder that checks use; it never reaches a deployment, which has to give each field
    that it adds:

        @dataclass(frozen=True)
        class ShopValues(Values):
            table_name: str = "orders"

    Attributes:
        partition: AWS's partition, such as `aws` or `aws-cn`.
        region: the Region, such as `eu-central-1`.
        account_id: the account, 12 digits.
        progress_queue_url: the queue of progress messages. Only a stack in which a workflow reports
            its progress has one.
        events_table_name: the table of events that executions wait for. Only a stack in which a
            workflow declares events has one.
        live_message_arn: the state machine that sends progress messages where executions can be
            followed live; otherwise empty.
        state_machine_arns: the ARNs of the state machines of the workflows that this one `uses`, by
            their names.
    """

    partition: str = "aws"
    region: str = "us-east-1"
    account_id: str = "000000000000"
    progress_queue_url: str = "https://sqs.us-east-1.amazonaws.com/000000000000/progress.fifo"
    events_table_name: str = "events"
    live_message_arn: str = ""
    state_machine_arns: Mapping[str, str] = field(default_factory=StateMachineArns)


def no_resources(_: Any) -> Sequence[str]:
    """For a workflow whose definition names whatever it acts on."""
    return ()


def no_statements(_: Any) -> Sequence[Statement]:
    """For a workflow whose permissions all follow from its definition."""
    return ()


@dataclass(frozen=True)
class Workflow:
    """A state machine and the route in front of it.

    Attributes:
        name: the default path of the route, and part of the name of every resource: a lower-case
            letter, then lower-case letters, digits and single dashes.
        mode: "sync" is an Express state machine whose route answers with the output; "async" a
            Standard one whose route answers with the execution that it has started.
        definition: the state machine: a function of `values`, a dict, or the path of a file in
            JSON or YAML, relative to the project's folder. In a dict and in a file, `${name}` is
            filled with the value of that name.
        values: the class of what the definition is made from, `Values` or one derived from it.
        errors: the workflow's own error names, each with the HTTP status that a synchronous
            route answers it with (400 to 599). Any other error is a 502. Callers see the cause
            only of these.
        input_schema: a JSON Schema of the body, or a Pydantic model. API Gateway checks the part
            that it supports, the client all of it.
        progress: which states are reported when they are entered: none ("off"), those whose
            `Comment` starts with "milestone:" ("milestones"), or all ("states"). Except with
            "off", the end of an execution is reported too.
        resources: a function of the values that returns the ARNs of the resources that the
            workflow may use where only its input names one. Its role allows each call on those
            of the matching type.
        statements: a function of the values that returns IAM statements that are added to those
            derived from the definition, such as one for `kms:CreateGrant`.
        route: the requests that run or start it. Default: `POST /{name}` with the body as the
            input.
        events: the events that an asynchronous workflow waits for, by their names: lower-case
            letters, digits and single dashes. Each has a route of its own. See `wait_for`.
        uses: the names of the workflows of the same WorkflowApi whose state machines it starts;
            `values.state_machine_arns` has their ARNs.
        description: what it does, for people and agents who call it; part of the API's OpenAPI
            document.
        declared_at: the file and the line where it is made, for errors.
    """

    name: str
    mode: Mode
    definition: DefinitionSource
    values: type[Values] = Values
    errors: Mapping[str, int] = field(default_factory=dict[str, int])
    input_schema: Mapping[str, Any] | type[Any] | None = None
    progress: Progress = "off"
    resources: Callable[[Any], Sequence[str]] = no_resources
    statements: Callable[[Any], Sequence[Statement]] = no_statements
    events: Mapping[str, Event] = field(default_factory=dict[str, Event])
    uses: Sequence[str] = ()
    route: Route = Route()  # noqa: RUF009 - it is frozen
    description: str = ""
    declared_at: str = field(init=False, repr=False, compare=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "declared_at", called_from())

    @property
    def path(self) -> str:
        """The path of its route."""
        return self.route.path or f"/{self.name}"

    @property
    def execution_path(self) -> str:
        """The path of its executions, if it is asynchronous."""
        return self.route.execution_path or f"{self.path.rstrip('/')}/{{{EXECUTION_VARIABLE}}}"

    @property
    def wait_path(self) -> str:
        """The path that answers when an execution has ended, if its route has one."""
        return f"{self.execution_path}/wait"

    @property
    def tickets_path(self) -> str:
        """The path of tickets for one of its executions, if it can be followed with them."""
        return f"{self.execution_path}/tickets"

    @property
    def events_path(self) -> str:
        """The path of the events of its executions, if it waits for some."""
        return f"{self.execution_path}/events"

    def event_path(self, event: str) -> str:
        """The path of one event; of one for each item of a Map, with `{item}`.

        Args:
            event: the event's name.
        """
        item = f"/{{{ITEM_VARIABLE}}}" if self.events[event].per_item else ""
        return f"{self.events_path}/{event}{item}"


def located_name(workflow: Workflow) -> str:
    """What an error about a workflow begins with: `workflow 'orders' (workflows/orders.py:12)`."""
    place = f" ({workflow.declared_at})" if workflow.declared_at else ""
    return f"workflow {shown(workflow.name)}{place}"
