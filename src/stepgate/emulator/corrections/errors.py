"""Step Functions: which errors a retrier and a catcher match."""

from localstack.services.stepfunctions.asl.component.common.error_name.error_equals_decl import (
    ErrorEqualsDecl,
)
from localstack.utils.patch import patch

TERMINAL = ("States.DataLimitExceeded", "States.Runtime")


def apply() -> None:
    patch(ErrorEqualsDecl._eval_body)(match_wildcards)


def match_wildcards(original, self, env):
    """`States.ALL` "can't catch the States.DataLimitExceeded terminal error or States.Runtime error
    types", and `States.TaskFailed` "matches any known error name except for States.Timeout".

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    error = env.stack[-1].error_name if env.stack[-1] else None
    names = [name.error_name for name in self.error_names]
    if error in TERMINAL and error not in names:
        env.stack[-1] = False
    elif names == ["States.TaskFailed"] or "States.TaskFailed" in names:
        env.stack[-1] = error != "States.Timeout" or error in names
    else:
        original(self, env)
