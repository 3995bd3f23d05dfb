"""How each type of resource is made, and each function of the provider answered.

A program that uses another type needs one more function here, and its line in the table. Inputs
that make no difference on the emulator are left out.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from local.cloud import ACCOUNT_ID, Cloud
from local.errors import CommandError

Inputs = dict[str, Any]
"""A resource's inputs under the provider's names; numbers are floats."""

Made = tuple[str, dict[str, Any]]
"""A resource's id, and its outputs but for those that repeat an input."""


def log_group(cloud: Cloud, name: str, inputs: Inputs) -> Made:
    group = inputs.get("name", name)
    cloud.logs.create_log_group(logGroupName=group, tags=inputs.get("tags", {}))
    if days := inputs.get("retentionInDays"):
        cloud.logs.put_retention_policy(logGroupName=group, retentionInDays=int(days))
    arn = f"arn:aws:logs:{cloud.region}:{ACCOUNT_ID}:log-group:{group}"
    return group, {"name": group, "arn": arn}


def role(cloud: Cloud, name: str, inputs: Inputs) -> Made:
    made = cloud.iam.create_role(
        RoleName=name,
        Description=inputs.get("description", ""),
        AssumeRolePolicyDocument=_json(inputs["assumeRolePolicy"]),
        Tags=_tags(inputs),
    )["Role"]
    return name, {"name": name, "arn": made["Arn"]}


def role_policy(cloud: Cloud, name: str, inputs: Inputs) -> Made:
    cloud.iam.put_role_policy(
        RoleName=inputs["role"], PolicyName=name, PolicyDocument=_json(inputs["policy"])
    )
    return f"{inputs['role']}:{name}", {"name": name}


def policy(cloud: Cloud, name: str, inputs: Inputs) -> Made:
    made = cloud.iam.create_policy(
        PolicyName=name,
        Description=inputs.get("description", ""),
        PolicyDocument=_json(inputs["policy"]),
        Tags=_tags(inputs),
    )["Policy"]
    arn = made.get("Arn", "")
    return arn, {"name": name, "arn": arn}


def role_policy_attachment(cloud: Cloud, name: str, inputs: Inputs) -> Made:
    cloud.iam.attach_role_policy(RoleName=inputs["role"], PolicyArn=inputs["policyArn"])
    return name, {}


def security_group(cloud: Cloud, name: str, inputs: Inputs) -> Made:
    id_ = cloud.ec2.create_security_group(
        GroupName=name,
        Description=inputs.get("description", "Managed by Pulumi"),
        TagSpecifications=_tag_specifications({"security-group": _tags(inputs)}),
    )["GroupId"]
    # As the provider does: EC2's own rule that lets everything out goes, unless it is asked for.
    cloud.ec2.revoke_security_group_egress(
        GroupId=id_, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    )
    return id_, {"name": name, "arn": _ec2_arn(cloud, "security-group", id_)}


