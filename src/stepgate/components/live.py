"""The live API: a WebSocket API, its table, and the state machines that do its work."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from stepgate.authorization import Iam, LambdaAuthorizer
from stepgate.compiled import CompiledWorkflow
from stepgate.components.context import Context
from stepgate.components.rest_api import Throttle
from stepgate.components.state_machine import StateMachine, StateMachineArgs
from stepgate.http.authorization import authorizer_uri
from stepgate.live import templates
from stepgate.live.follow import FOLLOW_MACHINE
from stepgate.live.live import Live
from stepgate.live.machines import follow_machine, tickets_machine
from stepgate.live.message import MESSAGE
from stepgate.live.push import PUSH
from stepgate.permissions.policies import api_trust_policy, policy_document, policy_text
from stepgate.workflow import Workflow

Compile = Callable[[Workflow, Mapping[str, Any]], pulumi.Output[CompiledWorkflow]]
"""A workflow with the deployment's values, and with those that its own class adds."""

ROUTES = {
    "follow": FOLLOW_MACHINE,
    "unfollow": FOLLOW_MACHINE,
    "ping": "plain",
    "$default": "plain",
}
"""The routes, each with its integration: the state machine's, or one without a backend."""
DEFAULT = "$default"
# Always the only template.
TEMPLATE = "\\$default"


@dataclass(frozen=True)
class LiveArgs:
    """`stage` is the stage's name, and `throttle` how many messages clients may send."""

    live: Live
    workflows: Sequence[Workflow]
    stage: pulumi.Input[str]
    throttle: Throttle


