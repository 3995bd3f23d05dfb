"""A state machine's log, and the permissions that it needs to deliver it."""

from stepgate.permissions.grant import Grant

# Log groups under this prefix do not fill up CloudWatch's resource policy of 5,120 characters.
# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
LOG_GROUP_PREFIX = "/aws/vendedlogs/states/"

# Vended logs are enabled through CloudWatch's log delivery, which has no resources. AWS's page
# lists `logs:CreateLogStream` and `logs:PutLogEvents` too. They would let the role write into any
# log group of the account, and the delivery does not need them: it writes as a service of its own.
# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
LOG_DELIVERY = tuple(
    Grant(f"logs:{action}", ("*",), reason="DeliveryKnowsNothingNarrower")
    for action in (
        "CreateLogDelivery",
        "DeleteLogDelivery",
        "DescribeLogGroups",
        "DescribeResourcePolicies",
        "GetLogDelivery",
        "ListLogDeliveries",
        "PutResourcePolicy",
        "UpdateLogDelivery",
    )
)
