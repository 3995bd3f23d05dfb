"""Commands for a shell, and links into AWS's console."""

import shlex

import pytest

from stepgate import DeployedRoute
from stepgate.authorization import Kind
from stepgate.dashboard.commands import commands
from stepgate.dashboard.links import console_url, logs_url

URL = "https://abc.execute-api.eu-west-1.amazonaws.com/orders"
ARN = "arn:aws:states:eu-west-1:123456789012:execution:orders-1a2b:e"


def route(authorization: Kind) -> DeployedRoute:
    return DeployedRoute("orders", "async", URL, None, None, authorization=authorization)


def test_an_input_is_one_argument_whatever_is_in_it() -> None:
    hostile = '{"a": "\'; rm -rf / #$(id)"}'
    made = commands(route("none"), "eu-west-1", hostile, "e")
    assert hostile in shlex.split(made.curl)
    assert shlex.split(made.start) == ["stepgate", "start", "orders", hostile]
    assert made.history == "stepgate history orders e"


@pytest.mark.parametrize(
    ("authorization", "said"),
    [
        ("iam", "--aws-sigv4 aws:amz:eu-west-1:execute-api"),
        ("api-key", '"x-api-key: $STEPGATE_API_KEY"'),
        ("jwt", '"$STEPGATE_TOKEN"'),
        ("none", "Content-Type: application/json"),
    ],
)
def test_a_secret_is_a_variable(authorization: Kind, said: str) -> None:
    assert said in commands(route(authorization), "eu-west-1", "{}", None).curl


def test_the_console_is_that_of_the_partition_and_region() -> None:
    url = "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/"
    assert console_url(ARN, "eu-west-1", 5) == f"{url}details/{ARN}"
    express = ARN.replace(":execution:", ":express:") + ":uuid"
    assert str(console_url(express, "eu-west-1", 5)).endswith(f"{express}?startDate=5")
    china = console_url(ARN.replace("arn:aws:", "arn:aws-cn:"), "cn-north-1", 5)
    assert str(china).startswith("https://cn-north-1.console.amazonaws.cn/states/")
    assert console_url(ARN.replace("arn:aws:", "arn:aws-iso:"), "us-iso-east-1", 5) is None


def test_a_log_group_is_encoded_as_the_console_does() -> None:
    url = logs_url("/aws/vendedlogs/states/orders", ARN, "eu-west-1")
    assert str(url).endswith(
        "#logsV2:log-groups/log-group/$252Faws$252Fvendedlogs$252Fstates$252Forders"
    )
