"""AWS without usable credentials, and once there are some."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stepgate import HistoryUnavailable, Progress, QueueUnusable
from stepgate.client.aws import AwsService
from stepgate.client.history import Histories
from stepgate.client.outputs import parse_outputs
from tests.deployed.stacks import Deployed

pytestmark = [pytest.mark.proof, pytest.mark.usefixtures("no_credentials")]

ROUTE = {"mode": "sync", "method": "POST", "url": "https://example.invalid/v1/now"}
QUEUE = "https://sqs.us-east-1.amazonaws.com/000000000000/none.fifo"
ARN = "arn:aws:states:us-east-1:000000000000:execution:later:none"


def readers() -> list[tuple[type[Exception], Callable[[], Any]]]:
    """What reads from AWS, each with its error."""
    outputs = parse_outputs(
        {"routes": {"now": ROUTE}, "region": "us-east-1", "authorization": "iam"}
    )
    progress, history = Progress(QUEUE), Histories(outputs, AwsService("stepfunctions", outputs))
    return [
        (QueueUnusable, lambda: next(iter(progress))),
        (HistoryUnavailable, lambda: history.events(ARN)),
    ]


@pytest.mark.parametrize(
    ("process", "reason"),
    [
        (
            'printf \'{"Version": 1, "AccessKeyId": "id", "SecretAccessKey": "secret", '
            '"SessionToken": "token", "Expiration": "2020-01-01T00:00:00Z"}\'',
            "still expired",
        ),
        ("no-such-program", "No such file"),
        ("echo no-json", "Expecting value"),
    ],
)
def test_credentials_that_a_process_cannot_give_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, process: str, reason: str
) -> None:
    working = readers()
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {process}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    # The queue's client is there already, and a new one is made once it was refused.
    with pytest.raises(QueueUnusable):
        working[0][1]()
    for error, read in working:
        with pytest.raises(error, match=reason):
            read()


def test_new_credentials_are_taken(monkeypatch: pytest.MonkeyPatch, deployed: Deployed) -> None:
    working = readers()
    for error, read in working:
        with pytest.raises(error, match="Unable to locate credentials"):
            read()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", deployed.cloud.endpoint)
    (error, queue), (unavailable, history) = working
    with pytest.raises(error, match="NonExistentQueue"):
        queue()
    with pytest.raises(unavailable, match="ExecutionDoesNotExist"):
        history()
