"""What the engine makes of the example's instance, and of a change around it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine import aws
from tests.engine.pulumi_stack import Engine, Stack

pytestmark = pytest.mark.proof

URN = "urn:pulumi:dev::stepgate::example:index:Instance"


def test_it_comes_and_goes_with_its_stack(engine: Engine, program: Path) -> None:
    stack = engine.stack("gone", program)
    preview = stack.preview()
    run = stack.up()
    assert run.changes == preview.changes
    assert not run.broken_routes
    outputs = stack.outputs()
    assert re.fullmatch("i-[0-9a-f]{17}", outputs["instanceId"])
    assert outputs["routes"].keys() == {"express-instance", "standard-instance"}
    stack.destroy()
    assert stack.resources() == []


def test_no_resource_has_another_urn_than_users_have_deployed(deployed: Stack) -> None:
    """As in tests/engine/test_resources.py, for what is not the package's."""
    assert {r["urn"] for r in deployed.resources() if "example:index" in r["urn"]} == {
        f"{URN}::stepgate-dev",
        f"{URN}${aws.INSTANCE}::stepgate-dev-instance",
        f"{URN}${aws.SECURITY_GROUP}::stepgate-dev-security-group",
    }


def test_a_newer_image_leaves_the_instance_as_it_is(engine: Engine, deployed: Stack) -> None:
    deployed.up()
    engine.aws.save(replace(engine.aws.account(), image="ami-0fedcba9876543210"))
    assert deployed.up().changes == frozenset()


def test_the_instance_has_no_public_address_in_a_zone_that_offers_its_type(
    engine: Engine, deployed: Stack
) -> None:
    (instance,) = [r for r in deployed.resources() if r["type"] == aws.INSTANCE]
    account = engine.aws.account()
    assert instance["outputs"]["associatePublicIpAddress"] is False
    assert account.subnets[instance["outputs"]["subnetId"]] in account.offering


def test_a_subnet_that_comes_later_leaves_the_instance_where_it_is(
    engine: Engine, deployed: Stack
) -> None:
    deployed.up()
    account = engine.aws.account()
    engine.aws.save(replace(account, subnets={"subnet-00000000000000000": "a", **account.subnets}))
    assert deployed.up().changes == frozenset()
    engine.aws.save(replace(engine.aws.account(), subnets=account.subnets))


def test_where_there_is_no_default_vpc_up_says_how_to_create_one(
    engine: Engine, program: Path
) -> None:
    stack = engine.stack("no-vpc", program)
    subnets = engine.aws.account().subnets
    engine.aws.save(replace(engine.aws.account(), subnets={}))
    told = stack.failed_up().text
    engine.aws.save(replace(engine.aws.account(), subnets=subnets))
    assert "create one: aws ec2 create-default-vpc" in told
    assert "Traceback" not in told
