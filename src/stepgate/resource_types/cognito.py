"""User pools of Cognito, and the apps that users sign in to."""

from stepgate.resource_types.call import Call
from stepgate.resource_types.resource_type import FromTaggedArn, ResourceType, WithParent

RESOURCE_TYPES = (
    ResourceType(
        "aws:cognito/userPool:UserPool",
        FromTaggedArn(":userpool/([^/]+)$"),
        replaces="name aliasAttributes usernameAttributes usernameConfiguration",
        lost="its users",
        create=Call(
            "cognito-idp",
            "CreateUserPool",
            "PoolName",
            renamed={"schemas": "Schema", "tags": "UserPoolTags"},
            elsewhere=(
                "emailMfaConfiguration passwordPolicy signInPolicy softwareTokenMfaConfiguration "
                "webAuthnConfiguration"
            ),
            id="{UserPool[Id]}",
            outputs={
                "arn": "{UserPool[Arn]}",
                "endpoint": "cognito-idp.{region}.amazonaws.com/{UserPool[Id]}",
            },
        ),
    ),
    ResourceType(
        "aws:cognito/userPoolClient:UserPoolClient",
        WithParent(),
        replaces="userPoolId generateSecret",
        create=Call(
            "cognito-idp",
            "CreateUserPoolClient",
            "ClientName",
            renamed={"callbackUrls": "CallbackURLs", "logoutUrls": "LogoutURLs"},
            id="{UserPoolClient[ClientId]}",
            outputs={"clientSecret": "{UserPoolClient[ClientSecret]}"},
        ),
    ),
)
