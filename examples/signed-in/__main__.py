"""Notes over HTTP, for users who sign in; each sees only their own."""

import pulumi
import pulumi_aws as aws
from notes import WORKFLOWS

from stepgate import Cognito
from stepgate.components import WorkflowApi

users = aws.cognito.UserPool("users", username_attributes=["email"])
page = aws.cognito.UserPoolClient(
    "page", user_pool_id=users.id, explicit_auth_flows=["ALLOW_USER_PASSWORD_AUTH"]
)
table = aws.dynamodb.Table(
    "notes",
    hash_key="author",
    range_key="id",
    attributes=[{"name": "author", "type": "S"}, {"name": "id", "type": "S"}],
    billing_mode="PAY_PER_REQUEST",
)

api = WorkflowApi(
    "api",
    workflows=WORKFLOWS,
    values={"table_name": table.name},
    authorization=Cognito(user_pool_arns=[users.arn]),
    cors=pulumi.Config().require_object("origins"),
)

for name, output in api.outputs.items():
    pulumi.export(name, output)
pulumi.export("userPoolId", users.id)
pulumi.export("clientId", page.id)
