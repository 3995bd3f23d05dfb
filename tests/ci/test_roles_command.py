"""`stepgate ci roles`, in the folder of any project."""

import json
from pathlib import Path

import pytest

from stepgate.ci.errors import CiError
from stepgate.ci.role_program import roles_program
from stepgate.ci.roles import RoleSettings, ci_roles, role_settings, roles_document
from stepgate.project import read_project
from tests.ci.provider_requests import ACCOUNT
from tests.cli.command import Stepgate
from tests.program import run_project

REQUIRED = ("roles", "--account", ACCOUNT, "--repository", "acme/shop")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    return tmp_path


def settings(project: Path) -> RoleSettings:
    return role_settings(
        read_project(project),
        account=ACCOUNT,
        region=None,
        repository="acme/shop",
        stack="dev",
        state="",
    )


def test_the_roles_are_printed_as_json_for_the_region_of_the_stack(project: Path) -> None:
    ended = Stepgate(project).run("ci", *REQUIRED)
    assert (ended.code, ended.errors) == (0, "")
    assert json.loads(ended.output) == roles_document(settings(project))
    assert "eu-west-1" in ended.output


def test_the_printed_program_creates_the_roles(project: Path, tmp_path: Path) -> None:
    ended = Stepgate(project).run("ci", *REQUIRED, "--pulumi")
    assert (ended.code, ended.errors) == (0, "")
    assert ended.output == roles_program(settings(project))
    program = tmp_path / "roles"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: shop-roles\nruntime: python\n")
    (program / "__main__.py").write_text(ended.output)
    ran = run_project(program, {"aws:region": "eu-west-1"})
    roles = ci_roles(settings(project))
    assert {kind for _, kind in ran.resources} == {*roles}
    for kind, role in roles.items():
        created = ran.resources["aws:iam/role:Role", kind]
        assert created.inputs["name"] == role.name
        assert created.inputs["path"] == "/ci/"
        assert created.json("assumeRolePolicy") == role.trust_policy
        policy = ran.resources["aws:iam/rolePolicy:RolePolicy", kind]
        assert policy.inputs["role"] == role.name
        assert policy.json("policy") == role.policy
        assert ran.outputs[role.variable].endswith(kind)
        assert all(note.split()[0] in ended.output for note in role.notes)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("roles", "--repository", "acme/shop"), "Missing option '--account'."),
        ((*REQUIRED, "--stack", "prod"), "Pulumi.prod.yaml is missing: create it, for "),
        ((*REQUIRED, "--state", "gs://b"), "'gs://b' is not an S3 backend: write s3://BUCKET or"),
    ],
)
def test_what_is_missing_or_wrong_is_one_line(
    arguments: tuple[str, ...], line: str, project: Path
) -> None:
    ended = Stepgate(project).run("ci", *arguments)
    assert (ended.code, ended.output) == (2, "")
    assert line in ended.errors
    assert ended.errors.count("\n") == 1


@pytest.mark.parametrize("content", ["", "config: {}", "config: []", "config: {aws:region: 1}"])
def test_settings_without_a_region_are_one_line(content: str, project: Path) -> None:
    (project / "Pulumi.dev.yaml").write_text(content)
    with pytest.raises(CiError, match="has no aws:region: add it, or give --region"):
        settings(project)
