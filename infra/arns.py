"""ARNs that follow from others."""


def execution_arn(state_machine_arn: str, execution: str) -> str:
    """The ARN of a Standard state machine's execution, by its name.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
    """
    return f"{state_machine_arn.replace(':stateMachine:', ':execution:')}:{execution}"
