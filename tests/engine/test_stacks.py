"""Stacks in one account: two beside each other, one that failed on its way, one with a secret."""

from collections.abc import Mapping

import pytest

import stepgate
from tests.engine import aws
from tests.engine.pulumi_stack import Engine, Stack
from tests.engine.test_updates import ROUTES

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def keyed(engine: Engine) -> Stack:
    """A stack whose routes ask for a key."""
    stack = engine.stack("keyed")
    stack.set("authorization", "api-key")
    stack.up()
    return stack


def test_two_stacks_beside_each_other_share_no_name(
    engine: Engine, deployed: Stack, keyed: Stack
) -> None:
    def names(stack: Stack) -> set[str]:
        return {
            f"{resource.type} {resource.outputs.get('name', resource.id)}"
            for resource in engine.aws.account().resources
            if f"tested-{stack.name}" in resource.name
            and resource.type != aws.ALIAS  # its name is one of its state machine's own
        }

    assert len(names(keyed)) > len(names(deployed)) > 0
    assert not names(deployed) & names(keyed)
    assert len(aws.served(engine.aws.account())) == 2 * len(ROUTES)
    assert deployed.up().changes == keyed.up().changes == frozenset()


def test_the_client_reads_a_stack_from_the_cli(
    engine: Engine, keyed: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in engine.environment.items():
        monkeypatch.setenv(name, value)
    outputs = keyed.outputs("--show-secrets")
    with stepgate.Stack.from_pulumi(keyed.name, keyed.project) as stack:
        assert {name: route.url for name, route in stack.routes.items()} == {
            name: route["url"] for name, route in outputs["routes"].items()
        }
        assert stack.definitions == outputs["definitions"]
        assert stack.progress_queue_url == outputs["progressQueueUrl"]
    with pytest.raises(stepgate.PulumiFailed, match="no stack named 'nothing' found"):
        stepgate.Stack.from_pulumi("nothing", keyed.project)


def test_the_key_is_an_output_and_stands_encrypted_in_the_state(
    engine: Engine, keyed: Stack
) -> None:
    (key,) = {r.outputs["value"] for r in engine.aws.account().of(aws.API_KEY)}
    assert keyed.outputs()["apiKey"] == "[secret]"
    assert keyed.outputs("--show-secrets")["apiKey"] == key
    files = [file for file in (engine.folder / "state").rglob("*") if file.is_file()]
    assert any("ciphertext" in file.read_text() for file in files)
    assert not [file for file in files if key in file.read_text()]


@pytest.mark.parametrize("fails", ["order", "rest-api", "stage"])
def test_what_failed_in_the_middle_is_completed_by_the_next_up(
    engine: Engine, deployed: Stack, fails: str
) -> None:
    stack = engine.stack(f"half-{fails.partition('-')[0]}")
    engine.aws.fail_once(f"tested-{stack.name}-api-{fails}")
    failed = stack.failed_up()
    assert "told to fail once" in failed.text
    made = ids(stack)
    assert made

    completed = stack.up()
    assert all(change.startswith("create ") for change in completed.changes)
    assert len(ids(stack)) == len(ids(deployed))
    assert made.items() <= ids(stack).items()
    assert stack.up().changes == frozenset()


def test_a_stage_that_was_not_moved_is_moved_by_the_next_up(
    engine: Engine, deployed: Stack
) -> None:
    deployed.set("--path", "corsOrigins[0]", "https://app.example.com")
    engine.aws.fail_once("tested-dev-api-stage")
    failed = deployed.failed_up()
    assert not failed.broken_routes
    assert "delete" not in {request.method for request in failed.requests}

    completed = deployed.up()
    assert [(r.method, r.type) for r in completed.requests if not r.refused] == [
        ("update", aws.STAGE),
        ("delete", aws.DEPLOYMENT),
    ]
    assert deployed.up().changes == frozenset()


def ids(stack: Stack) -> Mapping[str, str]:
    """The resources at the provider, by URN."""
    return {r["urn"]: r["id"] for r in stack.resources() if r.get("id")}
