"""Step Functions: the clients of Task states, their tokens, and the names of errors."""

import functools
import json
import re

from botocore.config import Config
from localstack.aws.api.stepfunctions import ExecutionStatus, InvalidOutput, TaskTimedOut
from localstack.aws.connect import ClientFactory
from localstack.services.stepfunctions.asl.component.state.state_execution import execute_state
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.state_task_service_aws_sdk import (  # noqa: E501
    StateTaskServiceAwsSdk,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.state_task_service_callback import (  # noqa: E501
    ResourceCondition,
    StateTaskServiceCallback,
)
from localstack.services.stepfunctions.asl.eval.environment import Environment
from localstack.services.stepfunctions.asl.utils import boto_client
from localstack.services.stepfunctions.backend.execution_worker import ExecutionWorker
from localstack.services.stepfunctions.provider import StepFunctionsProvider
from localstack.utils.aws.client_types import ServicePrincipal
from localstack.utils.patch import patch


def apply() -> None:
    # The host of StartSyncExecution begins with `sync-` on AWS; the emulator has one host.
    boto_client._BOTO_CLIENT_CONFIG = boto_client._BOTO_CLIENT_CONFIG.merge(
        Config(inject_host_prefix=False)
    )
    patch(ClientFactory.with_assumed_role)(clients_of_role)
    StateTaskServiceCallback._evaluate_with_timeout = issue_token
    patch(Environment.set_stop)(end_waiting)
    patch(Environment.set_timed_out)(end_waiting)
    patch(Environment.set_error)(end_once)
    patch(ExecutionWorker.__init__)(have_environment)
    patch(StepFunctionsProvider.send_task_success)(take_token_once)
    patch(StepFunctionsProvider.send_task_success)(refuse_invalid_output)
    patch(StepFunctionsProvider.send_task_failure)(take_token_once)
    patch(StepFunctionsProvider.send_task_heartbeat)(take_token_once)
    StateTaskServiceAwsSdk._normalise_service_error_name = staticmethod(
        functools.partial(
            service_name_of_java, StateTaskServiceAwsSdk._normalise_service_error_name
        )
    )


_clients = {}


class Clients:
    """One client for each service."""

    def __init__(self, factory):
        self.get_client = functools.cache(factory.get_client)


def clients_of_role(original, self, **how):
    """Made once for a state machine's role: what it may do is not enforced, and does not expire.

    The emulator would assume the role, and load the service's model, for each Task.
    """
    if how.get("service_principal") != ServicePrincipal.states:
        return original(self, **how)
    key = (how["role_arn"], how["region_name"])
    if key not in _clients:
        _clients[key] = Clients(original(self, **how))
    return _clients[key]


def issue_token(self, env):
    """Each attempt has a token of its own, which ends with it: so a retry waits again."""
    evaluate = execute_state.ExecutionState._evaluate_with_timeout
    if self.resource.condition != ResourceCondition.WaitForTaskToken:
        return evaluate(self, env)
    endpoint = env.callback_pool_manager.add(env.states.context_object.update_task_token())
    try:
        return evaluate(self, env)
    finally:
        endpoint.interrupt_all()


def end_waiting(original, self, *how, **named):
    """What is stopped, or takes longer than `TimeoutSeconds`, waits for no token any more.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
    """
    original(self, *how, **named)
    for endpoint in [*self.callback_pool_manager._pool.values()]:
        endpoint.interrupt_all()


def end_once(original, self, error):
    """What has been stopped fails no more by what the stop interrupts."""
    if self.is_running():
        original(self, error)


def take_token_once(original, self, context, **request):
    """`TaskTimedOut`: "The task token has either expired or the task associated with the token has
    already been closed."

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
    """
    for execution in [*self.get_store(context).executions.values()]:
        worker = execution.exec_worker
        endpoint = worker and worker.env.callback_pool_manager.get(request["task_token"])
        if endpoint and (
            execution.exec_status != ExecutionStatus.RUNNING or endpoint._notify_event.is_set()
        ):
            raise TaskTimedOut("Task Timed Out")
    return original(self, context, **request)


def have_environment(original, self, *how, **named):
    """A token is looked for in all executions, also in one whose thread has not begun."""
    original(self, *how, **named)
    self.env = self._get_evaluation_environment()


def refuse_invalid_output(original, self, context, **request):
    """`InvalidOutput`: "The provided JSON output data is not valid."

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
    """
    try:
        json.loads(request["output"])
    except ValueError:
        raise InvalidOutput(f"Invalid Output: '{request['output']}'") from None
    return original(self, context, **request)


def service_name_of_java(original, service_name):
    """`Ec2.Ec2Exception` is named by AWS's SDK for Java: of several capitals only the first is one.

    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    """
    return re.sub(r"[A-Z]{2,}(?=\d|$)", lambda m: m[0].capitalize(), original(service_name))
