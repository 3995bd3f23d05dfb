"""SQS: what a queue's attributes are read back as."""

import json

from localstack.services.sqs.models import SqsQueue
from localstack.utils.patch import patch


def apply() -> None:
    patch(SqsQueue.get_queue_attributes)(without_spaces)


def without_spaces(original, self, attribute_names=None):
    """AWS writes a redrive policy itself. The AWS provider compares the text, and waits for it."""
    attributes = original(self, attribute_names)
    for name in ("RedrivePolicy", "RedriveAllowPolicy"):
        if name in attributes:
            attributes[name] = json.dumps(json.loads(attributes[name]), separators=(",", ":"))
    return attributes
