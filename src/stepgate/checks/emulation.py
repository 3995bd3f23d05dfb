"""Rules for a definition that is deployed onto the emulator.

What the emulator has is of LocalStack 4.9.2, where it was tried; see `tests/local`.
"""

import re
from collections.abc import Iterator

from stepgate.asl.integration import Integration, parse_integration
from stepgate.checks.integrations import called_operation
from stepgate.checks.jsonata import iter_texts
from stepgate.checks.rule import Rule, RuleContext, Violation
from stepgate.permissions.services import load_services

EMULATED_SERVICES = frozenset(
    {
        *("acm", "apigateway", "apigatewayv2", "cloudformation", "cloudwatch", "cognito-idp"),
        *(
            "config",
            "dynamodb",
            "dynamodbstreams",
            "ec2",
            "es",
            "events",
            "firehose",
            "iam",
            "kinesis",
        ),
        *("kms", "lambda"),
        *("logs", "opensearch", "redshift", "resource-groups", "resourcegroupstaggingapi"),
        *("route53", "route53resolver", "s3", "s3control", "scheduler", "secretsmanager", "ses"),
        *("sns", "sqs", "ssm", "stepfunctions", "sts", "support", "swf", "transcribe"),
    }
)
"""The emulator's services, by botocore's names."""
REFUSED_SERVICES = frozenset({"bedrockagentcore", "http"})
"""The emulator creates no state machine with an optimized integration of these."""


def require_accepted_services(context: RuleContext) -> Iterator[Violation]:
    """The emulator creates the state machine."""
    for state, call in _calls(context):
        if call.kind == "optimized" and call.service in REFUSED_SERVICES:
            yield Violation(
                state,
                f"the emulator refuses a state machine that calls {_shown(call)}; leave the "
                'workflow out on the stack local: if pulumi.get_stack() != "local"',
            )


def recommend_emulated_services(context: RuleContext) -> Iterator[Violation]:
    """The emulator has the services that are called."""
    for state, call in _calls(context):
        service = _service(call)
        if service not in EMULATED_SERVICES | REFUSED_SERVICES:
            yield Violation(
                state,
                f"{_shown(call)} fails on the emulator, which does not have {service}; run "
                "executions that come here on AWS",
            )


def recommend_emulated_patterns(context: RuleContext) -> Iterator[Violation]:
    """Regular expressions of JSONata are Python's on the emulator, and JavaScript's on AWS.

    What else an expression gives on the emulator depends on its values; see docs/emulator.md.
    """
    for text in iter_texts(context):
        for pattern in sorted(text.expression.patterns if text.expression else ()):
            try:
                re.compile(pattern)
            except re.error as error:
                yield Violation(
                    text.state.name,
                    f"{text.place}: /{pattern}/ fails on the emulator, whose regular expressions "
                    f"are Python's: {error}; run executions that come here on AWS",
                )


def _calls(context: RuleContext) -> Iterator[tuple[str, Integration]]:
    """The services that states call, by the states' names."""
    for state in context.states:
        call = parse_integration(state.resource)
        if call and call.kind in ("aws-sdk", "optimized"):
            yield state.name, call


def _service(call: Integration) -> str:
    """botocore's name."""
    if operation := called_operation(call):
        return operation.service
    return load_services().get(call.service, call.service)


def _shown(call: Integration) -> str:
    return f"{call.service}:{call.action}{call.pattern and f'.{call.pattern}'}"


ERROR_RULES: tuple[Rule, ...] = (require_accepted_services,)
WARNING_RULES: tuple[Rule, ...] = (recommend_emulated_services, recommend_emulated_patterns)
