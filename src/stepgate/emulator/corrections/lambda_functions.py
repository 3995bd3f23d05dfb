"""Lambda: functions run as processes of this machine, where LocalStack starts containers."""

from functools import cache

from localstack import config
from localstack.services.lambda_.invocation.plugins import DockerRuntimeExecutorPlugin


def apply() -> None:
    # As on AWS a function is Pending first; here the program goes on when it is Active.
    config.LAMBDA_SYNCHRONOUS_CREATE = True
    DockerRuntimeExecutorPlugin.load = lambda *_: process_executor()


@cache
def process_executor():
    """Made when Lambda is first called: importing its provider takes half a second."""
    from corrections import lambda_invocations  # noqa: PLC0415

    lambda_invocations.apply()
    return lambda_invocations.ProcessRuntimeExecutor
