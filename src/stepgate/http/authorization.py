"""Who may call the routes, for API Gateway's import and for clients."""

from typing import Any, Literal

Authorization = Literal["iam", "api-key", "none"]
"""Requests that are signed with IAM, requests with the stack's API key, or all requests."""

# API Gateway recognizes its own API key by the header's name, and sets `apiKeyRequired`.
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
