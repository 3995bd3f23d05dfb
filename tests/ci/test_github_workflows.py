"""The workflows in .github: that they are right, and that they can do no more than they need."""

import fnmatch
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import typer
import typer.core
import typer.main
import yaml

from stepgate.ci.roles import ci_roles, role_settings
from stepgate.cli.ci import app
from stepgate.cli.times import parse_age
from stepgate.project import Project
from tests import needs
from tests.conftest import REPOSITORY

FILES = sorted((REPOSITORY / ".github/workflows").glob("*.yml"))
ACTIONLINT = Path(__file__).parent / "go"

USES = re.compile(r"^ *(?:- )?uses: (.*)$", re.MULTILINE)
PINNED = re.compile(r"([\w-]+/[\w-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+")
EXPRESSION = re.compile(r"\$\{\{.*?\}\}")
COMMAND = re.compile(r"\.venv/bin/stepgate ci ([^>\n]+)")

SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"
HOUR = 60
"""Minutes that a role's credentials last, if nothing else is asked for."""


@dataclass(frozen=True)
class Job:
    file: str
    name: str
    data: dict[str, Any]

    @property
    def steps(self) -> list[dict[str, Any]]:
        return self.data.get("steps", [])

    def uses(self, action: str) -> Iterator[dict[str, Any]]:
        """The inputs of each step that uses the action."""
        for step in self.steps:
            if step.get("uses", "").startswith(f"{action}@"):
                yield step.get("with", {})

    @property
    def commands(self) -> Iterator[tuple[list[str], bool]]:
        """The arguments of each `stepgate ci`, and whether it gets the step's signals.

        An expression stands as it is, and a flag that a variable may add is there.
        """
        for step in self.steps:
            for found in COMMAND.finditer(step.get("run", "")):
                line = re.sub(r"\$\{\w+:\+(\S+)\}", r"\1", found[1])
                for name, value in step.get("env", {}).items():
                    line = line.replace(f'"${name}"', shlex.quote(value))
                yield shlex.split(line), step["run"] == f"exec {found[0]}"

    @property
    def stack(self) -> str | None:
        """The stack that the job changes."""
        for (command, *arguments), _ in self.commands:
            if command in ("up", "rollback", "destroy", "ephemeral"):
                return arguments[
                    arguments.index("--stack" if command != "ephemeral" else "--name") + 1
                ]
        return None


def workflow(file: Path) -> dict[Any, Any]:
    return yaml.safe_load(file.read_text())


JOBS = [
    Job(file.stem, name, data) for file in FILES for name, data in workflow(file)["jobs"].items()
]
RUNNING = [job for job in JOBS if "uses" not in job.data]
WITH_TOKEN = [job for job in JOBS if "id-token" in job.data["permissions"]]
RELEASE = [job for job in WITH_TOKEN if job.file == "release"]
ON_AWS = [job for job in WITH_TOKEN if job not in RELEASE]


def job(file: str, name: str) -> Job:
    return next(job for job in JOBS if (job.file, job.name) == (file, name))


COMMANDS = cast("typer.core.TyperGroup", typer.main.get_command(app)).commands
SWEEP = job("sweep", "sweep")
EPHEMERAL = job("ephemeral", "ephemeral")
DEV = job("dev", "dev")


def names(jobs: list[Job]) -> set[str]:
    return {f"{job.file}/{job.name}" for job in jobs}


each_job = pytest.mark.parametrize("job", JOBS, ids=lambda job: f"{job.file}/{job.name}")
each_running = pytest.mark.parametrize("job", RUNNING, ids=lambda job: f"{job.file}/{job.name}")
each_on_aws = pytest.mark.parametrize("job", ON_AWS, ids=lambda job: f"{job.file}/{job.name}")


