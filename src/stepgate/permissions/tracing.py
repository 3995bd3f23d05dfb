"""The permissions that a state machine needs to send traces to X-Ray."""

from stepgate.permissions.grant import Grant

# X-Ray has no resources for these.
# https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html
TRACING = tuple(
    Grant(f"xray:{action}", ("*",), reason="KnowsNothingNarrower")
    for action in (
        "GetSamplingRules",
        "GetSamplingTargets",
        "PutTelemetryRecords",
        "PutTraceSegments",
    )
)
