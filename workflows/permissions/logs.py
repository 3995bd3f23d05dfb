"""What a state machine needs to have its log delivered."""

from workflows.permissions.grant import Grant

# Vended logs are switched on through CloudWatch's log delivery, which knows no resources. The page
# names `logs:CreateLogStream` and `logs:PutLogEvents` too: with them the role would write into any
# log group of the account, and the delivery writes as a service of its own.
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
