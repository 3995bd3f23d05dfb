"""A deployed stack, and calls of its workflows."""

import json
import re
import uuid
from collections.abc import Callable, Generator
from datetime import datetime
from functools import cached_property, partial
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

import httpx

from stepgate.client.authentication import Token
from stepgate.client.errors import (
    IdempotencyKeyUsed,
    InvalidName,
    OutcomeUnknown,
    StepgateError,
    WorkflowFailed,
    WorkflowNotFound,
    WrongMode,
)
from stepgate.client.events import event_request
from stepgate.client.exchange import Exchange, send
from stepgate.client.execution import BaseExecution, Execution, ExecutionStatus
from stepgate.client.live_api import live_api
from stepgate.client.message import Message
from stepgate.client.outcome import (
    Outcome,
    describe_outcome,
    is_transient,
    may_have_started,
    read_json,
    read_problem,
    response_error,
    to_error,
)
from stepgate.client.outputs import (
    EXECUTION_NAME,
    IDEMPOTENCY_KEY,
    DeployedRoute,
    Outputs,
    load_outputs,
    load_pulumi_outputs,
)
from stepgate.client.retry_policy import DEFAULT_RETRY_POLICY, RetryPolicy
from stepgate.client.route_request import (
    NONE,
    Parameters,
    RouteRequest,
    fill_path,
    route_body,
    route_request,
)
from stepgate.client.transport import Transport
from stepgate.client.visited_state import VisitedState
from stepgate.suggestions import suggestion

if TYPE_CHECKING:
    from stepgate.client.aws import AwsService
    from stepgate.client.execution_log import ExecutionLog
    from stepgate.client.executions import ExecutionList, StandardMachine
    from stepgate.client.history import Histories
    from stepgate.client.recorded_outcome import RecordedOutcome

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_OTHER_MODE = {
    "sync": "synchronous; use call, which returns its output",
    "async": "asynchronous; use start, which returns its execution",
}

HttpTransport = TypeVar("HttpTransport", httpx.BaseTransport, httpx.AsyncBaseTransport)
AnyExecution = TypeVar("AnyExecution", bound=BaseExecution)


