"""Lambda: what happens to an invocation, from the limits of its payload to its line in the log."""

import contextlib
import functools
import importlib.util
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

from function_process import Ended, FunctionProcess
from interpreters import Interpreter, nearest_interpreter
from localstack.aws.api.lambda_ import InvalidRequestContentException, RequestTooLargeException
from localstack.aws.connect import connect_to
from localstack.services.lambda_.invocation import version_manager
from localstack.services.lambda_.invocation.assignment import AssignmentService
from localstack.services.lambda_.invocation.execution_environment import (
    ExecutionEnvironment,
    RuntimeStatus,
)
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.lambda_service import LambdaService
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor
from localstack.utils.patch import patch

RUNTIMES = Path(__file__).parent.parent / "runtimes"
INIT_SECONDS = 10
""" "The Init phase is limited to 10 seconds"; then it is tried again in the first invocation.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""
LARGEST = {"RequestResponse": 6 * 2**20, "Event": 2**20}
"""Bytes of a payload: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
LARGEST_ANSWER = 6 * 2**20 + 100
START_SECONDS = 0.1
"""How long an invocation waits for a busy process before it starts another one."""
BOTO3 = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
"""boto3 with what it needs: all that AWS's runtimes for Python have beside the standard library."""


def apply() -> None:
    patch(AssignmentService.get_environment)(prefer_warm_process)
    patch(ExecutionEnvironment.get_log_group_name)(configured_log_group)
    patch(LambdaService.invoke)(refuse_payload)
    version_manager.record_cw_metric_invocation = functools.partial(count, ["Invocations"])
    version_manager.record_cw_metric_error = functools.partial(count, ["Invocations", "Errors"])


_assigning = defaultdict(threading.Lock)


@contextlib.contextmanager
def prefer_warm_process(original, self, version, *how):
    """Each invocation waits a moment for a busy process, one invocation after the other.

    Without that a Map would start a process for each item, which takes longer than to wait.
    """
    with contextlib.ExitStack() as stack:
        with _assigning[version]:
            deadline = time.monotonic() + START_SECONDS
            while (found := [*self.environments[version].values()]) and not any(
                environment.status == RuntimeStatus.READY for environment in found
            ):
                if time.monotonic() > deadline:
                    break
                time.sleep(0.001)
            environment = stack.enter_context(original(self, version, *how))
        yield environment


def configured_log_group(original, self):
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html"""
    return self.function_version.config.logging_config.get("LogGroup") or original(self)


def refuse_payload(original, self, **request):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors"""
    payload, kind = request["payload"] or b"{}", request["invocation_type"] or "RequestResponse"
    if len(payload) > LARGEST.get(kind, len(payload)):
        raise RequestTooLargeException(
            f"{len(payload)} byte payload is too large for the {kind} invocation type "
            f"(limit {LARGEST[kind]} bytes)"
        )
    try:
        json.loads(payload)
    except ValueError as error:
        raise InvalidRequestContentException(
            f"Could not parse request body into json: Could not parse payload into json: {error}",
            Type="User",
        ) from None
    return original(self, **{**request, "payload": payload})


_uncounted = []
_counting = threading.Lock()


def count(metrics, function_name, account_id, region_name):
    """Adds to metrics in CloudWatch; what comes while it is busy goes into the next call.

    The emulator calls it for each invocation, which takes longer than most of them.
    """
    for metric in metrics:
        _uncounted.append((account_id, region_name, metric, function_name))
    with _counting:
        taken = Counter(_uncounted.pop() for _ in range(len(_uncounted)))
        for (account, region, metric, function), number in taken.items():
            dimensions = [{"Name": "FunctionName", "Value": function}]
            data = {"MetricName": metric, "Dimensions": dimensions}
            connect_to(aws_access_key_id=account, region_name=region).cloudwatch.put_metric_data(
                Namespace="AWS/Lambda", MetricData=[{**data, "Values": [1], "Counts": [number]}]
            )


