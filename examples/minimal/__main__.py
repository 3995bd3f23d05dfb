import pulumi

from stepgate import Definition, Values, Workflow
from stepgate.components import WorkflowApi


def greeting(_: Values) -> Definition:
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


NAME = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
GREET = Workflow(name="greet", mode="sync", definition=greeting, input_schema=NAME)

api = WorkflowApi("api", workflows=[GREET])
for name, output in api.outputs.items():
    pulumi.export(name, output)
