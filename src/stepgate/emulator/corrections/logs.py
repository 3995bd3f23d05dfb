"""CloudWatch Logs: what Step Functions writes there, and how it is filtered."""

import json
import re

from localstack.aws.api.logs import InputLogEvent
from localstack.services.logs import provider
from localstack.services.logs.models import get_moto_logs_backend
from localstack.services.stepfunctions.asl.eval.event.logging import CloudWatchLoggingSession
from localstack.services.stepfunctions.asl.utils.encoding import to_json_str
from localstack.utils.patch import patch
from moto.logs.exceptions import ResourceNotFoundException

COMPARISON = r'\$\.(\w+)\s*=\s*"([^"]*)"'
PATTERN = re.compile(rf"\{{\s*{COMPARISON}(\s*(&&|\|\|)\s*{COMPARISON})*\s*\}}")


def apply() -> None:
    patch(CloudWatchLoggingSession.publish_history_log)(write_milliseconds)
    patch(CloudWatchLoggingSession._put_events)(put_into_backend)
    patch(provider.get_pattern_matcher)(match_members)


def write_milliseconds(_, self, history_log):
    """A log has `"event_timestamp": "1687310338632"`: text, in milliseconds since 1970.

    https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    """
    milliseconds = int(history_log["event_timestamp"].timestamp() * 1000)
    message = to_json_str({**history_log, "event_timestamp": str(milliseconds)})
    self._publish_history_log_or_setup([InputLogEvent(timestamp=milliseconds, message=message)])


def put_into_backend(original, self, log_events):
    """The emulator sends itself a request for each event, which takes half of an execution's time.
    Only that request knows metric filters.
    """
    place = self.configuration
    backend = get_moto_logs_backend(place.log_account_id, place.log_region)
    if backend.filters.metric_filters:
        return original(self, log_events)
    try:
        backend.put_log_events(place.log_group_name, place.log_stream_name, log_events)
    except ResourceNotFoundException:
        return False
    return True


def match_members(original, pattern):
    """`{ $.a = "text*" && … || … }` selects events in JSON by their members; `*` is any text.

    The emulator takes all events, as it still does with other patterns.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """
    if not PATTERN.fullmatch(pattern.strip()):
        return original(pattern)
    alternatives = [
        [
            (name, re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL))
            for name, text in re.findall(COMPARISON, alternative)
        ]
        for alternative in pattern.split("||")
    ]

    def matches(_, event):
        try:
            document = json.loads(event["message"])
        except ValueError:
            return False
        return isinstance(document, dict) and any(
            all(text.fullmatch(str(document.get(name, ""))) for name, text in expected)
            for expected in alternatives
        )

    return matches
