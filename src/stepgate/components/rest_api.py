"""The REST API in front of the state machines."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from stepgate.authorization import ApiKeyLimits, as_authorization
from stepgate.checks.quotas import group_by_policy
from stepgate.components.authorizers import (
    authorizer_policy,
    deployed_authorizations,
    named_keys,
)
from stepgate.components.context import Context
from stepgate.components.state_machine import StateMachine
from stepgate.events.event import EVENTS_MACHINE
from stepgate.http.access_log import ACCESS_LOG_PREFIX, access_log_format
from stepgate.http.openapi import (
    ApiOptions,
    Document,
    IntegrationTargets,
    client_document,
    openapi_document,
)
from stepgate.live.live import gives_tickets
from stepgate.live.tickets import TICKETS_MACHINE
from stepgate.permissions.policies import api_policy, api_trust_policy, invoke_policy, policy_text
from stepgate.route import WAIT_MACHINE
from stepgate.workflow import Workflow


@dataclass(frozen=True)
class Throttle:
    """How many requests each method takes of all callers together; more are answered with 429.

    The API's key, if there is one, has the same limits over all methods together. The default rate
    is the refill rate of an account's quota of DescribeExecution in most Regions, and the default
    burst a fifth of its bucket size: of all calls that routes make, polling is throttled first.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
    https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html

    Attributes:
        rate: requests a second.
        burst: requests at once.
    """

    rate: pulumi.Input[int] = 10
    burst: pulumi.Input[int] = 50


@dataclass(frozen=True)
class RestApiArgs:
    """`base_url` is where the routes answer: a template with `{apiId}`, `{region}` and `{stage}`,
    or empty for the stage's own URL. Among `state_machines` is the one that waits, if a route
    needs it.
    """

    workflows: Sequence[Workflow]
    state_machines: Mapping[str, StateMachine]
    options: ApiOptions
    throttle: Throttle
    stage: pulumi.Input[str]
    base_url: pulumi.Input[str]
    resource_policy: pulumi.Input[Mapping[str, Any] | str] | None = None
    security_policy: str | None = None
    access_logs: bool = False


class RestApi:
    """One REST API, made of one document, deployed to one stage.

    Attributes:
        role: what the routes work in.
        rest_api, deployment, stage: the API's resources.
        access_log: the log group with a line for each request, or None without access logs.
        routes: for each workflow `{"mode", "method", "url"}`, by the workflow's name; for an
            asynchronous one `executionUrl` too, with `{execution}` for an execution's name, and
            `waitUrl` if it has one; and `authorization` where it is not the API's.
        openapi: the API's OpenAPI document for clients.
        key: the secret that callers send as `x-api-key`, or None where no key is asked for, or
            each has a name.
        keys: the secrets by the keys' names, or None where none has a name.
    """

    routes: pulumi.Output[dict[str, dict[str, str]]]
    openapi: pulumi.Output[Document]
    key: pulumi.Output[str] | None
    keys: pulumi.Output[dict[str, str]] | None

    def __init__(self, context: Context, parent: pulumi.Resource, args: RestApiArgs) -> None:
        self._context = context
        self._own = pulumi.ResourceOptions(parent=parent)
        prefix = context.prefix
        role, options = context.transformed(
            "role",
            {
                "description": "What API Gateway may do for the routes",
                "assume_role_policy": json.dumps(api_trust_policy()),
                "tags": context.tags,
            },
            self._own,
        )
        self.role = aws.iam.Role(f"{prefix}-role", **role, opts=options)
        permissions = [
            self._permission(f"{prefix}-policy-{number}", workflows, args)
            for number, workflows in enumerate(
                group_by_policy(args.workflows, prefix, tickets=args.options.tickets), 1
            )
        ]
        authorizers = authorizer_policy(context, args.workflows, args.options, self.role, self._own)
        authorized = deployed_authorizations(context, args.workflows, args.options)
        document = (
            pulumi.Output.all(
                partition=context.partition,
                region=context.region,
                role_arn=self.role.arn,
                state_machine_arns=_arns(args, args.state_machines),
            )
            .apply(lambda known: IntegrationTargets(**known))
            .apply(
                lambda targets: authorized.apply(lambda known: openapi_document(*known, targets))
            )
        )
        body = document.apply(json.dumps)
        policy = _policy_text(args.resource_policy)
        rest_api, options = context.transformed(
            "rest_api",
            {
                "name": prefix,
                "body": body,
                # Without it, what API Gateway does not understand is dropped in silence.
                "fail_on_warnings": True,
                "api_key_source": "HEADER",
                "endpoint_configuration": {"types": "REGIONAL"},
                **({} if policy is None else {"policy": policy}),
                **_security_policy(args.security_policy),
                "tags": context.tags,
            },
            self._own,
        )
        self.rest_api = aws.apigateway.RestApi(f"{prefix}-rest-api", **rest_api, opts=options)
        # A new document is a new deployment. It is made before the old one goes, for API Gateway
        # refuses to delete a deployment that a stage still uses.
        self.deployment = aws.apigateway.Deployment(
            f"{prefix}-deployment",
            rest_api=self.rest_api.id,
            # A resource policy too is only in effect once it is deployed.
            triggers={
                name: text.apply(lambda text: hashlib.sha256(text.encode()).hexdigest())
                for name, text in (("document", body), ("policy", policy))
                if text is not None
            },
            opts=self._own,
        )
        self.access_log = self._access_log() if args.access_logs else None
        aliases = [machine.alias for machine in args.state_machines.values() if machine.alias]
        stage, options = context.transformed(
            "stage",
            {
                "rest_api": self.rest_api.id,
                "deployment": self.deployment.id,
                "stage_name": args.stage,
                "xray_tracing_enabled": context.tracing,
                **(
                    {
                        "access_log_settings": {
                            "destination_arn": self.access_log.arn,
                            "format": access_log_format(),
                        }
                    }
                    if self.access_log
                    else {}
                ),
                "tags": context.tags,
            },
            pulumi.ResourceOptions(
                parent=parent,
                depends_on=[*permissions, *aliases, *([authorizers] if authorizers else [])],
            ),
        )
        self.stage = aws.apigateway.Stage(f"{prefix}-stage", **stage, opts=options)
        aws.apigateway.MethodSettings(
            f"{prefix}-throttle",
            rest_api=self.rest_api.id,
            stage_name=self.stage.stage_name,
            method_path="*/*",
            settings={
                "throttling_rate_limit": args.throttle.rate,
                "throttling_burst_limit": args.throttle.burst,
            },
            opts=self._own,
        )
        url = pulumi.Output.all(
            template=args.base_url,
            own=self.stage.invoke_url,
            apiId=self.rest_api.id,
            region=context.region,
            stage=self.stage.stage_name,
        ).apply(lambda known: known["template"].format_map(known) or known["own"])
        self.routes = url.apply(lambda url: _routes(url, args.workflows, args.options))
        # Not Output.all, which makes an Output of each node of a document that it is given.
        self.openapi = document.apply(
            lambda d: url.apply(lambda u: client_document(d, args.workflows, u))
        )
        names = named_keys(args.workflows, args.options)
        self.key = None if names is None or names else self._key("", _limits(args.throttle))
        self.keys = (
            pulumi.Output.all(
                **{name: self._key(f"-{name}", limits) for name, limits in names.items()}
            )
            if names
            else None
        )

    def grant_invoke(
        self, role: aws.iam.Role, live_api: pulumi.Output[str] | None
    ) -> aws.iam.RolePolicy:
        """See `WorkflowApi.grant_invoke`; `live_api` is the id of one that takes signed URLs."""
        context = self._context
        args, options = context.transformed(
            "role_policy",
            {
                "role": role.name,
                "policy": pulumi.Output.all(
                    partition=context.partition,
                    region=context.region,
                    account_id=context.account_id,
                    api=self.rest_api.id,
                    stage=self.stage.stage_name,
                    live_api=live_api,
                ).apply(lambda known: policy_text(invoke_policy(**known))),
            },
            self._own,
        )
        name = f"{context.prefix}-invoke-{role.pulumi_resource_name}"
        return aws.iam.RolePolicy(name, **args, opts=options)

    def _access_log(self) -> aws.cloudwatch.LogGroup:
        context = self._context
        args, options = context.transformed(
            "log_group",
            {
                "name": f"{ACCESS_LOG_PREFIX}{context.prefix}",
                "retention_in_days": context.log_retention_days,
                "tags": context.tags,
            },
            self._own,
        )
        return aws.cloudwatch.LogGroup(f"{context.prefix}-access-logs", **args, opts=options)

    def _permission(
        self, name: str, workflows: Sequence[Workflow], args: RestApiArgs
    ) -> aws.iam.RolePolicyAttachment:
        """What the routes of these workflows need, given to the role."""
        policy = aws.iam.Policy(
            name,
            description="What API Gateway may do for the routes",
            policy=_arns(args, _needed(workflows, args.options)).apply(
                lambda arns: policy_text(api_policy(arns, workflows, tickets=args.options.tickets))
            ),
            tags=self._context.tags,
            # Another policy comes beside the old one, which goes last: until the stage moves, the
            # routes that it serves need what they were given.
            opts=pulumi.ResourceOptions.merge(
                self._own, pulumi.ResourceOptions(replace_on_changes=["policy"])
            ),
        )
        return aws.iam.RolePolicyAttachment(
            f"{name}-attachment",
            role=self.role.name,
            policy_arn=policy.arn,
            # The provider would detach the old policy first, and the routes fail until the new
            # one is attached.
            opts=pulumi.ResourceOptions.merge(
                self._own, pulumi.ResourceOptions(delete_before_replace=False)
            ),
        )

    def _key(self, suffix: str, limits: ApiKeyLimits) -> pulumi.Output[str]:
        """A key that the stage's methods accept: only one of a usage plan is."""
        prefix, tags = self._context.prefix, self._context.tags
        key = aws.apigateway.ApiKey(
            f"{prefix}-key{suffix}", description="Calls the routes", tags=tags, opts=self._own
        )
        plan = aws.apigateway.UsagePlan(
            f"{prefix}-plan{suffix}",
            description="Who has the key may call the routes",
            api_stages=[{"api_id": self.stage.rest_api, "stage": self.stage.stage_name}],
            throttle_settings={"rate_limit": limits.rate, "burst_limit": limits.burst},
            quota_settings=(
                {"limit": limits.quota, "period": limits.period.upper()} if limits.quota else None
            ),
            tags=tags,
            opts=self._own,
        )
        aws.apigateway.UsagePlanKey(
            f"{prefix}-plan-key{suffix}",
            key_id=key.id,
            key_type="API_KEY",
            usage_plan_id=plan.id,
            # It has the key once more, and only the key's own is a secret by itself.
            opts=pulumi.ResourceOptions.merge(
                self._own, pulumi.ResourceOptions(additional_secret_outputs=["value"])
            ),
        )
        return pulumi.Output.secret(key.value)


