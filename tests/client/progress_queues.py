"""A queue of a test's own on the emulator, and what a workflow does with it."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from stepgate.client.queue import sqs_client

MOST_RECEIVED = 2


@dataclass
class Sent:
    """A FIFO queue with a dead-letter queue, and what a workflow does with it."""

    url: str
    dead_url: str
    sqs: Any
    endpoint: str

    def send(self, execution: str, *states: str | None, **members: str) -> None:
        for state in states:
            self.send_body(
                execution,
                json.dumps(
                    {
                        "workflow": "slow",
                        "execution": execution,
                        "executionArn": arn(execution),
                        "state": state,
                        "status": "ENTERED" if state else "SUCCEEDED",
                        "time": "2026-11-22T18:12:25.918Z",
                    }
                    | members
                ),
            )

    def send_body(self, group: str, body: str) -> None:
        self.sqs.send_message(
            QueueUrl=self.url,
            MessageBody=body,
            MessageGroupId=group,
            MessageDeduplicationId=uuid4().hex,
        )

    def left(self) -> int:
        """How many messages are in the queue, those that were received and not deleted too."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

    def visible(self) -> list[str | None]:
        """States of the next messages that a reader is given, all taken away."""
        states: list[str | None] = []
        while messages := self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1
        ).get("Messages"):
            for each in messages:
                states.append(json.loads(each["Body"]).get("state"))
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=each["ReceiptHandle"])
        return states


def arn(execution: str) -> str:
    return f"arn:aws:states:us-east-1:000000000000:execution:slow:{execution}"


def new_queue(endpoint: str) -> Sent:
    sqs = sqs_client(endpoint)
    name = uuid4().hex
    dead = sqs.create_queue(QueueName=f"{name}-dead.fifo", Attributes={"FifoQueue": "true"})
    found = sqs.get_queue_attributes(QueueUrl=dead["QueueUrl"], AttributeNames=["QueueArn"])
    redrive = {
        "deadLetterTargetArn": found["Attributes"]["QueueArn"],
        "maxReceiveCount": MOST_RECEIVED,
    }
    sqs.create_queue(
        QueueName=f"{name}.fifo",
        Attributes={"FifoQueue": "true", "RedrivePolicy": json.dumps(redrive)},
    )
    url = f"{endpoint}/000000000000/{name}"
    return Sent(f"{url}.fifo", f"{url}-dead.fifo", sqs, endpoint)
