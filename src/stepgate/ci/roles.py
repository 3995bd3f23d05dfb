"""The roles that a project's CI takes on AWS: who may take each, and what it may do then."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import botocore.session
from botocore.exceptions import UnknownRegionError

from stepgate.ci.ephemeral import EPHEMERAL_PATTERN
from stepgate.ci.errors import CiError
from stepgate.ci.role_policies import Reach, deploy_statements, preview_statements
from stepgate.ci.state_bucket import find_state_bucket
from stepgate.local.errors import CommandError
from stepgate.local.yaml_file import content
from stepgate.permissions.policies import Policy, policy_document
from stepgate.project import Project

# Not among the names that a stack's own role may write: those have no path.
PATH = "/ci/"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
ROLE_NAME_LENGTH = 64
EPHEMERAL_ENVIRONMENT = "ephemeral"
GITHUB = "token.actions.githubusercontent.com"

ACCOUNT = re.compile("[0-9]{12}")
REGION = re.compile("[a-z]+(-[a-z]+)+-[0-9]+")
NAME = re.compile("[A-Za-z0-9_.-]+")
CHARACTERS = 'letters, digits, "-", "_" and "."'
"""Of a project's and of a stack's name, as Pulumi allows them."""
REPOSITORY = re.compile("[A-Za-z0-9-]+(@[0-9]+)?/[A-Za-z0-9_.-]+(@[0-9]+)?")
# A policy has it nine times, and has to fit into the 10,240 characters of a role's inline policies.
FOLDER_LENGTH = 300

CALLS_ROUTES = (
    "execute-api:Invoke reaches each API of the account in the Region that takes signed requests: "
    "AWS documents no condition on tags for it. Stacks with an API key or without authorization "
    "do not need CallRoutes."
)
MAKES_ROLES = (
    "Who may write roles and pass them to Step Functions can give a state machine any permission, "
    "and run it. The limits here are against mistakes; against malice they need a permissions "
    "boundary, or an account of its own."
)
LISTS_FILES = (
    "s3:ListBucket shows the names of all files in the state's bucket, not what they hold."
)


@dataclass(frozen=True)
class RoleSettings:
    """What the roles of a project follow from.

    Attributes:
        reach: the stack that is previewed and deployed. The environment on GitHub that may deploy
            it has its name.
        repository: on GitHub, as its tokens name it: `OWNER/NAME`, or `OWNER@ID/NAME@ID`.
    """

    reach: Reach
    repository: str


@dataclass(frozen=True)
class Role:
    """One role.

    Attributes:
        variable: GitHub's variable for its ARN.
        notes: where its policy is wider than its stacks, and why.
    """

    name: str
    variable: str
    trust_policy: Policy
    policy: Policy
    notes: Sequence[str]


def role_settings(
    project: Project, *, account: str, region: str | None, repository: str, stack: str, state: str
) -> RoleSettings:
    """
    Args:
        account: twelve digits.
        region: None for that of the stack's settings.
        state: the S3 backend's URL; empty for another backend.

    Raises:
        CiError: a line for each value that cannot be used.
    """
    region = region or _region_of(project, stack)
    partition = _partition(region)
    bucket = find_state_bucket(state)
    longest = f"{project.name}-{stack}-preview"
    checks = {
        f"{account!r} is not an account: write its 12 digits": ACCOUNT.fullmatch(account),
        f"{region!r} is not a Region: write for example eu-central-1": partition,
        f"{repository!r} is not a repository: write OWNER/NAME": REPOSITORY.fullmatch(repository),
        f"{project.name!r} is not a project's name: use {CHARACTERS}": NAME.fullmatch(project.name),
        f"{stack!r} is not a stack's name: use {CHARACTERS}": NAME.fullmatch(stack),
        f"{stack!r} is the environment that each branch may use: deploy a stack of another name": (
            stack != EPHEMERAL_ENVIRONMENT
        ),
        f"{longest!r} is longer than the {ROLE_NAME_LENGTH} characters of a role's name: use a "
        "shorter name for the project or the stack": len(longest) <= ROLE_NAME_LENGTH,
        f"{state!r} is not an S3 backend: write s3://BUCKET or s3://BUCKET/FOLDER, or leave it out "
        "for another backend": bucket or not state,
        f"the folder in {state!r} is longer than the {FOLDER_LENGTH} characters that a policy has "
        "room for: use a shorter one": not bucket or len(bucket.folder) <= FOLDER_LENGTH,
    }
    if lines := [line for line, is_right in checks.items() if not is_right]:
        raise CiError("\n".join(lines))
    return RoleSettings(Reach(partition, region, account, project.name, stack, bucket), repository)


def ci_roles(settings: RoleSettings) -> Mapping[str, Role]:
    """The roles by what they are for."""
    own = settings.reach
    ephemeral = replace(own, stack=EPHEMERAL_PATTERN)
    lists_files = [LISTS_FILES] if own.state else []
    deploys = [CALLS_ROUTES, MAKES_ROLES, *lists_files]
    alike = (
        f"Names are matched by their beginning: {own.names} includes what a stack such as "
        f"{own.stack}-2 has, except for its API, key and state."
    )
    return {
        "preview": Role(
            f"{own.project}-{own.stack}-preview",
            "AWS_PREVIEW_ROLE",
            _trust_policy(settings, "pull_request"),
            policy_document(preview_statements(own)),
            [alike, *lists_files],
        ),
        "ephemeral": Role(
            f"{own.project}-ephemeral",
            "AWS_EPHEMERAL_ROLE",
            _trust_policy(settings, f"environment:{EPHEMERAL_ENVIRONMENT}"),
            policy_document(deploy_statements(ephemeral)),
            deploys,
        ),
        "deploy": Role(
            f"{own.project}-{own.stack}-deploy",
            "AWS_DEPLOY_ROLE",
            _trust_policy(settings, f"environment:{own.stack}"),
            policy_document(deploy_statements(own)),
            [alike, *deploys],
        ),
    }


def roles_document(settings: RoleSettings) -> dict[str, Any]:
    """The roles as JSON."""
    return {
        "roles": {
            kind: {
                "name": role.name,
                "path": PATH,
                "variable": role.variable,
                "trustPolicy": role.trust_policy,
                "policy": role.policy,
                "notes": [*role.notes],
            }
            for kind, role in ci_roles(settings).items()
        }
    }


def _trust_policy(settings: RoleSettings, subject: str) -> Policy:
    """Lets a job of the repository take the role.

    https://docs.github.com/en/actions/reference/security/oidc
    """
    provider = settings.reach.iam_arn(f"oidc-provider/{GITHUB}")
    return policy_document(
        [
            {
                "Effect": "Allow",
                "Principal": {"Federated": provider},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {
                        f"{GITHUB}:aud": "sts.amazonaws.com",
                        f"{GITHUB}:sub": f"repo:{settings.repository}:{subject}",
                    }
                },
            }
        ]
    )


def _region_of(project: Project, stack: str) -> str:
    """`aws:region` in the stack's settings.

    Raises:
        CiError: it is not there.
    """
    file = project.folder / f"Pulumi.{stack}.yaml"
    try:
        settings = content(file)
    except CommandError as error:
        raise CiError(f"{error}; or give --region") from None
    match settings:
        case {"config": {"aws:region": str(region)}}:
            return region
        case _:
            raise CiError(f"{file} has no aws:region: add it, or give --region")


def _partition(region: str) -> str:
    """Empty if there is no such Region."""
    if not REGION.fullmatch(region):
        return ""
    try:
        return botocore.session.get_session().get_partition_for_region(region)
    except UnknownRegionError:
        return ""
