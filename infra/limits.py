"""What API Gateway can import, counted before it is tried."""

import json
from collections.abc import Sequence

from infra.openapi import Backend, Front, openapi_document
from workflows.workflow import Workflow

# "The maximum size of the API definition file is 6MB."
# https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html
DOCUMENT_BYTES = 6_000_000


def document_breaches(workflows: Sequence[Workflow], front: Front) -> list[str]:
    """Whether the document is too large, with placeholders for what only deployment knows."""
    arn = f"arn:aws-us-gov:states:us-gov-west-1:000000000000:stateMachine:{front.title}-"
    backend = Backend(
        partition="aws-us-gov",
        region="us-gov-west-1",
        role_arn=f"arn:aws-us-gov:iam::000000000000:role/{front.title}-role-0000000",
        state_machine_arns={w.name: f"{arn}{w.name}-0000000" for w in workflows},
    )
    size = len(json.dumps(openapi_document(workflows, front, backend)))
    if size <= DOCUMENT_BYTES:
        return []
    return [
        f"{len(workflows)} workflows: the API's document has {size:,} bytes, and API Gateway "
        f"imports at most {DOCUMENT_BYTES:,}; deploy some of them as another stack"
    ]