class ProcessRuntimeExecutor(RuntimeExecutor):
    """Answers a function's invocations, one at a time, by a process of its own.

    The first invocation starts the process, and so does one after an error that ended it.
    """

    process = None

    def start(self, env_vars):
        self.environment = env_vars

    def stop(self):
        process, self.process = self.process, None
        if process:
            process.stop()

    def invoke(self, payload):
        request_id, settings = payload["invoke-id"], self.function_version.config
        begun = time.monotonic()
        process, answer = self._answer(payload, settings)
        milliseconds = (time.monotonic() - begun) * 1000
        output = process.output()
        if answer.get("ends"):
            self.stop()
        if len(answer.get("payload", "").encode()) > LARGEST_ANSWER:
            reason = f"exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes)."
            answer["error"] = {
                "errorMessage": f"Response payload size {reason}",
                "errorType": "Function.ResponseSizeTooLarge",
            }
        is_error = "error" in answer
        body = json.dumps(answer["error"]) if is_error else answer["payload"]
        logs = (
            f"START RequestId: {request_id} Version: {self.function_version.id.qualifier}\n"
            f"{ended_line(output)}{answer.get('line', '')}END RequestId: {request_id}\n"
            f"REPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms\t"
            f"Billed Duration: {milliseconds + 1:.0f} ms\tMemory Size: {settings.memory_size} MB\t"
            f"Max Memory Used: {process.memory // 2**20} MB\n"
        )
        return InvocationResult(request_id, body.encode(), is_error, logs)

    def _answer(self, payload, settings):
        """The process, and its answer or what Lambda answers in its place."""
        request_id, seconds, memory = payload["invoke-id"], settings.timeout, settings.memory_size
        process = self.process
        try:
            if not process:
                process = self.process = self._started(settings)
                answer = process.answer(seconds, memory, grace=INIT_SECONDS)
                if "error" in answer:
                    return process, answer
            invocation = {
                "id": request_id,
                "arn": payload["invoked-function-arn"],
                "deadline": time.time() + seconds,
                "payload": payload["payload"],
            }
            return process, process.answer(seconds, memory, invocation)
        except Ended as error:
            line = f"RequestId: {request_id} Error: {error}"
            now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3]
            return process, {
                "error": {"errorType": error.kind, "errorMessage": line},
                "line": f"{now}Z {request_id} {error}\n",
                "ends": True,
            }

    def _started(self, settings):
        code = settings.code.get_unzipped_code_location()
        # The files of a later layer are written over those of the ones before.
        layers = [layer.code.get_unzipped_code_location() for layer in reversed(settings.layers)]
        runtime = settings.runtime
        interpreter = nearest_interpreter(runtime) or Interpreter(sys.executable, "")
        home = Path(tempfile.mkdtemp(prefix=f"{self.function_version.id.function_name}-"))
        environment = {
            "PATH": folders([layer / "bin" for layer in layers], os.environ["PATH"]),
            "LD_LIBRARY_PATH": folders([code, code / "lib", *(it / "lib" for it in layers)]),
            "LANG": "en_US.UTF-8",
            "HOME": str(home),
            "TMPDIR": str(home),
            **{name: str(value) for name, value in self.environment.items()},
            "LAMBDA_TASK_ROOT": str(code),
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        }
        if runtime.startswith("python"):
            version = f"lib/{runtime}/site-packages"
            libraries = [it / "python" / inside for it in layers for inside in ("", version)]
            paths = {
                "code": [*map(str, (code, *libraries))],
                "provided": [str(provided_packages())],
            }
            command = ["-ISu", str(RUNTIMES / "bootstrap.py"), None, json.dumps(paths)]
        else:
            modules = [it / "nodejs/node_modules" for it in layers]
            modules += [it / f"nodejs/node{runtime[6:-2]}/node_modules" for it in layers]
            environment["NODE_PATH"] = folders(modules, environment.get("NODE_PATH", ""))
            command = [str(RUNTIMES / "bootstrap.mjs"), None]
        return FunctionProcess([interpreter.path, *command], environment, code)

    def get_address(self):
        return "127.0.0.1"

    get_endpoint_from_executor = get_address

    def get_runtime_endpoint(self):
        return ""

    def get_logs(self):
        return ""

    @classmethod
    def prepare_version(cls, function_version):
        for code in (function_version.config, *function_version.config.layers):
            code.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        pass


def folders(paths, after=""):
    """As environment variables have them: an empty one would be the current folder."""
    return os.pathsep.join([*map(str, paths), *([after] if after else [])])


def ended_line(output):
    return output if output.endswith("\n") or not output else f"{output}\n"


@functools.cache
def provided_packages():
    """A folder with boto3 alone: functions must not find what else the emulator has."""
    folder = Path(tempfile.mkdtemp(prefix="lambda-provided-"))
    for name in BOTO3:
        source = Path(importlib.util.find_spec(name).origin)
        source = source.parent if source.name == "__init__.py" else source
        (folder / source.name).symlink_to(source)
    return folder
