"""A Pulumi program that creates the roles of a project's CI."""

import json
import textwrap

from stepgate.ci.roles import RoleSettings, roles_document

PROGRAM = '''\
"""The roles that the CI of {project} takes on AWS. `stepgate ci roles --pulumi` printed it."""

import json

import pulumi
import pulumi_aws as aws

{notes}
ROLES = {roles}

for kind, role in ROLES.items():
    created = aws.iam.Role(
        kind,
        name=role["name"],
        path=role["path"],
        assume_role_policy=json.dumps(role["trustPolicy"]),
    )
    aws.iam.RolePolicy(kind, name="ci", role=created.name, policy=json.dumps(role["policy"]))
    pulumi.export(role["variable"], created.arn)
'''


def roles_program(settings: RoleSettings) -> str:
    """The program in Python; its outputs are GitHub's variables."""
    roles = roles_document(settings)["roles"]
    notes = [f"# {kind}: {note}" for kind, role in roles.items() for note in role.pop("notes")]
    return PROGRAM.format(
        project=settings.reach.project,
        notes="\n".join(
            line
            for note in notes
            for line in textwrap.wrap(note, 100, subsequent_indent="#   ", break_on_hyphens=False)
        ),
        # Without numbers, truth values and null, JSON is Python.
        roles=json.dumps(roles, indent=4),
    )
