"""State machines."""

from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs, given
from stepgate.resource_types.resource_type import Created, FromInputs, ResourceType


def create_state_machine(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    configuration = inputs.object("loggingConfiguration")
    logging = given(configuration, "level", "includeExecutionData")
    if log_group := given(configuration, logGroupArn="logDestination"):
        logging["destinations"] = [{"cloudWatchLogsLogGroup": log_group}]
    created = cloud.stepfunctions.create_state_machine(
        name=name,
        definition=inputs["definition"],
        roleArn=inputs["roleArn"],
        loggingConfiguration=logging,
        tags=[{"key": key, "value": value} for key, value in inputs.object("tags").items()],
        **given(inputs, "type", "publish"),
    )
    arn = created["stateMachineArn"]
    return arn, {"arn": arn, "stateMachineVersionArn": created.get("stateMachineVersionArn", "")}


RESOURCE_TYPES = (
    ResourceType(
        "aws:sfn/stateMachine:StateMachine",
        FromInputs("arn:{partition}:states:{region}:{account}:stateMachine:{name}"),
        lost="its executions, running ones and past ones,",
        create=create_state_machine,
    ),
)
