"""Which subnet the instance is placed in, and what is said where there is none."""

import pulumi
import pytest

from infra.instance import first_subnet, offering_zones


def test_the_subnet_does_not_depend_on_the_order_of_the_answers() -> None:
    assert offering_zones("t3.nano", ["b", "a"]) == ["a", "b"]
    assert first_subnet("t3.nano", ["a", "b"], ["subnet-2", "subnet-1"]) == "subnet-1"


def test_a_type_that_no_zone_offers_is_named() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        offering_zones("t9.nano", [])
    assert str(refused.value) == (
        "instance type t9.nano is not offered in this Region; choose another type"
    )


def test_what_to_create_is_said_where_no_default_subnet_fits() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        first_subnet("t3.nano", ["us-east-1a", "us-east-1c"], [])
    assert str(refused.value) == (
        "instance type t3.nano is offered in us-east-1a, us-east-1c, which have no default "
        "subnet; create one: aws ec2 create-default-vpc, or in a default VPC: "
        "aws ec2 create-default-subnet --availability-zone us-east-1a"
    )