def _limits(throttle: Throttle) -> ApiKeyLimits:
    """The limits of the one key without a name."""
    limits: Any = {"rate": throttle.rate, "burst": throttle.burst}
    return ApiKeyLimits(**limits)


def _policy_text(
    policy: pulumi.Input[Mapping[str, Any] | str] | None,
) -> pulumi.Output[str] | None:
    if policy is None:
        return None
    given: pulumi.Output[Any] = pulumi.Output.from_input(policy)
    return given.apply(lambda p: p if isinstance(p, str) else json.dumps(p))


def _security_policy(policy: str | None) -> dict[str, str]:
    """With the endpoint access mode that AWS asks for beside the newer policies.

    BASIC, because STRICT refuses callers who reach the API by another domain or type of endpoint.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
    """
    if policy is None:
        return {}
    mode = {"endpoint_access_mode": "BASIC"} if policy.startswith("SecurityPolicy_") else {}
    return {"security_policy": policy, **mode}


def _arns(args: RestApiArgs, names: Iterable[str]) -> pulumi.Output[dict[str, str]]:
    return pulumi.Output.all(**{name: args.state_machines[name].arn for name in names})


def _needed(workflows: Sequence[Workflow], options: ApiOptions) -> list[str]:
    """The names of the state machines that the routes of these workflows call."""
    return [
        *(workflow.name for workflow in workflows),
        *([WAIT_MACHINE] if any(workflow.route.wait for workflow in workflows) else []),
        *([EVENTS_MACHINE] if any(workflow.events for workflow in workflows) else []),
        *([TICKETS_MACHINE] if options.tickets and any(map(gives_tickets, workflows)) else []),
    ]


def _routes(
    url: str, workflows: Sequence[Workflow], options: ApiOptions
) -> dict[str, dict[str, str]]:
    """What an app needs to know to call each workflow, by the workflow's name."""
    default = as_authorization(options.authorization).kind
    return {workflow.name: _route(url.rstrip("/"), workflow, default) for workflow in workflows}


def _route(url: str, workflow: Workflow, default: str) -> dict[str, str]:
    route = {
        "mode": workflow.mode,
        "method": workflow.route.method,
        "url": f"{url}{workflow.path}",
    }
    if workflow.mode == "async":
        route["executionUrl"] = f"{url}{workflow.execution_path}"
    if workflow.route.wait:
        route["waitUrl"] = f"{url}{workflow.wait_path}"
    if own := workflow.route.authorization:
        kind = as_authorization(own).kind
        return route if kind == default else {**route, "authorization": kind}
    return route