@pytest.mark.proof
def test_actionlint_finds_nothing() -> None:
    """Without the linters of scripts, which not every machine has."""
    if not shutil.which("go"):
        needs.skip_for(needs.GO)
    run = subprocess.run(
        ["go", "tool", "actionlint", "-shellcheck=", "-pyflakes=", *map(str, FILES)],
        cwd=ACTIONLINT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_an_action_is_pinned_by_its_commit_the_same_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for file in FILES:
        for used in USES.findall(file.read_text()):
            if used.startswith("./"):
                continue
            pinned = PINNED.fullmatch(used)
            assert pinned, f"{file.name}: {used}"
            pins.setdefault(pinned[1], set()).add(used)
    assert [versions for versions in pins.values() if len(versions) > 1] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_workflow_may_do_nothing_beside_what_its_jobs_may(file: Path) -> None:
    assert workflow(file)["permissions"] == {}


def test_only_these_jobs_get_credentials_or_write_on_github() -> None:
    assert names(ON_AWS) == {
        *("preview/preview", "ephemeral/ephemeral", "sweep/sweep"),
        *("dev/dev", "dev/prod", "rollback/dev", "rollback/prod"),
    }
    assert names(RELEASE) == {"release/publish"}
    for job in JOBS:
        writes = {what for what, how in job.data["permissions"].items() if how != "read"}
        allowed = {"preview/comment": {"pull-requests"}, "release/publish": {"attestations"}}
        assert writes - {"id-token"} == allowed.get(f"{job.file}/{job.name}", set())


def test_what_may_write_on_github_runs_nothing_of_a_pull_request() -> None:
    assert not list(job("preview", "comment").uses("actions/checkout"))


def test_what_may_publish_runs_none_of_this_repositorys_code() -> None:
    (publish,) = RELEASE
    assert not list(publish.uses("actions/checkout"))
    assert not [step for step in publish.steps if "run" in step]
    on = workflow(REPOSITORY / ".github/workflows/release.yml")[True]  # YAML reads `on` as true
    assert on == {"push": {"tags": ["v*"]}}


def test_what_is_published_is_what_was_checked() -> None:
    build, (publish,) = job("release", "build"), RELEASE
    (kept,), (got,) = (
        build.uses("actions/upload-artifact"),
        publish.uses("actions/download-artifact"),
    )
    assert (kept["name"], kept["path"]) == (got["name"], got["path"])
    (check,) = [step for step in build.steps if "pytest" in step.get("run", "")]
    assert f"{check['env']['DISTRIBUTIONS']}/" == kept["path"]
    (attested,) = publish.uses("actions/attest-build-provenance")
    assert attested["subject-path"] == f"{got['path']}*"
    assert publish.data["needs"] == "build"


@each_on_aws
def test_without_a_role_a_job_is_skipped(job: Job) -> None:
    (login,) = job.uses("aws-actions/configure-aws-credentials")
    found = re.fullmatch(r"\$\{\{ (vars\.AWS_[A-Z]+_ROLE) \}\}", login["role-to-assume"])
    assert found
    assert f"{found[1]} != ''" in job.data["if"].split(" && ")


@each_on_aws
def test_a_forks_pull_request_gets_no_credentials(job: Job) -> None:
    on = workflow(REPOSITORY / f".github/workflows/{job.file}.yml")[True]  # YAML reads `on` as true
    assert "pull_request_target" not in on
    if "pull_request" in on:
        assert SAME_REPOSITORY in job.data["if"].split(" && ")


@each_job
def test_secrets_come_only_where_credentials_do(job: Job) -> None:
    assert job in ON_AWS or "secrets." not in json.dumps(job.data)


@each_running
def test_the_token_does_not_stay_in_the_clone(job: Job) -> None:
    for inputs in job.uses("actions/checkout"):
        assert inputs["persist-credentials"] is False


@each_running
def test_a_script_has_no_text_of_others_in_it(job: Job) -> None:
    for step in job.steps:
        assert not EXPRESSION.search(step.get("run", "")), step


@each_running
def test_a_job_ends_by_itself_and_before_its_credentials_do(job: Job) -> None:
    assert 0 < job.data["timeout-minutes"] < HOUR


def test_a_stack_is_changed_by_one_job_at_a_time_and_to_the_end() -> None:
    changing = [job for job in RUNNING if job.stack]
    assert names(changing) == {
        *("ephemeral/ephemeral", "dev/dev", "dev/prod", "rollback/dev", "rollback/prod")
    }
    for job in changing:
        assert job.data["concurrency"] == {
            "group": f"stack-{job.stack}",
            "cancel-in-progress": False,
        }
    assert SWEEP.data["concurrency"] == {"group": "sweep", "cancel-in-progress": False}


def test_a_sweep_spares_every_run_at_work() -> None:
    (((_, _, older_than), _),) = SWEEP.commands
    assert parse_age(older_than).total_seconds() > 2 * 60 * EPHEMERAL.data["timeout-minutes"]


@each_running
def test_a_command_is_one_that_there_is_and_gets_the_signals(job: Job) -> None:
    for arguments, signalled in job.commands:
        name, *options = [EXPRESSION.sub("1", argument) for argument in arguments]
        COMMANDS[name].make_context(name, options)  # refuses unknown and missing options
        assert signalled or arguments[0] == "preview", "it has to be all of a step, behind `exec`"


def test_each_command_is_run_somewhere() -> None:
    commands = {arguments[0] for job in RUNNING for arguments, _ in job.commands}
    assert commands == {"preview", "up", "rollback", "smoke", "ephemeral", "sweep"}


def test_dev_is_deployed_after_the_tests_of_the_same_run() -> None:
    assert DEV.data["needs"] == "newest"
    assert job("dev", "newest").data["needs"] == "tests"
    assert job("dev", "tests").data["uses"] == "./.github/workflows/tests.yml"


def test_prod_gets_the_commit_that_dev_runs_as_dev_got_it() -> None:
    prod = job("dev", "prod")
    assert (prod.data["needs"], prod.data["environment"]) == ("dev", "prod")

    assert steps_of_any_stack(prod) == steps_of_any_stack(DEV)


def test_prod_is_rolled_back_as_dev_is_and_by_the_code_of_main() -> None:
    dev, prod = job("rollback", "dev"), job("rollback", "prod")
    assert steps_of_any_stack(prod) == steps_of_any_stack(dev)
    for each in (dev, prod):
        conditions = each.data["if"].split(" && ")
        assert {f"inputs.stack == '{each.name}'", "github.ref == 'refs/heads/main'"} < {*conditions}
        assert each.data["environment"] == each.stack == each.name


def steps_of_any_stack(job: Job) -> str:
    """The steps of a job that is named after its stack."""
    steps = json.dumps(job.steps).replace(f"allow_replace_{job.name}", "allow_replace")
    return steps.replace("AWS_PROD_ROLE", "AWS_DEPLOY_ROLE").replace(job.name, "STACK")


def test_the_tests_are_those_of_ci() -> None:
    runs = {
        step["run"] for job in RUNNING if job.file == "tests" for step in job.steps if "run" in step
    }
    script = (REPOSITORY / ".ci/run").read_text().splitlines()
    assert {run for run in runs if run.startswith("make")} == {
        line.removeprefix("timed ") for line in script if line.startswith("timed make")
    }


def test_the_cli_has_the_version_of_the_sdk() -> None:
    (version,) = re.findall(r'"pulumi==([\d.]+)"', (REPOSITORY / "pyproject.toml").read_text())
    used = [inputs for job in RUNNING for inputs in job.uses("pulumi/actions")]
    assert len(used) == len(ON_AWS)
    assert {inputs["pulumi-version"] for inputs in used} == {version}


GUIDE = "\n".join(file.read_text() for file in sorted((REPOSITORY / "docs").glob("ci*.md")))


def test_the_guide_has_all_variables_and_secrets() -> None:
    texts = "\n".join(file.read_text() for file in FILES)
    used = set(re.findall(r"\b(vars|secrets)\.([A-Z_]+)", texts))
    kinds = {"variable": "vars", "secret": "secrets"}
    rows = re.findall(r"^\| `([A-Z_]+)` \| (variable|secret) \|", GUIDE, re.MULTILINE)
    assert {(kinds[kind], name) for name, kind in rows} == used


BLOCKS = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)]


