"""The REST API in front of the state machines."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.openapi import Backend, Document, Front, client_document, openapi_document
from infra.policies import api_policy, api_trust
from workflows.workflow import Workflow


@dataclass(frozen=True)
class ApiArgs:
    """`url` is where the routes answer: a template with `{apiId}`, `{region}` and `{stage}`, or
    empty for the stage's own URL.
    """

    workflows: Sequence[Workflow]
    state_machine_arns: Mapping[str, pulumi.Output[str]]
    stage: str
    front: Front
    url: str
    tags: Mapping[str, str]


class Api(pulumi.ComponentResource):
    """One REST API, made of one document, deployed to one stage.

    Attributes:
        id: the API's id.
        region: the Region that it is in.
        routes: for each workflow `{"mode", "method", "url"}`, by the workflow's name; for an
            asynchronous one `executionUrl` too, with `{execution}` for an execution's name.
        openapi: the API's OpenAPI document for clients.
    """

    id: pulumi.Output[str]
    region: pulumi.Output[str]
    routes: pulumi.Output[dict[str, dict[str, str]]]
    openapi: pulumi.Output[Document]

    def __init__(
        self, name: str, args: ApiArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("stepgate:infra:Api", name, None, opts)
        invoke = pulumi.InvokeOutputOptions(parent=self)
        region = aws.get_region_output(opts=invoke).region
        arns = pulumi.Output.all(**args.state_machine_arns)
        role = aws.iam.Role(
            f"{name}-role",
            description="What API Gateway may do for the routes",
            assume_role_policy=json.dumps(api_trust()),
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        role_policy = aws.iam.RolePolicy(
            f"{name}-policy",
            role=role.name,
            policy=arns.apply(lambda arns: json.dumps(api_policy(arns, args.workflows))),
            opts=pulumi.ResourceOptions(parent=self),
        )
        backend = pulumi.Output.all(
            partition=aws.get_partition_output(opts=invoke).partition,
            region=region,
            role_arn=role.arn,
            state_machine_arns=arns,
        ).apply(lambda values: Backend(**values))
        document = backend.apply(
            lambda backend: openapi_document(args.workflows, args.front, backend)
        )
        body = document.apply(json.dumps)
        rest_api = aws.apigateway.RestApi(
            f"{name}-api",
            name=name,
            body=body,
            # Without it, what API Gateway does not understand is dropped in silence.
            fail_on_warnings=True,
            endpoint_configuration={"types": "REGIONAL"},
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        # A new document is a new deployment. It is made before the old one goes, for API Gateway
        # refuses to delete a deployment that a stage still uses.
        deployment = aws.apigateway.Deployment(
            f"{name}-deployment",
            rest_api=rest_api.id,
            triggers={"document": body.apply(lambda b: hashlib.sha256(b.encode()).hexdigest())},
            opts=pulumi.ResourceOptions(parent=self),
        )
        stage = aws.apigateway.Stage(
            f"{name}-stage",
            rest_api=rest_api.id,
            deployment=deployment.id,
            stage_name=args.stage,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role_policy]),
        )
        url = (
            pulumi.Output.all(apiId=rest_api.id, region=region, stage=args.stage).apply(
                args.url.format_map
            )
            if args.url
            else stage.invoke_url
        )
        self.id = rest_api.id
        self.region = region
        self.routes = url.apply(lambda url: routes(url, args.workflows))
        self.openapi = pulumi.Output.all(document=document, url=url).apply(
            lambda known: client_document(**known)
        )
        self.register_outputs(
            {
                "id": self.id,
                "region": self.region,
                "routes": self.routes,
                "openapi": self.openapi,
            }
        )


def routes(url: str, workflows: Sequence[Workflow]) -> dict[str, dict[str, str]]:
    """What an app needs to know to call each workflow, by the workflow's name."""
    return {
        workflow.name: _route(f"{url.rstrip('/')}/{workflow.name}", workflow.mode)
        for workflow in workflows
    }


def _route(url: str, mode: str) -> dict[str, str]:
    route = {"mode": mode, "method": "POST", "url": url}
    return route if mode == "sync" else {**route, "executionUrl": f"{url}/{{execution}}"}
