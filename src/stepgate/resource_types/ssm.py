"""Parameters."""

from stepgate.resource_types.call import Call
from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs
from stepgate.resource_types.resource_type import Created, FromInputs, ResourceType

PARAMETER = Call(
    "ssm",
    "PutParameter",
    "Name",
    renamed={"insecureValue": "Value", "valueWo": "Value", "value": "Value"},
    elsewhere="arn valueWoVersion",
    outputs={"version": "{Version}"},
)


def create_parameter(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    id_, outputs = PARAMETER(cloud, name, inputs)
    value = inputs.get("value", inputs.get("insecureValue"))
    arn = cloud.arn("ssm", f"parameter/{name.removeprefix('/')}")
    return id_, {**outputs, "arn": arn, "value": value}


RESOURCE_TYPES = (
    ResourceType(
        "aws:ssm/parameter:Parameter",
        FromInputs("{name}"),
        replaces="name dataType",
        create=create_parameter,
    ),
)
