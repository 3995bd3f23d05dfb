"""ARNs that are built from other ARNs."""


def build_execution_arn(state_machine_arn: str, execution: str) -> str:
    """The ARN of a Standard execution, by the execution's name.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
    """
    return f"{state_machine_arn.replace(':stateMachine:', ':execution:')}:{execution}"