class LiveApi:
    """A WebSocket API through which clients follow executions.

    Attributes:
        table: of messages, followers and tickets.
        api, stage: the API's resources.
        push: the state machine that pushes a message to its followers.
        message: the state machine that numbers, keeps and sends a message.
        follow: the state machine behind the routes.
        tickets: the one that gives tickets, if it takes them.
        role: what the routes work in.
        authorization: the kind of what it asks of clients.
        url: where clients connect to.
    """

    follow: StateMachine
    tickets: StateMachine | None
    authorization: pulumi.Output[str]
    role: aws.iam.Role
    stage: aws.apigatewayv2.Stage
    url: pulumi.Output[str]

    def __init__(
        self, context: Context, parent: pulumi.Resource, args: LiveArgs, compiled: Compile
    ) -> None:
        """What workflows need, which send their messages through it."""
        self._context, self._args, self._compiled = context, args, compiled
        self._own = pulumi.ResourceOptions(parent=parent)
        self._prefix = f"{context.prefix}-live"
        self.table = self._create_table()
        self.api = aws.apigatewayv2.Api(
            self._prefix,
            name=self._prefix,
            protocol_type="WEBSOCKET",
            route_selection_expression="$request.body.action",
            tags=context.tags,
            opts=self._own,
        )
        self._values: dict[str, pulumi.Input[str]] = {
            "live_table_name": self.table.name,
            "live_api_id": self.api.id,
            "live_stage": args.stage,
            "live_push_arn": "",
        }
        self.push = self._state_machine(PUSH)
        self._values["live_push_arn"] = self.push.arn
        self.message = self._state_machine(MESSAGE)
        self.authorization = pulumi.Output.from_input(args.live.authorization.kind)

    @property
    def signed(self) -> pulumi.Output[str] | None:
        """The API's id, if clients sign its URL."""
        return self.api.id if isinstance(self._args.live.authorization, Iam) else None

    def serve(self) -> StateMachine | None:
        """What reads executions, once their state machines exist, and the routes.

        Returns:
            the state machine that gives tickets, if it takes them.
        """
        workflows, live = self._args.workflows, self._args.live
        self.follow = self._state_machine(follow_machine(workflows, live))
        tickets = tickets_machine(workflows, live)
        self.tickets = self._state_machine(tickets) if tickets else None
        self.role, permissions = self._create_role()
        routes = self._create_routes()
        deployment = aws.apigatewayv2.Deployment(
            f"{self._prefix}-deployment",
            api_id=self.api.id,
            triggers={"routes": self._hash()},
            opts=pulumi.ResourceOptions.merge(self._own, pulumi.ResourceOptions(depends_on=routes)),
        )
        throttle = self._args.throttle
        self.stage = aws.apigatewayv2.Stage(
            f"{self._prefix}-stage",
            api_id=self.api.id,
            name=self._args.stage,
            deployment_id=deployment.id,
            default_route_settings={
                "throttling_rate_limit": throttle.rate,
                "throttling_burst_limit": throttle.burst,
            },
            tags=self._context.tags,
            opts=pulumi.ResourceOptions.merge(
                self._own, pulumi.ResourceOptions(depends_on=permissions)
            ),
        )
        self.url = self.stage.invoke_url
        return self.tickets

    def _state_machine(self, workflow: Workflow) -> StateMachine:
        return StateMachine(
            f"{self._context.prefix}-{workflow.name}",
            StateMachineArgs(workflow, self._compiled(workflow, {**self._values}), self._context),
            self._own,
        )

    def _create_table(self) -> aws.dynamodb.Table:
        args, options = self._context.transformed(
            "table",
            {
                "hash_key": "execution",
                "range_key": "item",
                "attributes": [{"name": "execution", "type": "S"}, {"name": "item", "type": "S"}],
                "billing_mode": "PAY_PER_REQUEST",
                "server_side_encryption": {"enabled": True},
                "ttl": {"attribute_name": "expires", "enabled": True},
                "tags": self._context.tags,
            },
            self._own,
        )
        return aws.dynamodb.Table(self._prefix, **args, opts=options)

    def _create_role(self) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        """The role, and the policy that it has."""
        args, options = self._context.transformed(
            "role",
            {
                "description": "What API Gateway may do for those who follow executions",
                "assume_role_policy": json.dumps(api_trust_policy()),
                "tags": self._context.tags,
            },
            self._own,
        )
        role = aws.iam.Role(f"{self._prefix}-role", **args, opts=options)
        authorization = self._args.live.authorization
        function = (
            authorization.function_arn if isinstance(authorization, LambdaAuthorizer) else None
        )
        args, options = self._context.transformed(
            "role_policy",
            {
                "role": role.name,
                "policy": pulumi.Output.all(self.follow.arn, function).apply(_policy),
            },
            self._own,
        )
        return role, [aws.iam.RolePolicy(f"{self._prefix}-policy", **args, opts=options)]

    def _create_routes(self) -> list[pulumi.Resource]:
        """The routes, and all that they are made of."""
        made: list[pulumi.Resource] = []
        integrations = {
            FOLLOW_MACHINE: self._integration(
                "follow",
                {
                    "integration_type": "AWS",
                    "integration_method": "POST",
                    "integration_uri": pulumi.Output.format(
                        "arn:{0}:apigateway:{1}:states:action/StartSyncExecution",
                        self._context.partition,
                        self._context.region,
                    ),
                    "credentials_arn": self.role.arn,
                    "request_templates": {DEFAULT: self.follow.arn.apply(templates.follow_request)},
                },
            ),
            "plain": self._integration(
                "plain",
                {
                    "integration_type": "MOCK",
                    "request_templates": {DEFAULT: templates.plain_request()},
                },
            ),
        }
        for name, template in (
            (FOLLOW_MACHINE, templates.follow_response()),
            ("plain", templates.plain_response()),
        ):
            made.append(
                aws.apigatewayv2.IntegrationResponse(
                    f"{self._prefix}-{name.removeprefix('live-')}-response",
                    api_id=self.api.id,
                    integration_id=integrations[name].id,
                    integration_response_key=DEFAULT,
                    template_selection_expression=TEMPLATE,
                    response_templates={DEFAULT: template},
                    opts=self._own,
                )
            )
        for key, integration in ROUTES.items():
            name = f"{self._prefix}-route-{key.removeprefix('$')}"
            route = aws.apigatewayv2.Route(
                name,
                api_id=self.api.id,
                route_key=key,
                target=pulumi.Output.concat("integrations/", integrations[integration].id),
                route_response_selection_expression=DEFAULT,
                opts=self._own,
            )
            response = aws.apigatewayv2.RouteResponse(
                f"{name}-response",
                api_id=self.api.id,
                route_id=route.id,
                route_response_key=DEFAULT,
                opts=self._own,
            )
            made += [route, response]
        return [*made, *self._connect(integrations["plain"])]

    def _integration(self, name: str, inputs: dict[str, Any]) -> aws.apigatewayv2.Integration:
        return aws.apigatewayv2.Integration(
            f"{self._prefix}-{name}",
            api_id=self.api.id,
            passthrough_behavior="NEVER",
            template_selection_expression=TEMPLATE,
            **inputs,
            opts=self._own,
        )

    def _connect(self, integration: aws.apigatewayv2.Integration) -> list[pulumi.Resource]:
        """The route that clients connect by, where it asks who they are.

        "Currently, authorization is restricted to the $connect route only."
        https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
        """
        match self._args.live.authorization:
            case Iam():
                asked: dict[str, Any] = {"authorization_type": "AWS_IAM"}
            case LambdaAuthorizer() as authorization:
                authorizer = aws.apigatewayv2.Authorizer(
                    f"{self._prefix}-authorizer",
                    name=self._prefix,
                    api_id=self.api.id,
                    authorizer_type="REQUEST",
                    authorizer_uri=pulumi.Output.all(
                        self._context.partition, self._context.region, authorization.function_arn
                    ).apply(lambda known: authorizer_uri(*known)),
                    authorizer_credentials_arn=self.role.arn,
                    identity_sources=[
                        f"route.request.header.{name}" for name in authorization.headers
                    ],
                    opts=self._own,
                )
                asked = {"authorization_type": "CUSTOM", "authorizer_id": authorizer.id}
            case _:
                return []
        route = aws.apigatewayv2.Route(
            f"{self._prefix}-route-connect",
            api_id=self.api.id,
            route_key="$connect",
            target=pulumi.Output.concat("integrations/", integration.id),
            **asked,
            opts=self._own,
        )
        return [route]

    def _hash(self) -> pulumi.Output[str]:
        """Of all that is deployed, so that a change of it is a new deployment."""
        authorization = self._args.live.authorization
        function = getattr(authorization, "function_arn", "")
        return pulumi.Output.all(self.follow.arn, self.role.arn, function).apply(
            lambda known: hashlib.sha256(
                json.dumps(
                    [
                        *known,
                        ROUTES,
                        authorization.kind,
                        [*getattr(authorization, "headers", ())],
                        templates.follow_request(""),
                        templates.follow_response(),
                        templates.plain_response(),
                    ]
                ).encode()
            ).hexdigest()
        )


def _policy(known: Sequence[Any]) -> str:
    machine, function = known
    statements = [
        {"Effect": "Allow", "Action": "states:StartSyncExecution", "Resource": machine},
        *(
            [{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function}]
            if function
            else []
        ),
    ]
    return policy_text(policy_document(statements))
