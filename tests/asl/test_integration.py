import pytest

from stepgate.asl.integration import Integration, parse_integration


@pytest.mark.parametrize(
    ("resource", "call"),
    [
        ("aws-sdk:ec2:startInstances", Integration("aws-sdk", "ec2", "startInstances")),
        (
            "aws-sdk:sfn:startExecution.waitForTaskToken",
            Integration("aws-sdk", "sfn", "startExecution", "waitForTaskToken"),
        ),
        ("lambda:invoke", Integration("optimized", "lambda", "invoke")),
        ("ecs:runTask.sync", Integration("optimized", "ecs", "runTask", "sync")),
        (
            "states:startExecution.sync:2",
            Integration("optimized", "states", "startExecution", "sync:2"),
        ),
        (
            "emr-serverless:startJobRun.sync",
            Integration("optimized", "emr-serverless", "startJobRun", "sync"),
        ),
        ("ecs:runTask.later", None),
        ("ecs", None),
    ],
)
def test_a_resource_says_what_is_called_and_how(resource: str, call: Integration | None) -> None:
    for partition in ("aws", "aws-cn", "aws-us-gov"):
        assert parse_integration(f"arn:{partition}:states:::{resource}") == call


def test_functions_and_activities_are_called_by_their_arns() -> None:
    function = parse_integration("arn:aws:lambda:eu-central-1:123456789012:function:name:alias")
    assert function == Integration("function")
    activity = parse_integration("arn:aws:states:eu-central-1:123456789012:activity:name")
    assert activity == Integration("activity")
    assert parse_integration("arn:aws:s3:::bucket") is None
    assert parse_integration("") is None
