"""Who may call the routes, as API Gateway imports it and as clients read it."""

from typing import Any, Literal

Authorization = Literal["iam", "api-key", "none"]
"""Signed requests of this account's IAM, requests with the stack's API key, or anybody's."""

# API Gateway takes the header's name for its own API key: such an operation is a method with
# `apiKeyRequired`.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-usage-plan-oas.html
SECURITY_SCHEMES: dict[Authorization, dict[str, Any]] = {
    "iam": {
        "sigv4": {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "x-amazon-apigateway-authtype": "awsSigv4",
        }
    },
    "api-key": {"apiKey": {"type": "apiKey", "name": "x-api-key", "in": "header"}},
    "none": {},
}
