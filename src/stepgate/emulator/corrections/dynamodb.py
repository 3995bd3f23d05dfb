"""DynamoDB: moto's, in the emulator's process, where LocalStack starts a program in Java."""

import threading
import time

from localstack.services import providers
from localstack.services.moto import MotoFallbackDispatcher
from localstack.services.plugins import Service, aws_provider
from localstack.utils.patch import patch

LONG_EXPIRED_SECONDS = 5 * 365 * 24 * 3600


def apply() -> None:
    providers.dynamodb = aws_provider(api="dynamodb")(dynamodb)


def dynamodb():
    """The service, made when it is first called: importing moto's takes a second."""
    from localstack.aws.api.dynamodb import DynamodbApi  # noqa: PLC0415
    from moto.dynamodb.responses import DynamoHandler  # noqa: PLC0415

    patch(DynamoHandler.call_action)(call_one_at_a_time)
    # The class alone implements nothing, so moto does all of it.
    return Service.for_provider(
        type("DynamoDBProvider", (DynamodbApi,), {})(),
        dispatch_table_factory=MotoFallbackDispatcher,
    )


# One for all tables: a transaction that fails puts all of them back as they were when it began.
_calling = threading.Lock()


def call_one_at_a_time(original, self):
    """ "The actions are completed atomically so that either all of them succeed, or all of them
    fail", and no other write comes between a condition and its write.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    with _calling:
        for table in self.dynamodb_backend.tables.values():
            delete_expired_items(table, time.time())
        return original(self)


def delete_expired_items(table, now):
    """ "The TTL attribute's value must be a top-level Number data type", "a timestamp in Unix epoch
    time format in seconds", "with an expiration of no more than five years in the past".

    AWS deletes such items "within a few days"; here they are deleted before the next call.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html
    """
    if table.ttl["TimeToLiveStatus"] == "DISABLED":
        return
    for item in table.all_items():
        expiry = item.attrs.get(table.ttl["AttributeName"])
        if expiry and expiry.type == "N" and 0 < now - float(expiry.value) < LONG_EXPIRED_SECONDS:
            table.delete_item(item.hash_key, item.range_key)
