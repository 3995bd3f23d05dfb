"""Step Functions: which URL the integration `apigateway:invoke` calls."""

import re
from urllib.parse import urlencode

from localstack import config
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.state_task_service_api_gateway import (  # noqa: E501
    StateTaskServiceApiGateway,
)

ENDPOINT = re.compile(r"([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")


def apply() -> None:
    StateTaskServiceApiGateway._invoke_url_of = staticmethod(invoked_url)


def invoked_url(parameters):
    """`ApiEndpoint` is "the hostname of an API Gateway URL", such as
    `a1b2c3.execute-api.us-east-1.amazonaws.com`, `Path` begins with a slash, and each query
    parameter has a list of values.

    LocalStack finds only hosts of its own domain, and puts a slash behind the path.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
    """
    endpoint = StateTaskServiceApiGateway._path_based_url_of(parameters["ApiEndpoint"])
    if match := ENDPOINT.fullmatch(endpoint):
        endpoint = f"{config.internal_service_url()}/restapis/{match[1]}"
    path = parameters.get("Path", "").lstrip("/")
    given = parameters.get("QueryParameters") or {}
    query = urlencode({name: values or "" for name, values in given.items()}, doseq=True)
    url = f"{endpoint}/{parameters.get('Stage', '')}/_user_request_/{path}"
    return f"{url}?{query}" if query else url
