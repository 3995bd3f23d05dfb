import pulumi
from greeting import WORKFLOWS

from stepgate.components import WorkflowApi

# Without `authorization`, requests must be signed with AWS credentials.
api = WorkflowApi("api", workflows=WORKFLOWS)
for name, output in api.outputs.items():
    pulumi.export(name, output)
