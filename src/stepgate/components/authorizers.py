"""Who may call the routes, with what only the deployment knows of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws

from stepgate.authorization import (
    ApiKey,
    ApiKeyLimits,
    Authorization,
    Cognito,
    Jwt,
    LambdaAuthorizer,
    as_authorization,
    with_known_values,
)
from stepgate.checks.authorization import is_open_issuer
from stepgate.checks.findings import Finding
from stepgate.checks.quotas import api_errors
from stepgate.components.context import Context
from stepgate.http.openapi import ApiOptions, authorizations
from stepgate.permissions.policies import policy_document, policy_text
from stepgate.workflow import Workflow

EMULATOR_ACCOUNT = "000000000000"
"""AWS gives it to no account."""

# As long as a value can be that AWS makes up.
_LONGEST = "x" * 200


def planned_errors(workflows: Sequence[Workflow], options: ApiOptions) -> list[Finding]:
    """What is wrong with the API as a whole, whatever the deployment will know."""
    return [
        *api_errors(
            *_with(
                [with_known_values(each, lambda _: _LONGEST) for each in _all(workflows, options)],
                workflows,
                options,
            )
        )
    ]


def deployed_authorizations(
    context: Context, workflows: Sequence[Workflow], options: ApiOptions
) -> pulumi.Output[tuple[list[Workflow], ApiOptions]]:
    """The workflows and options, whose authorizations have no unknown value any more."""
    return pulumi.Output.all(
        context.account_id, *(_known(each) for each in _all(workflows, options))
    ).apply(lambda known: _with(_checked(*known), workflows, options))


def named_keys(
    workflows: Sequence[Workflow], options: ApiOptions
) -> dict[str, ApiKeyLimits] | None:
    """The named keys that routes ask for; empty if they ask for one without a name, None if for
    none at all."""
    for each in authorizations(workflows, options.authorization):
        if isinstance(each, ApiKey):
            return {**each.keys}
    return None


def authorizer_policy(
    context: Context,
    workflows: Sequence[Workflow],
    options: ApiOptions,
    role: aws.iam.Role,
    opts: pulumi.ResourceOptions,
) -> aws.iam.RolePolicy | None:
    """Lets the API's role invoke the functions that authorize callers.

    An authorizer works in a role, or by a permission on the function; the role needs nothing that
    is changed in a function that may be somebody else's.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html
    """
    arns: list[Any] = [
        each.function_arn
        for each in authorizations(workflows, options.authorization)
        if isinstance(each, LambdaAuthorizer)
    ]
    if not arns:
        return None
    args, opts = context.transformed(
        "role_policy",
        {"role": role.name, "policy": pulumi.Output.all(*arns).apply(_invoke_policy)},
        opts,
    )
    return aws.iam.RolePolicy(f"{context.prefix}-authorizers", **args, opts=opts)


def _invoke_policy(arns: Sequence[str]) -> str:
    statement = {
        "Effect": "Allow",
        "Action": "lambda:InvokeFunction",
        "Resource": sorted({*arns}),
    }
    return policy_text(policy_document([statement]))


def _all(workflows: Sequence[Workflow], options: ApiOptions) -> list[Authorization]:
    """The API's own, each workflow's, and then those of events."""
    default = options.authorization
    return [as_authorization(default), *authorizations(workflows, default)]


def _with(
    known: Sequence[Authorization], workflows: Sequence[Workflow], options: ApiOptions
) -> tuple[list[Workflow], ApiOptions]:
    """The workflows and options with these authorizations, in the order of `_all`."""
    default, *each = known
    routes, events = each[: len(workflows)], iter(each[len(workflows) :])
    return [
        replace(
            workflow,
            route=replace(workflow.route, authorization=own),
            events={
                name: replace(event, authorization=event.authorization and next(events))
                for name, event in workflow.events.items()
            },
        )
        for workflow, own in zip(workflows, routes, strict=True)
    ], replace(options, authorization=default)


def _known(authorization: Authorization) -> pulumi.Output[Authorization]:
    """The authorization, once each of its values is known."""
    match authorization:
        case Cognito(user_pool_arns=arns):
            return pulumi.Output.all(*arns).apply(
                lambda arns: replace(authorization, user_pool_arns=tuple(arns))
            )
        case Jwt(issuer=issuer, audiences=audiences):
            return pulumi.Output.all(issuer, *audiences).apply(
                lambda known: replace(authorization, issuer=known[0], audiences=tuple(known[1:]))
            )
        case LambdaAuthorizer(function_arn=arn):
            return pulumi.Output.from_input(arn).apply(
                lambda arn: replace(authorization, function_arn=arn)
            )
        case _:
            return pulumi.Output.from_input(0).apply(lambda _: authorization)


def _checked(account_id: str, *known: Authorization) -> tuple[Authorization, ...]:
    """
    Raises:
        pulumi.RunError: AWS cannot reach an issuer.
    """
    for each in known:
        if isinstance(each, Jwt) and is_open_issuer(each.issuer) and account_id != EMULATOR_ACCOUNT:
            raise pulumi.RunError(
                f"the issuer {each.issuer!r} is on this machine, which only the emulator can "
                "reach; use one that begins with https:// and is on the internet"
            )
    return known
