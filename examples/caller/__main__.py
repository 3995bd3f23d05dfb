"""A policy that allows calls of the routes of a Stepgate stack."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws


def policy(
    *, partition: str, account: str, region: str, api: str, stage: str, routes: Mapping[str, Any]
) -> str:
    """Allows the signed requests of all routes, those for executions included.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
    """
    base = f"arn:{partition}:execute-api:{region}:{account}:{api}/{stage}"
    resources = [f"{base}/{route['method']}/{workflow}" for workflow, route in routes.items()]
    resources += [
        f"{base}/{method}/{workflow}/*"
        for workflow, route in routes.items()
        if "executionUrl" in route
        for method in ("GET", "DELETE")
    ]
    # Sorted, for what is in another stack's output arrives in any order.
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": sorted(resources)}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


stepgate = pulumi.StackReference(pulumi.Config().require("stepgate"))

caller = aws.iam.Policy(
    "caller",
    description="May call the routes",
    policy=pulumi.Output.all(
        partition=aws.get_partition_output().partition,
        account=aws.get_caller_identity_output().account_id,
        region=stepgate.require_output("region"),
        api=stepgate.require_output("apiId"),
        stage=stepgate.require_output("stage"),
        routes=stepgate.require_output("routes"),
    ).apply(lambda outputs: policy(**outputs)),
)

pulumi.export("policyArn", caller.arn)
pulumi.export("routes", stepgate.require_output("routes"))
