"""The REST API in front of the state machines."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.limits import workflows_by_policy
from infra.openapi import Backend, Document, Front, client_document, openapi_document
from infra.policies import api_policy, api_trust, policy_text
from workflows.workflow import Workflow


@dataclass(frozen=True)
class Throttle:
    """How many requests each method takes of all callers: `rate` a second, and `burst` at once.

    The API's key, where there is one, is good for no more than that over all methods.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
    """

    rate: int
    burst: int


@dataclass(frozen=True)
class ApiArgs:
    """`url` is where the routes answer: a template with `{apiId}`, `{region}` and `{stage}`, or
    empty for the stage's own URL.
    """

    workflows: Sequence[Workflow]
    state_machine_arns: Mapping[str, pulumi.Output[str]]
    stage: str
    front: Front
    throttle: Throttle
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
        key: the secret that callers send as `x-api-key`, or None where no key is asked for.
    """

    id: pulumi.Output[str]
    region: pulumi.Output[str]
    routes: pulumi.Output[dict[str, dict[str, str]]]
    openapi: pulumi.Output[Document]
    key: pulumi.Output[str] | None

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
        permissions = [
            self._permission(f"{name}-policy-{number}", role, workflows, args)
            for number, workflows in enumerate(workflows_by_policy(args.workflows, name), 1)
        ]
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
            api_key_source="HEADER",
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
            opts=pulumi.ResourceOptions(parent=self, depends_on=permissions),
        )
        aws.apigateway.MethodSettings(
            f"{name}-throttle",
            rest_api=rest_api.id,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings={
                "throttling_rate_limit": args.throttle.rate,
                "throttling_burst_limit": args.throttle.burst,
            },
            opts=pulumi.ResourceOptions(parent=self),
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
        keyed = args.front.authorization == "api-key"
        self.key = self._key(name, stage, args) if keyed else None
        self.register_outputs(
            {
                "id": self.id,
                "region": self.region,
                "routes": self.routes,
                "openapi": self.openapi,
            }
        )

    def _permission(
        self, name: str, role: aws.iam.Role, workflows: Sequence[Workflow], args: ApiArgs
    ) -> aws.iam.RolePolicyAttachment:
        """What the routes of these workflows need, given to the role."""
        policy = aws.iam.Policy(
            name,
            description="What API Gateway may do for the routes",
            policy=pulumi.Output.all(
                **{w.name: args.state_machine_arns[w.name] for w in workflows}
            ).apply(lambda arns: policy_text(api_policy(arns, workflows))),
            tags=args.tags,
            # Another policy comes beside the old one, which goes last: until the stage moves, the
            # routes that it serves need what they were given.
            opts=pulumi.ResourceOptions(parent=self, replace_on_changes=["policy"]),
        )
        return aws.iam.RolePolicyAttachment(
            f"{name}-attachment",
            role=role.name,
            policy_arn=policy.arn,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _key(self, name: str, stage: aws.apigateway.Stage, args: ApiArgs) -> pulumi.Output[str]:
        """A key that the stage's methods accept: only one of a usage plan is."""
        key = aws.apigateway.ApiKey(
            f"{name}-key",
            description="Calls the routes",
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        plan = aws.apigateway.UsagePlan(
            f"{name}-plan",
            description="Who has the key may call the routes",
            api_stages=[{"api_id": stage.rest_api, "stage": stage.stage_name}],
            throttle_settings={
                "rate_limit": args.throttle.rate,
                "burst_limit": args.throttle.burst,
            },
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.apigateway.UsagePlanKey(
            f"{name}-plan-key",
            key_id=key.id,
            key_type="API_KEY",
            usage_plan_id=plan.id,
            # It tells the key once more, and only the key's own is a secret by itself.
            opts=pulumi.ResourceOptions(parent=self, additional_secret_outputs=["value"]),
        )
        return pulumi.Output.secret(key.value)


def routes(url: str, workflows: Sequence[Workflow]) -> dict[str, dict[str, str]]:
    """What an app needs to know to call each workflow, by the workflow's name."""
    return {
        workflow.name: _route(f"{url.rstrip('/')}/{workflow.name}", workflow.mode)
        for workflow in workflows
    }


def _route(url: str, mode: str) -> dict[str, str]:
    route = {"mode": mode, "method": "POST", "url": url}
    return route if mode == "sync" else {**route, "executionUrl": f"{url}/{{execution}}"}
