"""The states that a workflow sends messages from.

Nothing of them reaches the workflow. They read the context object only, for a path into data that
is not there would be `States.Runtime`, which no `Catch` catches; they give their input on as it
is, and lead on whether the message was sent or not.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from workflows.language.states import QueryLanguage
from workflows.workflow import Definition

RESOURCE = "arn:aws:states:::sqs:sendMessage"
# SQS answers within milliseconds; if it does not, a workflow does not wait for long, for it is its
# own time. Nor does it try again: what a queue refuses, it refuses each time.
TIMEOUT_SECONDS = 2
# An execution's group has a hash for its name, of which SQS takes 128 characters: an execution's
# ARN may be longer, and its name is not its own across workflows.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
GROUP = "States.Hash({arn}, 'SHA-256')"


@dataclass(frozen=True)
class Sender:
    """Sends of a workflow's executions."""

    workflow: str
    queue_url: str

    def state(
        self, members: Mapping[str, str], language: QueryLanguage, following: str
    ) -> Definition:
        """A state that sends a message, and leads to the state `following` whatever comes of it.

        Args:
            members: what the message has beside workflow, execution and time.
        """
        is_jsonata = language == "JSONata"
        # The input goes on, not a result.
        onward = {
            **({"Output": "{% $states.input %}"} if is_jsonata else {"ResultPath": None}),
            "Next": following,
        }
        return {
            "Type": "Task",
            "Resource": RESOURCE,
            **(self._jsonata(members) if is_jsonata else self._jsonpath(members)),
            "TimeoutSeconds": TIMEOUT_SECONDS,
            "Catch": [{"ErrorEquals": ["States.ALL"], **onward}],
            **onward,
        }

    def _jsonpath(self, members: Mapping[str, str]) -> Definition:
        return {
            "Parameters": {
                "QueueUrl": self.queue_url,
                "MessageGroupId.$": GROUP.format(arn="$$.Execution.Id"),
                # With one that comes again, in a loop or a Map, SQS would drop the message.
                # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
                "MessageDeduplicationId.$": "States.UUID()",
                "MessageBody": {
                    "workflow": self.workflow,
                    "execution.$": "$$.Execution.Name",
                    "executionArn.$": "$$.Execution.Id",
                    **members,
                    "time.$": "$$.State.EnteredTime",
                },
            }
        }

    def _jsonata(self, members: Mapping[str, str]) -> Definition:
        context = "$states.context"
        return {
            # A definition in JSONPath may have a Parallel or a Map in JSONata.
            "QueryLanguage": "JSONata",
            "Arguments": {
                "QueueUrl": self.queue_url,
                "MessageGroupId": f"{{% $hash({context}.Execution.Id, 'SHA-256') %}}",
                "MessageDeduplicationId": "{% $uuid() %}",
                "MessageBody": {
                    "workflow": self.workflow,
                    "execution": f"{{% {context}.Execution.Name %}}",
                    "executionArn": f"{{% {context}.Execution.Id %}}",
                    # As an expression, for a state's name may look like one.
                    **{name: f"{{% {json.dumps(value)} %}}" for name, value in members.items()},
                    "time": f"{{% {context}.State.EnteredTime %}}",
                },
            },
        }
