import pulumi
from greeting import WORKFLOWS

from stepgate.components import WorkflowApi

# Who may call the routes: without `authorization`, who signs requests with AWS credentials.
api = WorkflowApi("api", workflows=WORKFLOWS)
for name, output in api.outputs.items():
    pulumi.export(name, output)
