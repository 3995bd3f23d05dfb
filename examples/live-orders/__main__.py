"""Orders over HTTP, and their progress over WebSockets."""

import pulumi
from live_orders import WORKFLOWS

from stepgate import Public
from stepgate.components import WorkflowApi

api = WorkflowApi(
    "api",
    workflows=WORKFLOWS,
    # For a page without users. With them it is Cognito or Jwt, and the route is private.
    authorization=Public(),
    allow_public=True,
    live=True,
    cors=pulumi.Config().require_object("origins"),
)

for name, output in api.outputs.items():
    pulumi.export(name, output)
