"""A deployed stack, and calls of its workflows."""

import json
import re
import uuid
from functools import partial
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from stepgate.errors import (
    IdempotencyKeyUsed,
    InputInvalid,
    NameInvalid,
    OutcomeUnknown,
    StepgateError,
    WorkflowFailed,
    WorkflowUnknown,
    WrongMode,
)
from stepgate.execution import Execution
from stepgate.history import Histories
from stepgate.instance import Instance
from stepgate.outputs import Outputs, Route, load_outputs, pulumi_outputs
from stepgate.patience import PATIENCE, Patience
from stepgate.schema import check_input
from stepgate.transport import (
    Outcome,
    Transport,
    document_of,
    failure,
    is_passing,
    may_have_started,
    problem_of,
    refusal,
    shown,
)

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")


class Stack:
    """A deployed stack, as its outputs tell it.

    Calls come to an end: each attempt and all attempts together take as long as `patience` says.
    It is a context manager; `close` closes its connections. Threads may share it.

    Attributes:
        routes: by the workflow's name.
        openapi: the API's OpenAPI document.
        definitions: each workflow in the Amazon States Language as its author wrote it, by its
            name; empty where the outputs have none.
        progress_queue_url: the queue of progress messages, if the stack has one.
        instance_id: the example's EC2 instance, if the stack has one.
        region: the AWS Region, such as `us-east-1`.
    """

    def __init__(self, outputs: Outputs, *, patience: Patience = PATIENCE) -> None:
        self.routes = outputs.routes
        self.openapi = outputs.openapi
        self.definitions = outputs.definitions
        self.progress_queue_url = outputs.progress_queue_url
        self.instance_id = outputs.instance_id
        self.region = outputs.region
        self._transport = Transport(outputs, patience)
        self._histories = Histories(outputs)
        self._instance = Instance(outputs)

    @classmethod
    def from_outputs(cls, path: str | Path, *, patience: Patience = PATIENCE) -> Self:
        """The stack whose outputs are in a file.

        Args:
            path: a file as `pulumi stack output --json --show-secrets` prints it.

        Raises:
            OutputsUnusable: it is missing, or holds something else.
            SecretHidden: it does not show the key that the routes ask for.
        """
        return cls(load_outputs(path), patience=patience)

    @classmethod
    def from_pulumi(
        cls, stack: str, folder: str | Path = ".", *, patience: Patience = PATIENCE
    ) -> Self:
        """The stack as the Pulumi CLI tells it, which has to be logged in.

        Args:
            stack: its name, such as `dev`.
            folder: the project's.

        Raises:
            PulumiFailed: the CLI is missing, or does not know the stack.
            OutputsUnusable: it is not a stack of Stepgate, or was not deployed yet.
        """
        return cls(pulumi_outputs(stack, folder), patience=patience)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        type_: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    def call(self, workflow: str, input: Any = None) -> Any:  # noqa: A002
        """The output of a synchronous workflow.

        The request is sent again only where the workflow cannot have run.

        Args:
            input: what JSON can hold; None is an empty object.

        Raises:
            WorkflowFailed: the workflow ran and failed.
            InputInvalid: the input breaks the schema; nothing was sent.
            OutcomeUnknown: it is not known whether the workflow ran.
            RequestFailed, NoAnswer, CredentialsUnusable: it did not run.
            WorkflowUnknown, WrongMode: it cannot be called.
        """
        route = self._route(workflow, "sync")
        body = self._body(route, input)
        *_, last = self._transport.send("POST", route.url, _cannot_have_run, content=body)
        if isinstance(last, httpx.Response):
            if last.status_code == HTTPStatus.OK:
                try:
                    return document_of(last)
                except ValueError:
                    pass
            elif ran := problem_of(last).execution:
                raise refusal(WorkflowFailed, last, f"{workflow} has failed in execution {ran}")
        if may_have_started(last):
            raise OutcomeUnknown(
                f"{shown(last)}; it is not known whether {workflow} ran; look before you call it "
                "again",
                execution=None,
            )
        raise failure(last)

    def start(
        self,
        workflow: str,
        input: Any = None,  # noqa: A002
        *,
        idempotency_key: str | None = None,
    ) -> Execution:
        """Starts an asynchronous workflow, once, however often the request has to be sent.

        Args:
            input: what JSON can hold; None is an empty object.
            idempotency_key: 1 to 80 of `A-Z a-z 0-9 _ -`, hard to guess. It becomes the
                execution's name, and with the same input gives the same execution while that
                runs. By default each start has a new one.

        Raises:
            IdempotencyKeyUsed: the key's execution has another input, or has ended.
            InputInvalid, NameInvalid: the input breaks the schema, or the key is of another form;
                nothing was sent.
            OutcomeUnknown: it is not known whether an execution was started; under its name it
                can be looked for.
            RequestFailed, NoAnswer, CredentialsUnusable: none was started.
            WorkflowUnknown, WrongMode: it cannot be started.
        """
        route = self._route(workflow, "async")
        body = self._body(route, input)
        key = str(uuid.uuid4()) if idempotency_key is None else _checked(idempotency_key)
        *earlier, last = self._transport.send(
            "POST", route.url, is_passing, content=body, headers={"Idempotency-Key": key}
        )
        execution = self._execution(route, key, started_here=True)
        may_run = any(may_have_started(outcome) for outcome in earlier)
        if isinstance(last, httpx.Response) and last.status_code == HTTPStatus.ACCEPTED:
            if (named := problem_of(last).execution) == key:
                return execution
            raise OutcomeUnknown(
                f"{shown(last)}; that is not execution {key}, so the Idempotency-Key has not come "
                f"through, and each attempt may have started one: look for {named or key}, and at "
                "what is between",
                execution=named or key,
            )
        if isinstance(last, httpx.Response) and _is_taken(last):
            # Nobody else knows the client's own key. With the caller's, an earlier attempt may
            # have started an execution that has ended since.
            if idempotency_key is None or (may_run and _has_input(execution, body)):
                return execution
            raise refusal(
                IdempotencyKeyUsed, last, "take a new key, or look at the execution of this one"
            )
        if may_run or may_have_started(last):
            cause = last if isinstance(last, StepgateError) else None
            raise _unknown(execution, shown(last)) from cause
        raise failure(last)

    def execution(self, workflow: str, name: str, *, just_started: bool = False) -> Execution:
        """An execution that was started before; whether there is one, its `status` tells.

        Args:
            just_started: it may be so new that the status route does not know it yet, and is asked
                again, as for one that `start` gives.

        Raises:
            NameInvalid: no execution is called so.
            WorkflowUnknown, WrongMode: the stack has no such asynchronous workflow.
        """
        route = self._route(workflow, "async")
        return self._execution(route, _checked(name), started_here=just_started)

    def instance_state(self) -> str:
        """The state of the example's EC2 instance, such as `running`.

        It is read from EC2, with AWS credentials that may `ec2:DescribeInstances`.

        Raises:
            InstanceUnreadable: the stack has none, or AWS does not tell.
        """
        return self._instance.state()

    def check_input(self, workflow: str, input: Any) -> None:  # noqa: A002
        """Checks an input as `call` and `start` do before they send it.

        Raises:
            InputInvalid: it is no JSON, or breaks the workflow's schema.
            WorkflowUnknown: the stack has no such workflow.
        """
        self._body(self._route(workflow), input)

    def _route(self, workflow: str, mode: str | None = None) -> Route:
        route = self.routes.get(workflow)
        if route is None:
            known = ", ".join(sorted(self.routes)) or "no workflow"
            raise WorkflowUnknown(f"there is no workflow {workflow!r}; the stack has {known}")
        if mode and route.mode != mode:
            what = {"sync": "synchronous: call it", "async": "asynchronous: start it"}[route.mode]
            raise WrongMode(f"{workflow} is {what}")
        return route

    def _body(self, route: Route, value: Any) -> bytes:
        try:
            text = json.dumps({} if value is None else value, ensure_ascii=False, allow_nan=False)
            body = text.encode()
        except (RecursionError, TypeError, ValueError) as error:
            raise InputInvalid(route.name, "", f"is no JSON: {error}") from None
        if route.schema is not None:
            # What is checked is what is sent: a tuple is an array there, a number no key.
            check_input(route.name, json.loads(text), route.schema, self.openapi)
        return body

    def _execution(self, route: Route, name: str, *, started_here: bool) -> Execution:
        return Execution(
            route.name,
            name,
            str(route.execution_url).replace("{execution}", name),
            self._transport,
            partial(self._histories.states, route.name),
            started_here=started_here,
        )


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise NameInvalid(
            f"{name!r} is no name of an execution; it has 1 to 80 letters, digits, dashes and "
            "underscores"
        )
    return name


def _cannot_have_run(outcome: Outcome) -> bool:
    """Whether a request may be sent again that is not idempotent."""
    if not isinstance(outcome, httpx.Response):
        return is_passing(outcome) and not may_have_started(outcome)
    # A workflow may answer 429 itself.
    throttled = outcome.status_code == HTTPStatus.TOO_MANY_REQUESTS
    return throttled and not problem_of(outcome).execution


def _is_taken(answer: httpx.Response) -> bool:
    is_conflict = answer.status_code == HTTPStatus.CONFLICT
    return is_conflict and problem_of(answer).error == "ExecutionAlreadyExists"


def _has_input(execution: Execution, body: bytes) -> bool:
    """
    Raises:
        OutcomeUnknown: the status route does not tell.
    """
    try:
        found = execution.status().input
    except StepgateError as error:
        raise _unknown(execution, str(error)) from error
    # As text, for in Python 1 equals True.
    return _canonical(found) == _canonical(json.loads(body))


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _unknown(execution: Execution, said: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{said}; it is not known whether {execution.workflow} was started: look for "
        f"{execution.name}, and only if there is none start it again with that as idempotency key",
        execution=execution.name,
    )