def test_the_guide_shows_what_the_command_prints() -> None:
    (line,) = re.findall(r"^stepgate ci roles (--account .*)$", GUIDE, re.MULTILINE)
    options = COMMANDS["roles"].make_context("roles", shlex.split(line)).params
    del options["pulumi"]
    folder = REPOSITORY
    roles = ci_roles(
        role_settings(Project(folder, "shop", "python", folder, folder, None), **options)
    )
    trust_policy, statements = BLOCKS[:2]
    assert trust_policy == roles["deploy"].trust_policy
    assert statements == [
        statement
        for statement in roles["ephemeral"].policy["Statement"]
        if statement["Sid"] in ("MakeApis", "MakeApiPolicies", "Apis")
    ]
    rows = re.findall(r"^\| (`.*) \| .* \| .* \|$", GUIDE, re.MULTILINE)
    shown = [sid for row in rows for sid in re.findall("`([A-Z][A-Za-z]+)`", row)]
    assert {*shown} == {s["Sid"] for s in roles["ephemeral"].policy["Statement"]}
    names = re.findall(r"^\| `(\w+)` \| `(shop[\w-]+)` \|", GUIDE, re.MULTILINE)
    assert dict(names) == {kind: role.name for kind, role in roles.items()}


def test_the_policies_of_the_examples_instance_have_actions_that_aws_knows() -> None:
    permissions = [
        action
        for policy in BLOCKS[2:]
        for statement in policy["Statement"]
        for action in one_or_more(statement["Action"])
    ]
    assert len(permissions) > 10
    reference = json.loads((REPOSITORY / "src/stepgate/permissions/reference.json").read_text())
    for permission in permissions:
        service, _, pattern = permission.partition(":")
        known = [name for *_, names in reference[service]["actions"] for name in names.split()]
        assert fnmatch.filter(known, pattern), permission


def one_or_more(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
