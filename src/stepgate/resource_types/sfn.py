"""State machines, their aliases, and activities."""

from stepgate.resource_types.call import Call
from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs
from stepgate.resource_types.resource_type import Created, FromInputs, ResourceType, WithParent

TIME = "%Y-%m-%dT%H:%M:%SZ"
STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"
CREATE_STATE_MACHINE = Call(
    "stepfunctions",
    "CreateStateMachine",
    "name",
    json="definition",
    id="{stateMachineArn}",
    outputs={
        "arn": "{stateMachineArn}",
        "creationDate": f"{{creationDate:{TIME}}}",
        "stateMachineVersionArn": "{stateMachineVersionArn}",
        "status": "ACTIVE",
    },
)


def create_state_machine(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    if logging := inputs.object("loggingConfiguration"):
        log_group = Inputs(logGroupArn=logging.get("logDestination", ""))
        destinations = (
            [Inputs(cloudWatchLogsLogGroup=log_group)] if log_group["logGroupArn"] else []
        )
        logging = Inputs(logging.without("logDestination"), destinations=destinations)
        inputs = Inputs(inputs, loggingConfiguration=logging)
    return CREATE_STATE_MACHINE(cloud, name, inputs)


RESOURCE_TYPES = (
    ResourceType(
        "aws:sfn/activity:Activity",
        FromInputs("arn:{partition}:states:{region}:{account}:activity:{name}"),
        replaces="name",
        create=Call(
            "stepfunctions",
            "CreateActivity",
            "name",
            id="{activityArn}",
            outputs={"arn": "{activityArn}", "creationDate": f"{{creationDate:{TIME}}}"},
        ),
    ),
    # DeleteStateMachine deletes the aliases, too.
    # https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html
    ResourceType(
        "aws:sfn/alias:Alias",
        WithParent(),
        replaces="name",
        create=Call(
            "stepfunctions",
            "CreateStateMachineAlias",
            "name",
            renamed={"routingConfigurations": "routingConfiguration"},
            id="{stateMachineAliasArn}",
            outputs={
                "arn": "{stateMachineAliasArn}",
                "creationDate": f"{{creationDate:{TIME}}}",
            },
        ),
    ),
    ResourceType(
        STATE_MACHINE,
        FromInputs("arn:{partition}:states:{region}:{account}:stateMachine:{name}"),
        replaces="name namePrefix type",
        lost="its executions, running ones and past ones,",
        create=create_state_machine,
    ),
)
