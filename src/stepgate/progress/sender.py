"""The states that send a workflow's messages.

They have no effect on the workflow. They read only the context object, because a path to missing
data would fail with `States.Runtime`, which no `Catch` catches. They pass on their input unchanged,
and continue whether or not the message was sent.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stepgate.asl.states import QueryLanguage
from stepgate.workflow import Definition

RESOURCE = "arn:aws:states:::sqs:sendMessage"
# SQS usually answers within milliseconds. If it does not, the workflow does not wait long, because
# the wait counts against its own timeout. There is no retry: what a queue refuses once, it refuses
# again.
TIMEOUT_SECONDS = 2
# The state machine of the live API numbers, keeps and pushes a message before it sends it: four
# calls of some milliseconds each. After this time it goes on, and so does the workflow. The call
# waits for the end of an Express execution.
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-express-synchronous.html
LIVE_RESOURCE = "arn:aws:states:::aws-sdk:sfn:startSyncExecution"
LIVE_TIMEOUT_SECONDS = 5
LIVE_COMMENT = "Sends a progress message"
# The name of an execution's message group is a hash, because SQS allows 128 characters. An
# execution's ARN may be longer, and its name is not unique across workflows.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
GROUP = "States.Hash({arn}, 'SHA-256')"
_MEMBERS = frozenset({"workflow", "execution", "executionArn", "time"})
"""Of each message."""


def is_sending(state: Mapping[str, Any]) -> bool:
    """Whether a state of a deployed definition was added to send a message."""
    match state:
        case {"Resource": resource, "Parameters": {"MessageBody": {**members}}} | {
            "Resource": resource,
            "Arguments": {"MessageBody": {**members}},
        }:
            return resource == RESOURCE and {n.removesuffix(".$") for n in members} >= _MEMBERS
        case {"Resource": resource, "Comment": comment}:
            return (resource, comment) == (LIVE_RESOURCE, LIVE_COMMENT)
        case _:
            return False


@dataclass(frozen=True)
class Sender:
    """Builds the states that send a workflow's messages.

    Attributes:
        live_message_arn: the state machine that sends them, where executions can be followed live.
    """

    workflow: str
    queue_url: str
    live_message_arn: str = ""

    def build_state(
        self,
        members: Mapping[str, str],
        language: QueryLanguage,
        following: str,
        *,
        has_item: bool = False,
    ) -> Definition:
        """A state that sends a message, and continues with the state `following` in any case.

        Args:
            members: the message's members, without workflow, execution, item and time.
            has_item: whether the context object has the item of a Map. AWS documents it for the
                states of a Map, and not for those of a Parallel in one.
                https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
        """
        is_jsonata = language == "JSONata"
        # The input is passed on, not the result.
        onward = {
            **({"Output": "{% $states.input %}"} if is_jsonata else {"ResultPath": None}),
            "Next": following,
        }
        if self.live_message_arn:
            request = {
                "Comment": LIVE_COMMENT,
                "Resource": LIVE_RESOURCE,
                **self._live(members, has_item, is_jsonata=is_jsonata),
                "TimeoutSeconds": LIVE_TIMEOUT_SECONDS,
            }
        else:
            request = {
                "Resource": RESOURCE,
                **(self._jsonata if is_jsonata else self._jsonpath)(members, has_item),
                "TimeoutSeconds": TIMEOUT_SECONDS,
            }
        return {
            "Type": "Task",
            **request,
            "Catch": [{"ErrorEquals": ["States.ALL"], **onward}],
            **onward,
        }

    def _live(self, members: Mapping[str, str], has_item: bool, *, is_jsonata: bool) -> Definition:
        """Starts the state machine with a list: the members that are known, in base64, so that none
        has to be escaped; the execution's name and ARN, the time, and the item.
        """
        known = json.dumps({"workflow": self.workflow, **members}).encode()
        context = "$states.context" if is_jsonata else "$$"
        listed = ", ".join(
            [
                f"'{base64.b64encode(known).decode()}'",
                f"{context}.Execution.Name",
                f"{context}.Execution.Id",
                f"{context}.State.EnteredTime",
                *([f"{context}.Map.Item.Index"] if has_item else []),
            ]
        )
        if is_jsonata:
            return {
                "QueryLanguage": "JSONata",
                "Arguments": {
                    "StateMachineArn": self.live_message_arn,
                    "Input": f"{{% $string([{listed}]) %}}",
                },
            }
        return {
            "Parameters": {
                "StateMachineArn": self.live_message_arn,
                "Input.$": f"States.JsonToString(States.Array({listed}))",
            }
        }

    def _jsonpath(self, members: Mapping[str, str], has_item: bool) -> Definition:
        return {
            "Parameters": {
                "QueueUrl": self.queue_url,
                "MessageGroupId.$": GROUP.format(arn="$$.Execution.Id"),
                # SQS would drop a message with an id that repeats, in a loop or a Map.
                # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
                "MessageDeduplicationId.$": "States.UUID()",
                "MessageBody": {
                    "workflow": self.workflow,
                    "execution.$": "$$.Execution.Name",
                    "executionArn.$": "$$.Execution.Id",
                    **members,
                    **({"item.$": "$$.Map.Item.Index"} if has_item else {}),
                    "time.$": "$$.State.EnteredTime",
                },
            }
        }

    def _jsonata(self, members: Mapping[str, str], has_item: bool) -> Definition:
        context = "$states.context"
        return {
            # A definition in JSONPath may contain a Parallel or a Map in JSONata.
            "QueryLanguage": "JSONata",
            "Arguments": {
                "QueueUrl": self.queue_url,
                "MessageGroupId": f"{{% $hash({context}.Execution.Id, 'SHA-256') %}}",
                "MessageDeduplicationId": "{% $uuid() %}",
                "MessageBody": {
                    "workflow": self.workflow,
                    "execution": f"{{% {context}.Execution.Name %}}",
                    "executionArn": f"{{% {context}.Execution.Id %}}",
                    # As an expression, because a state's name may look like one.
                    **{name: f"{{% {json.dumps(value)} %}}" for name, value in members.items()},
                    **({"item": f"{{% {context}.Map.Item.Index %}}"} if has_item else {}),
                    "time": f"{{% {context}.State.EnteredTime %}}",
                },
            },
        }
