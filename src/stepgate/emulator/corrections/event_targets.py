"""EventBridge: what a rule gives its target."""

import json

from localstack.services.events import target as rule_target
from localstack.utils.patch import patch


def apply() -> None:
    patch(rule_target.replace_template_placeholders)(insert_as_json)
    patch(rule_target.StatesTargetSender.send_event)(start_with_any_input)


def insert_as_json(original, template, replacements, is_json_template):
    """`aws.events.event.json` is "the full original event payload as JSON", whatever quotes are in
    its strings.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    placeholders = [*rule_target.TRANSFORMER_PLACEHOLDER_PATTERN.finditer(template)]
    if not is_json_template or any(
        rule_target.is_nested_in_string(template, match) for match in placeholders
    ):
        return original(template, replacements, is_json_template)
    return json.loads(
        rule_target.TRANSFORMER_PLACEHOLDER_PATTERN.sub(
            lambda match: json.dumps(replacements.get(match[1])), template
        )
    )


def start_with_any_input(original, self, event, trace_header):  # noqa: ARG001
    """A rule's target is started with what the transformer makes, which need not have an `id`.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    self.service = "stepfunctions"
    self.client.start_execution(stateMachineArn=self.arn, input=json.dumps(event))