def instance(cloud: Cloud, name: str, inputs: Inputs) -> Made:  # noqa: ARG001
    image = cloud.ec2.describe_images(ImageIds=[inputs["ami"]])["Images"][0]
    metadata, root = inputs.get("metadataOptions", {}), inputs.get("rootBlockDevice", {})
    launched: Any = cloud.ec2.run_instances(
        ImageId=inputs["ami"],
        InstanceType=inputs["instanceType"],
        MinCount=1,
        MaxCount=1,
        SecurityGroupIds=inputs.get("vpcSecurityGroupIds", []),
        MetadataOptions={
            "HttpEndpoint": metadata.get("httpEndpoint", "enabled"),
            "HttpTokens": metadata.get("httpTokens", "optional"),
        },
        BlockDeviceMappings=[
            {
                "DeviceName": image.get("RootDeviceName", "/dev/xvda"),
                "Ebs": {
                    "Encrypted": root.get("encrypted", False),
                    "VolumeType": root.get("volumeType", "gp2"),
                    "VolumeSize": 8,  # GiB, as Amazon Linux 2023's images have
                },
            }
        ],
        TagSpecifications=_tag_specifications(
            {"instance": _tags(inputs), "volume": _tags(inputs, "volumeTags")}
        ),
    )
    id_: str = launched["Instances"][0]["InstanceId"]
    cloud.ec2.get_waiter("instance_running").wait(
        InstanceIds=[id_], WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    return id_, {"arn": _ec2_arn(cloud, "instance", id_)}


def state_machine(cloud: Cloud, name: str, inputs: Inputs) -> Made:
    logging = inputs["loggingConfiguration"]
    arn = cloud.stepfunctions.create_state_machine(
        name=name,
        type=inputs.get("type", "STANDARD"),
        definition=inputs["definition"],
        roleArn=inputs["roleArn"],
        loggingConfiguration={
            "level": logging["level"],
            "includeExecutionData": logging["includeExecutionData"],
            "destinations": [
                {"cloudWatchLogsLogGroup": {"logGroupArn": logging["logDestination"]}}
            ],
        },
        tags=[{"key": key, "value": value} for key, value in inputs.get("tags", {}).items()],
    )["stateMachineArn"]
    return arn, {"name": name, "arn": arn}


def queue(cloud: Cloud, name: str, inputs: Inputs) -> Made:
    attributes: dict[Any, Any] = {
        "FifoQueue": inputs["fifoQueue"],
        "DeduplicationScope": inputs.get("deduplicationScope", "queue"),
        "FifoThroughputLimit": inputs.get("fifoThroughputLimit", "perQueue"),
        "MessageRetentionPeriod": int(inputs["messageRetentionSeconds"]),
        "VisibilityTimeout": int(inputs.get("visibilityTimeoutSeconds", 30)),
        "SqsManagedSseEnabled": inputs["sqsManagedSseEnabled"],
        **({"RedrivePolicy": inputs["redrivePolicy"]} if "redrivePolicy" in inputs else {}),
    }
    full_name = f"{name}.fifo"
    url = cloud.sqs.create_queue(
        QueueName=full_name,
        Attributes={key: _attribute(value) for key, value in attributes.items()},
        tags=inputs.get("tags", {}),
    )["QueueUrl"]
    arn = f"arn:aws:sqs:{cloud.region}:{ACCOUNT_ID}:{full_name}"
    return url, {"name": full_name, "url": url, "arn": arn}


def event_rule(cloud: Cloud, name: str, inputs: Inputs) -> Made:
    made = cloud.events.put_rule(
        Name=name,
        Description=inputs.get("description", ""),
        EventPattern=inputs["eventPattern"],
        Tags=_tags(inputs),
    )
    return name, {"name": name, "arn": made["RuleArn"]}


def event_target(cloud: Cloud, name: str, inputs: Inputs) -> Made:  # noqa: ARG001
    cloud.events.put_targets(
        Rule=inputs["rule"],
        Targets=[
            {
                "Id": inputs["targetId"],
                "Arn": inputs["arn"],
                "RoleArn": inputs["roleArn"],
                "InputTransformer": {"InputTemplate": inputs["inputTransformer"]["inputTemplate"]},
            }
        ],
    )
    return f"{inputs['rule']}-{inputs['targetId']}", {}


def rest_api(cloud: Cloud, name: str, inputs: Inputs) -> Made:
    id_ = cloud.apigateway.create_rest_api(
        name=inputs.get("name", name),
        apiKeySource=inputs.get("apiKeySource", "HEADER"),
        endpointConfiguration={"types": [inputs["endpointConfiguration"]["types"]]},
        tags=inputs.get("tags", {}),
    )["id"]
    cloud.apigateway.put_rest_api(
        restApiId=id_,
        mode="overwrite",
        failOnWarnings=inputs.get("failOnWarnings", False),
        body=inputs["body"],
    )
    return id_, {}


def deployment(cloud: Cloud, name: str, inputs: Inputs) -> Made:  # noqa: ARG001
    return cloud.apigateway.create_deployment(restApiId=inputs["restApi"])["id"], {}


def stage(cloud: Cloud, name: str, inputs: Inputs) -> Made:  # noqa: ARG001
    api, stage_name = inputs["restApi"], inputs["stageName"]
    cloud.apigateway.create_stage(
        restApiId=api,
        stageName=stage_name,
        deploymentId=inputs["deployment"],
        tags=inputs.get("tags", {}),
    )
    url = f"{cloud.endpoint}/_aws/execute-api/{api}/{stage_name}"
    return f"ags-{api}-{stage_name}", {"invokeUrl": url}


def method_settings(cloud: Cloud, name: str, inputs: Inputs) -> Made:  # noqa: ARG001
    api, stage_name, method = inputs["restApi"], inputs["stageName"], inputs["methodPath"]
    settings = inputs["settings"]
    throttling = {
        "rateLimit": settings["throttlingRateLimit"],
        "burstLimit": int(settings["throttlingBurstLimit"]),
    }
    cloud.apigateway.update_stage(
        restApiId=api,
        stageName=stage_name,
        patchOperations=[
            {"op": "replace", "path": f"/{method}/throttling/{limit}", "value": str(value)}
            for limit, value in throttling.items()
        ],
    )
    return f"{api}-{stage_name}-{method}", {}


def api_key(cloud: Cloud, name: str, inputs: Inputs) -> Made:
    made = cloud.apigateway.create_api_key(
        name=name,
        description=inputs.get("description", ""),
        enabled=True,
        tags=inputs.get("tags", {}),
    )
    return made["id"], {"name": name, "value": made["value"]}


def usage_plan(cloud: Cloud, name: str, inputs: Inputs) -> Made:
    throttle = inputs["throttleSettings"]
    made = cloud.apigateway.create_usage_plan(
        name=name,
        description=inputs.get("description", ""),
        apiStages=[
            {"apiId": stage["apiId"], "stage": stage["stage"]} for stage in inputs["apiStages"]
        ],
        throttle={
            "rateLimit": throttle["rateLimit"],
            "burstLimit": int(throttle["burstLimit"]),
        },
        tags=inputs.get("tags", {}),
    )
    return made["id"], {"name": name}


def usage_plan_key(cloud: Cloud, name: str, inputs: Inputs) -> Made:  # noqa: ARG001
    made = cloud.apigateway.create_usage_plan_key(
        usagePlanId=inputs["usagePlanId"], keyId=inputs["keyId"], keyType=inputs["keyType"]
    )
    return made["id"], {}


def image(cloud: Cloud, arguments: Inputs) -> dict[str, Any]:
    """The newest image; the emulator has a handful."""
    images = cloud.ec2.describe_images(
        Owners=arguments["owners"],
        Filters=[{"Name": f["name"], "Values": f["values"]} for f in arguments["filters"]],
    )["Images"]
    if not images:
        raise CommandError(f"the emulator has no image that matches {arguments['filters']}")
    newest = max(images, key=lambda image: image.get("CreationDate", ""))
    return {"id": newest.get("ImageId")}


def caller_identity(_: Cloud, __: Inputs) -> dict[str, Any]:
    return {"accountId": ACCOUNT_ID}


def region(cloud: Cloud, _: Inputs) -> dict[str, Any]:
    return {"region": cloud.region}


def partition(_: Cloud, __: Inputs) -> dict[str, Any]:
    return {"partition": "aws"}


def _tags(inputs: Inputs, key: str = "tags") -> list[Any]:
    return [{"Key": key, "Value": value} for key, value in inputs.get(key, {}).items()]


def _tag_specifications(tags: Mapping[str, list[Any]]) -> list[Any]:
    """EC2 refuses one without a tag."""
    return [{"ResourceType": kind, "Tags": tags} for kind, tags in tags.items() if tags]


def _json(policy: str | Mapping[str, Any]) -> str:
    """The provider takes a policy as text or as data."""
    return policy if isinstance(policy, str) else json.dumps(policy)


def _attribute(value: object) -> str:
    """SQS takes them all as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _ec2_arn(cloud: Cloud, kind: str, id_: str) -> str:
    return f"arn:aws:ec2:{cloud.region}:{ACCOUNT_ID}:{kind}/{id_}"


RESOURCES: Mapping[str, Callable[[Cloud, str, Inputs], Made]] = {
    "aws:apigateway/apiKey:ApiKey": api_key,
    "aws:apigateway/deployment:Deployment": deployment,
    "aws:apigateway/methodSettings:MethodSettings": method_settings,
    "aws:apigateway/restApi:RestApi": rest_api,
    "aws:apigateway/stage:Stage": stage,
    "aws:apigateway/usagePlan:UsagePlan": usage_plan,
    "aws:apigateway/usagePlanKey:UsagePlanKey": usage_plan_key,
    "aws:cloudwatch/eventRule:EventRule": event_rule,
    "aws:cloudwatch/eventTarget:EventTarget": event_target,
    "aws:cloudwatch/logGroup:LogGroup": log_group,
    "aws:ec2/instance:Instance": instance,
    "aws:ec2/securityGroup:SecurityGroup": security_group,
    "aws:iam/policy:Policy": policy,
    "aws:iam/role:Role": role,
    "aws:iam/rolePolicy:RolePolicy": role_policy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": role_policy_attachment,
    "aws:sfn/stateMachine:StateMachine": state_machine,
    "aws:sqs/queue:Queue": queue,
}

FUNCTIONS: Mapping[str, Callable[[Cloud, Inputs], dict[str, Any]]] = {
    "aws:ec2/getAmi:getAmi": image,
    "aws:index/getCallerIdentity:getCallerIdentity": caller_identity,
    "aws:index/getPartition:getPartition": partition,
    "aws:index/getRegion:getRegion": region,
}
