"""Logs, and the rules of EventBridge, which Pulumi keeps in the same module."""

from typing import Any

from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import InputError, Inputs, given, tag_list
from stepgate.resource_types.resource_type import Created, FromInputs, ResourceType


def create_log_group(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    cloud.logs.create_log_group(logGroupName=name, tags=inputs.get("tags", {}))
    if days := inputs.get("retentionInDays"):
        cloud.logs.put_retention_policy(logGroupName=name, retentionInDays=days)
    return name, {"arn": cloud.arn("logs", f"log-group:{name}")}


def create_event_rule(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    if inputs.get("isEnabled") is False:  # the provider's name for it, before it had `state`
        inputs = Inputs(inputs, state="DISABLED")
    rule = cloud.events.put_rule(
        Name=name,
        Tags=tag_list(inputs),
        **given(
            inputs,
            Description="description",
            EventBusName="eventBusName",
            EventPattern="eventPattern",
            RoleArn="roleArn",
            ScheduleExpression="scheduleExpression",
            State="state",
        ),
    )
    return name, {"arn": rule["RuleArn"]}


def create_event_target(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    rule, id_ = inputs["rule"], inputs.get("targetId", name)
    target: Any = {
        "Id": id_,
        "Arn": inputs["arn"],
        **given(inputs, Input="input", InputPath="inputPath", RoleArn="roleArn"),
    }
    if transformer := inputs.object("inputTransformer"):
        target["InputTransformer"] = given(
            transformer, InputPathsMap="inputPaths", InputTemplate="inputTemplate"
        )
    if queue := inputs.object("sqsTarget"):
        target["SqsParameters"] = given(queue, MessageGroupId="messageGroupId")
    put = cloud.events.put_targets(
        Rule=rule, Targets=[target], **given(inputs, EventBusName="eventBusName")
    )
    for failed in put["FailedEntries"]:  # EventBridge answers 200 all the same
        raise InputError(failed.get("ErrorMessage"))
    return f"{rule}-{id_}", {"targetId": id_}


RESOURCE_TYPES = (
    ResourceType(
        "aws:cloudwatch/eventRule:EventRule", FromInputs("{name}"), create=create_event_rule
    ),
    ResourceType(
        "aws:cloudwatch/eventTarget:EventTarget",
        FromInputs("{rule}-{targetId}"),
        create=create_event_target,
    ),
    ResourceType("aws:cloudwatch/logGroup:LogGroup", FromInputs("{name}"), create=create_log_group),
)
