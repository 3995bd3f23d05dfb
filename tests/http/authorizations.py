"""Ways to authorize callers by a token, with all values known."""

from stepgate.authorization import Cognito, Jwt, LambdaAuthorizer

POOL = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_abc"
FUNCTION_ARN = "arn:aws:lambda:eu-central-1:123456789012:function:who"
ISSUER = "https://login.example.com/"

COGNITO = Cognito(user_pool_arns=(POOL,))
JWT = Jwt(issuer=ISSUER, audiences=("shop",))
FUNCTION = LambdaAuthorizer(function_arn=FUNCTION_ARN)
