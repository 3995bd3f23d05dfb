"""ARNs that are built from other ARNs."""

ALIAS = "current"
"""The alias of each workflow's state machine through which routes start executions."""


def build_alias_arn(state_machine_arn: str) -> str:
    """What starts the version that routes use, so that an execution says which version it has.

    Permissions are those on the state machine's own ARN.
    https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    """
    return f"{state_machine_arn}:{ALIAS}"


def build_execution_arn(state_machine_arn: str, execution: str) -> str:
    """The ARN of a Standard execution, by the execution's name.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
    """
    return f"{state_machine_arn.replace(':stateMachine:', ':execution:')}:{execution}"