class BaseStack(Generic[HttpTransport, AnyExecution]):
    """What a stack is, and the exchanges that its methods carry out."""

    _new_execution: Callable[..., AnyExecution]

    def __init__(
        self,
        outputs: Outputs,
        *,
        retry_policy: RetryPolicy = DEFAULT_RETRY_POLICY,
        transport: HttpTransport | None = None,
        token: Token | None = None,
    ) -> None:
        self.routes = outputs.routes
        self.openapi = outputs.openapi
        self.definitions = outputs.definitions
        self.progress_queue_url = outputs.progress_queue_url
        self.region = outputs.region
        self._outputs = outputs
        self._retry_policy = retry_policy
        self._token = token
        self._open(transport)

    def _open(self, transport: HttpTransport | None) -> None:
        raise NotImplementedError

    @classmethod
    def from_outputs(
        cls,
        path: str | Path,
        *,
        api: str | None = None,
        retry_policy: RetryPolicy = DEFAULT_RETRY_POLICY,
        transport: HttpTransport | None = None,
        token: Token | None = None,
    ) -> Self:
        """The stack whose outputs are in a file.

        Args:
            path: a file with what `pulumi stack output --json --show-secrets` prints.
            api: the output that holds the API's outputs, for a program that exports them under a
                name. None reads them at the top.
            retry_policy: how long requests may take, and how often they are repeated.
            transport: what carries requests instead of the network, for an app's own tests; for
                example `httpx.MockTransport`.
            token: what routes with Cognito, Jwt or LambdaAuthorizer require, or a function that
                returns the current one. It is called for each attempt, from any thread.

        Raises:
            OutputsUnusable: the file is missing, or holds something else.
            SecretHidden: the file does not show the key that the routes require.
        """
        outputs = load_outputs(path, api)
        return cls(outputs, retry_policy=retry_policy, transport=transport, token=token)

    @classmethod
    def from_pulumi(
        cls,
        stack: str,
        folder: str | Path = ".",
        *,
        api: str | None = None,
        retry_policy: RetryPolicy = DEFAULT_RETRY_POLICY,
        transport: HttpTransport | None = None,
        token: Token | None = None,
    ) -> Self:
        """The stack whose outputs the Pulumi CLI prints. The CLI has to be logged in.

        Args:
            stack: its name, for example `dev`.
            folder: the Pulumi project's folder.
            api: as for `from_outputs`.
            retry_policy: as for `from_outputs`.
            transport: as for `from_outputs`.
            token: as for `from_outputs`.

        Raises:
            PulumiFailed: the CLI is missing, or does not know the stack.
            OutputsUnusable: it is not a stack of Stepgate, or is not deployed yet.
        """
        outputs = load_pulumi_outputs(stack, folder, api)
        return cls(outputs, retry_policy=retry_policy, transport=transport, token=token)

    def execution(
        self, workflow: str, name: str, *, just_started: bool = False, path: Parameters = NONE
    ) -> AnyExecution:
        """An execution that was started before. Its `status` shows whether it exists.

        Args:
            workflow: the workflow's name.
            name: the execution's name.
            path: the parameters of the route's path, as for `call`.
            just_started: it may be so new that the status route returns 404 at first. Such
                requests are retried, as for an execution that `start` returns.

        Raises:
            InvalidName: the name is not a valid execution name.
            WorkflowNotFound, WrongMode: there is no such asynchronous workflow.
        """
        route = self._route(workflow, "async")
        return self._execution(route, _valid_name(name), path, just_started=just_started)

    def validate_input(self, workflow: str, input: Any) -> None:  # noqa: A002
        """Validates an input, as `call` and `start` do before they send it; parameters are not.

        Args:
            workflow: the workflow's name.
            input: what would be the body.

        Raises:
            InvalidInput: it is not a JSON value, or does not match the schema.
            WorkflowNotFound: there is no such workflow.
        """
        route_body(self._route(workflow), self.openapi, input)

    def call_exchange(
        self,
        workflow: str,
        input_: Any,
        *,
        path: Parameters,
        query: Parameters,
        headers: Parameters,
        name: str | None,
    ) -> Exchange[Any]:
        route = self._route(workflow, "sync")
        request = route_request(
            route, self.openapi, input_, path=path, query=query, headers=headers
        )
        # No attempt is made behind one that may have run, so all may have the same name.
        if name is not None:
            _valid_name(name)
        name = (name or str(uuid.uuid4())) if route.takes_name else None
        if name:
            request.headers[EXECUTION_NAME] = name
        try:
            *_, last = yield from self._send(request, _cannot_have_run)
        except BaseException as error:  # Ctrl-C, or a task that is cancelled
            look = f"; look for its execution {name}" if name else ""
            error.add_note(f"{workflow} may have run, or may still be running{look}")
            raise
        if isinstance(last, httpx.Response):
            if last.status_code == route.status:
                try:
                    return read_json(last)
                except ValueError:
                    pass
            elif ran := read_problem(last).execution:
                raise response_error(WorkflowFailed, last, f"{workflow} failed in execution {ran}")
        if may_have_started(last):
            if isinstance(last, httpx.Response):
                name = last.headers.get(EXECUTION_NAME, name)
            look = f"look for its execution {name}" if name else "check"
            raise OutcomeUnknown(
                f"{describe_outcome(last)}; it is not known whether {workflow} ran; {look} before "
                "you call it again",
                execution=name,
            )
        raise to_error(last)

    def start_exchange(
        self,
        workflow: str,
        input_: Any,
        *,
        path: Parameters,
        query: Parameters,
        headers: Parameters,
        idempotency_key: str | None,
    ) -> Exchange[AnyExecution]:
        route = self._route(workflow, "async")
        request = route_request(
            route, self.openapi, input_, path=path, query=query, headers=headers
        )
        key = uuid.uuid4().hex if idempotency_key is None else _valid_name(idempotency_key)
        request.headers[IDEMPOTENCY_KEY] = key
        try:
            *earlier, last = yield from self._send(request, is_transient)
        except BaseException as error:  # Ctrl-C, or a task that is cancelled
            error.add_note(f"{workflow} may have been started; look for execution {key}")
            raise
        execution = self._execution(route, key, path, just_started=True)
        may_run = any(may_have_started(outcome) for outcome in earlier)
        if isinstance(last, httpx.Response) and last.status_code == HTTPStatus.ACCEPTED:
            if (named := read_problem(last).execution) == key:
                execution.arn = read_json(last).get("executionArn")
                return execution
            raise OutcomeUnknown(
                f"{describe_outcome(last)}; this is not execution {key}, so the header "
                "Idempotency-Key was lost and each attempt may have started an execution: look for "
                f"{named or key}, and check whether a proxy removes the header",
                execution=named or key,
            )
        if isinstance(last, httpx.Response) and _is_taken(last):
            # A key that the client made is known to no other caller. With the caller's key, an
            # earlier attempt may have started an execution that has ended since.
            if idempotency_key is None or (may_run and (yield from _has_input(execution, request))):
                return execution
            raise response_error(
                IdempotencyKeyUsed,
                last,
                "use a new key, or read its execution's status",
            )
        if may_run or may_have_started(last):
            cause = last if isinstance(last, StepgateError) else None
            raise _outcome_unknown(execution, describe_outcome(last)) from cause
        raise to_error(last)

    def executions_exchange(
        self,
        workflow: str | None,
        status: ExecutionStatus | None,
        since: datetime | None,
        limit: int,
        error: str | None,
    ) -> Exchange["ExecutionList"]:
        from stepgate.client.executions import (  # noqa: PLC0415 - botocore loads slowly
            ExecutionFilter,
            list_exchange,
        )

        wanted = ExecutionFilter(status, since, limit, error)
        return (yield from list_exchange(*self._recorded(workflow), wanted))

    def outcome_exchange(
        self, name: str, workflow: str | None, since: datetime | None, until: datetime | None
    ) -> Exchange["RecordedOutcome"]:
        from stepgate.client.recorded_outcome import outcome_exchange  # noqa: PLC0415

        machines, logs = self._recorded(workflow)
        return (
            yield from outcome_exchange(
                machines, logs, _valid_name(name), since, until, histories=self.histories
            )
        )

    def _recorded(self, workflow: str | None) -> "tuple[list[StandardMachine], list[ExecutionLog]]":
        """What has recorded the executions of a workflow, or of all."""
        from stepgate.client.execution_log import ExecutionLog  # noqa: PLC0415

        routes = [*self.routes.values()] if workflow is None else [self._route(workflow)]
        outputs = self._outputs
        machines = [self.machine(route.name) for route in routes if route.mode == "async"]
        logs = [
            ExecutionLog(self._logs, name, outputs.state_machine_arn(name), outputs.log_group(name))
            for name in (route.name for route in routes if route.mode == "sync")
        ]
        return machines, logs

    def machine(self, workflow: str) -> "StandardMachine":
        """The state machine of an asynchronous workflow.

        Args:
            workflow: the workflow's name.

        Raises:
            OutputsUnusable: the outputs do not have it.
            WorkflowNotFound, WrongMode: there is no such asynchronous workflow.
        """
        from stepgate.client.executions import StandardMachine  # noqa: PLC0415

        name = self._route(workflow, "async").name
        return StandardMachine(self._step_functions, name, self._outputs.state_machine_arn(name))

    def _route(self, workflow: str, mode: str | None = None) -> DeployedRoute:
        route = self.routes.get(workflow)
        if route is None:
            known = ", ".join(sorted(self.routes)) or "no workflows"
            cure = suggestion(workflow, self.routes, f"the stack has {known}")
            raise WorkflowNotFound(f"unknown workflow {workflow!r}; {cure}")
        if mode and route.mode != mode:
            hint = _OTHER_MODE[route.mode]
            raise WrongMode(f"{workflow} is {hint}")
        return route

    def _send(
        self, request: RouteRequest, is_transient: Callable[[Outcome], bool]
    ) -> Exchange[list[Outcome]]:
        return send(
            self._retry_policy,
            request.method,
            request.url,
            is_transient,
            content=request.content,
            headers=request.headers,
        )

    def _execution(
        self, route: DeployedRoute, name: str, path: Parameters, *, just_started: bool
    ) -> AnyExecution:
        def url_of(template: str) -> str:
            return fill_path(route, template, path).replace("{execution}", name)

        def other(name: str) -> AnyExecution:
            return self._execution(route, name, path, just_started=True)

        return self._new_execution(
            route.name,
            name,
            url_of(str(route.execution_url)),
            self._retry_policy,
            partial(self._visited_states, route.name),
            event_request=partial(event_request, route, self.openapi),
            machine=partial(self.machine, route.name),
            live=partial(live_api, self._outputs, self._token),
            other=other,
            just_started=just_started,
            wait_url=url_of(route.wait_url) if route.wait_url else None,
        )

    def _visited_states(
        self, workflow: str, arn: str, *, version: int | None, with_data: bool
    ) -> list[VisitedState]:
        return self.histories.states(workflow, arn, version=version, with_data=with_data)

    @cached_property
    def histories(self) -> "Histories":
        """The histories of its asynchronous executions."""
        from stepgate.client.history import Histories  # noqa: PLC0415 - botocore loads slowly

        return Histories(self._outputs, self._step_functions)

    @cached_property
    def _step_functions(self) -> "AwsService":
        from stepgate.client.aws import AwsService  # noqa: PLC0415 - botocore loads slowly

        return AwsService("stepfunctions", self._outputs)

    @cached_property
    def _logs(self) -> "AwsService":
        from stepgate.client.aws import AwsService  # noqa: PLC0415 - botocore loads slowly

        return AwsService("logs", self._outputs)


