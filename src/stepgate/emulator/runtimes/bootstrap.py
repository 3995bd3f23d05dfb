"""Runs a Python function: `bootstrap.py SOCKET SETTINGS`, with any Python from 3.9.

A line of JSON says that the handler is imported, or what is wrong with it. Then each line that
comes in is an invocation, and each that goes out is its answer. `ends` says that it is the last
one. What errors look like:
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

import importlib
import json
import logging
import os
import site
import socket
import sys
import time
import traceback


class Context:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    identity = None
    client_context = None

    def __init__(self, invocation):
        self._deadline = invocation["deadline"]
        self.aws_request_id = invocation["id"]
        self.invoked_function_arn = invocation["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]

    def get_remaining_time_in_millis(self):
        return max(0, int((self._deadline - time.time()) * 1000))


class RuntimeFault(Exception):  # noqa: N818
    """An error that the runtime finds, not the function."""

    def __init__(self, name, message):
        super().__init__(message)
        self.name = name


class RequestId(logging.Filter):
    """Gives each record the id of the invocation that it belongs to."""

    current = ""

    def filter(self, record):
        record.aws_request_id = self.current
        return True


def import_handler(name):
    module, dot, function = name.rpartition(".")
    if not dot:
        reason = "not enough values to unpack (expected 2, got 1)"
        raise RuntimeFault("Runtime.MalformedHandlerName", f"Bad handler '{name}': {reason}")
    try:
        imported = importlib.import_module(module.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module}': {error}"
        raise RuntimeFault("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        message = f"Syntax error in module '{module}': {error}"
        raise RuntimeFault("Runtime.UserCodeSyntaxError", message) from error
    if not hasattr(imported, function):
        message = f"Handler '{function}' missing on module '{module}'"
        raise RuntimeFault("Runtime.HandlerNotFound", message)
    return getattr(imported, function)


def answer(handler, invocation):
    result = handler(json.loads(invocation["payload"]), Context(invocation))
    try:
        return json.dumps(result)
    except (TypeError, ValueError) as error:
        raise RuntimeFault(
            "Runtime.MarshalError", f"Unable to marshal response: {error}"
        ) from error


def described(error, request_id):
    """Logs an error, and returns it as Lambda answers it: without the lines of this file."""
    kind = error.name if isinstance(error, RuntimeFault) else type(error).__name__
    frames = [] if isinstance(error, RuntimeFault) else traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename not in (__file__, importlib.__file__)]
    trace = traceback.format_list([frame for frame in own if "importlib" not in frame.filename])
    print(f"[ERROR] {kind}: {error}\nTraceback (most recent call last):\n{''.join(trace)}")
    return {
        "errorMessage": str(error),
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": trace,
    }


def main():
    connection = socket.socket(fileno=int(sys.argv[1]))
    connection.set_inheritable(False)  # what the function starts does not hold it
    lines = connection.makefile("rw", encoding="utf-8", newline="\n")

    def send(**message):
        lines.write(json.dumps(message) + "\n")
        lines.flush()

    site.setquit()  # exit() and quit(), without the packages of this machine that come with it
    settings = json.loads(sys.argv[2])
    sys.path[:] = [*settings["code"], *sys.path, *settings["provided"]]
    request_id = RequestId()
    logs = logging.StreamHandler(sys.stdout)
    logs.addFilter(request_id)
    logs.setFormatter(
        logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s",
            "%Y-%m-%dT%H:%M:%S",
        )
    )
    logging.getLogger().addHandler(logs)
    try:
        handler = import_handler(os.environ["_HANDLER"])
    except Exception as error:
        send(process=os.getpid(), error=described(error, ""), ends=True)
        return
    send(process=os.getpid())
    for line in lines:
        invocation = json.loads(line)
        RequestId.current = invocation["id"]
        try:
            message = {"payload": answer(handler, invocation)}
        except Exception as error:
            message = {"error": described(error, invocation["id"])}
        sys.stdout.flush()
        send(**message)


if __name__ == "__main__":
    main()
