"""Mapping templates, rendered as API Gateway does."""

from corrections import mapping_templates
from localstack.services.apigateway.next_gen.execute_api.template_mapping import (
    ApiGatewayVtlTemplate,
)

mapping_templates.apply()


def rendered(request):
    """The text of a response, and what its template sets through `$context.responseOverride`."""
    text, overrides = ApiGatewayVtlTemplate().render_response(
        template=request["template"],
        variables={
            "context": {},
            "stageVariables": {},
            "input": {
                "body": request["body"],
                "params": {"header": {}, "path": {}, "querystring": {}},
            },
        },
        context_overrides={
            "requestOverride": {"header": {}, "path": {}, "querystring": {}},
            "responseOverride": {"header": {}, "status": 0},
        },
    )
    headers = {name: str(value) for name, value in overrides["header"].items()}
    return {"text": text, "status": overrides["status"] or None, "headers": headers}
