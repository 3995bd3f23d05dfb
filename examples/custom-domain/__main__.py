"""Routes at https://api.example.com/greet, behind a firewall, for TLS 1.3 and known networks."""

from typing import Any

import pulumi
import pulumi_aws as aws

from stepgate import Definition, Values, Workflow
from stepgate.components import WorkflowApi

config = pulumi.Config()
domain = config.require("domain")
TLS_1_3 = "SecurityPolicy_TLS13_1_3_2025_09"
# "execute-api:/*" is every route of the API that has the policy.
OFFICE = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "execute-api:Invoke",
            "Resource": "execute-api:/*",
            "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}},
        }
    ],
}


def greet(_: Values) -> Definition:
    return {
        "StartAt": "Greet",
        "TimeoutSeconds": 5,
        "States": {
            "Greet": {
                "Type": "Pass",
                "Parameters": {"greeting.$": "States.Format('Hello, {}!', $.name)"},
                "End": True,
            }
        },
    }


def only_at_the_domain(
    args: dict[str, Any], opts: pulumi.ResourceOptions
) -> tuple[dict[str, Any], pulumi.ResourceOptions]:
    return {**args, "disable_execute_api_endpoint": True}, opts


api = WorkflowApi(
    "api",
    workflows=[Workflow(name="greet", mode="sync", definition=greet)],
    base_url=f"https://{domain}",
    resource_policy=OFFICE,
    security_policy=TLS_1_3,
    transform={"rest_api": only_at_the_domain},
)

name = aws.apigateway.DomainName(
    "domain",
    domain_name=domain,
    regional_certificate_arn=config.require("certificateArn"),
    endpoint_configuration={"types": "REGIONAL"},
    security_policy=TLS_1_3,
    endpoint_access_mode="BASIC",
)
aws.apigateway.BasePathMapping(
    "mapping",
    domain_name=name.domain_name,
    rest_api=api.rest_api.rest_api.id,
    stage_name=api.rest_api.stage.stage_name,
)
aws.route53.Record(
    "record",
    zone_id=config.require("zoneId"),
    name=domain,
    type="A",
    aliases=[
        {
            "name": name.regional_domain_name,
            "zone_id": name.regional_zone_id,
            "evaluate_target_health": False,
        }
    ],
)


def seen(metric: str) -> aws.wafv2.WebAclVisibilityConfigArgsDict:
    return {
        "cloudwatch_metrics_enabled": True,
        "sampled_requests_enabled": True,
        "metric_name": metric,
    }


firewall = aws.wafv2.WebAcl(
    "firewall",
    scope="REGIONAL",
    default_action={"allow": {}},
    rules=[
        {
            "name": "rate",
            "priority": 1,
            "action": {"block": {}},
            "statement": {"rate_based_statement": {"limit": 1000, "aggregate_key_type": "IP"}},
            "visibility_config": seen("rate"),
        }
    ],
    visibility_config=seen("firewall"),
)
aws.wafv2.WebAclAssociation(
    "firewall-of-the-stage", resource_arn=api.rest_api.stage.arn, web_acl_arn=firewall.arn
)

for key, output in api.outputs.items():
    pulumi.export(key, output)