class Stack(BaseStack[httpx.BaseTransport, Execution]):
    """A deployed stack, known by its outputs.

    Every method ends: `retry_policy` limits each attempt and all attempts together. A stack is a
    context manager; `close` closes its connections. Threads may share it.

    Attributes:
        routes: by the workflow's name.
        openapi: the API's OpenAPI document.
        definitions: each workflow in the Amazon States Language as its author wrote it, by the
            workflow's name; empty if the outputs have none.
        progress_queue_url: the queue of progress messages; None if no workflow sends any.
        region: the AWS Region, for example `us-east-1`.
    """

    def _open(self, transport: httpx.BaseTransport | None) -> None:
        self._transport = Transport(self._outputs, transport, self._token)
        self._new_execution = partial(Execution, self._transport)

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
        """Closes its connections."""
        self._transport.close()

    def call(
        self,
        workflow: str,
        input: Any = None,  # noqa: A002
        *,
        path: Parameters = NONE,
        query: Parameters = NONE,
        headers: Parameters = NONE,
        name: str | None = None,
    ) -> Any:
        """The output of a synchronous workflow.

        The request is retried only if the workflow cannot have run.

        Args:
            workflow: the workflow's name.
            input: the body, a JSON value; None is an empty object, or no body where the route
                takes none.
            path: the parameters in the route's path by name; all are required.
            query: those in the query string; None leaves one out.
            headers: those in headers; None leaves one out.
            name: the execution's name, by which `outcome` finds it. By default each call has a new
                one. A stack that an early version has deployed names its executions itself.

        Raises:
            WorkflowFailed: the workflow ran and failed.
            InvalidInput: the input does not match the schema, or a parameter is unknown or
                missing; nothing was sent.
            InvalidName: the name is not a valid execution name; nothing was sent.
            OutcomeUnknown: it is not known whether the workflow ran.
            RequestFailed, NoResponse, CredentialsUnusable: it did not run.
            WorkflowNotFound, WrongMode: there is no such synchronous workflow.
        """
        exchange = self.call_exchange(
            workflow, input, path=path, query=query, headers=headers, name=name
        )
        return self._transport.run(exchange)

    def start(
        self,
        workflow: str,
        input: Any = None,  # noqa: A002
        *,
        idempotency_key: str | None = None,
        path: Parameters = NONE,
        query: Parameters = NONE,
        headers: Parameters = NONE,
    ) -> Execution:
        """Starts an asynchronous workflow, once, even if the request has to be retried.

        Args:
            workflow: the workflow's name.
            input: as for `call`.
            path: as for `call`.
            query: as for `call`.
            headers: as for `call`.
            idempotency_key: 1 to 80 of `A-Z a-z 0-9 _ -`, hard to guess. It becomes the
                execution's name. The same key and input return the same execution while it runs.
                By default each start has a new key.

        Raises:
            IdempotencyKeyUsed: the key's execution has another input, or has ended.
            InvalidInput, InvalidName: the input does not match the schema, or the key has another
                form; nothing was sent.
            OutcomeUnknown: it is not known whether an execution was started; look for its name.
            RequestFailed, NoResponse, CredentialsUnusable: none was started.
            WorkflowNotFound, WrongMode: there is no such asynchronous workflow.
        """
        exchange = self.start_exchange(
            workflow,
            input,
            path=path,
            query=query,
            headers=headers,
            idempotency_key=idempotency_key,
        )
        return self._transport.run(exchange)

    def follow(
        self, workflow: str, execution: str, *, path: Parameters = NONE, after: int | None = 0
    ) -> Generator[Message]:
        """The messages of an execution that was started before; see `Execution.follow`.

        Args:
            workflow: the workflow's name.
            execution: its name.
            path: the parameters of the route's path, as for `call`.
            after: as for `Execution.follow`, which raises the errors, too.

        Raises:
            InvalidName: the name is not a valid execution name.
            WorkflowNotFound, WrongMode: there is no such asynchronous workflow.
        """
        return self.execution(workflow, execution, path=path).follow(after=after)

    def executions(
        self,
        workflow: str | None = None,
        *,
        status: ExecutionStatus | None = None,
        since: datetime | None = None,
        limit: int = 100,
        error: str | None = None,
    ) -> "ExecutionList":
        """The newest executions, the newest first.

        They are not read from a route, but with the AWS credentials of the caller. Those of
        asynchronous workflows need `states:ListExecutions`, of which an account has 2 to 5 a
        second; a list of many pages or workflows is read at 2 a second. Those of synchronous
        workflows are read from their logs, which need `logs:FilterLogEvents` and may be late or
        incomplete.

        Args:
            workflow: None lists those of all workflows.
            status: only executions with this status.
            since: only executions that were started then or later; without a time zone it is local
                time.
            limit: the most executions that are fetched, at least 1.
            error: only those of the fetched executions that have failed with this error. Each one
                that has failed is described, which needs `states:DescribeExecution`.

        Raises:
            AwsAccessDenied: there are no AWS credentials, or they lack the permission. In a list of
                all workflows, `problems` has it unless it concerns all of them.
            AwsRequestFailed: AWS did not answer, or there is no such log group; the same holds.
            OutputsUnusable: the outputs lack the state machine or the log group; deploy again.
            WorkflowNotFound: there is no such workflow.
        """
        exchange = self.executions_exchange(workflow, status, since, limit, error)
        return self._transport.run(exchange)

    def outcome(
        self,
        name: str,
        workflow: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> "RecordedOutcome":
        """What AWS has recorded of an execution, for example after an `OutcomeUnknown`.

        It is not read from a route. Of a call the AWS credentials need `logs:FilterLogEvents`, of
        an asynchronous workflow `states:DescribeExecution`, `states:GetExecutionHistory` and, for
        the definition that it was started with, `states:DescribeStateMachineForExecution`.

        Args:
            name: the execution's name, as in `OutcomeUnknown.execution`.
            workflow: None looks at those of all workflows.
            since: when a call was made at the earliest; None searches the last 90 days, if the logs
                are kept so long. Clocks may differ by 5 minutes.
            until: when it was made at the latest; None is now. A log is searched backwards, at most
                100 pages of 1 MB of all logs together, so both help to find an old call; see
                `RecordedOutcome.is_cut_off`.

        Raises:
            AwsAccessDenied, AwsRequestFailed, OutputsUnusable: as `executions`.
            HistoryUnavailable: the credentials may not read histories.
            InvalidName: the name is not a valid execution name.
            WorkflowNotFound: there is no such workflow.
        """
        return self._transport.run(self.outcome_exchange(name, workflow, since, until))


def _valid_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidName(
            f'{name!r} is not a valid execution name: use 1 to 80 letters, digits, "-" or "_"'
        )
    return name


def _cannot_have_run(outcome: Outcome) -> bool:
    """Whether a retry is safe although the request is not idempotent."""
    if not isinstance(outcome, httpx.Response):
        return is_transient(outcome) and not may_have_started(outcome)
    # A workflow itself may respond with 429.
    throttled = outcome.status_code == HTTPStatus.TOO_MANY_REQUESTS
    return throttled and not read_problem(outcome).execution


def _is_taken(response: httpx.Response) -> bool:
    is_conflict = response.status_code == HTTPStatus.CONFLICT
    return is_conflict and read_problem(response).error == "ExecutionAlreadyExists"


def _has_input(execution: BaseExecution, request: RouteRequest) -> Exchange[bool]:
    """Whether the execution's input is the request's body, as it is unless the route makes another.

    Raises:
        OutcomeUnknown: its status cannot be read.
    """
    try:
        found = (yield from execution.status_exchange()).input
    except StepgateError as error:
        raise _outcome_unknown(execution, str(error)) from error
    # As text, because 1 equals True in Python.
    return _canonical(found) == _canonical(json.loads(request.content or b"{}"))


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _outcome_unknown(execution: BaseExecution, reason: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{reason}; it is not known whether {execution.workflow} was started: look for "
        f"{execution.name}, and if it does not exist, start it again with that idempotency key",
        execution=execution.name,
    )
