"""The facts of AWS's Service Authorization Reference, and that they are what was published."""

import json

import pytest

from stepgate.permissions import reference
from stepgate.permissions.reference import Action, find_action, find_arn_formats


def test_an_action_tells_the_resources_that_it_needs() -> None:
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
    assert find_action("dynamodb:GetItem") == Action("dynamodb:GetItem", ("table",), ())
    assert find_action("dynamodb:ListTables") == Action("dynamodb:ListTables", (), ())
    scan = find_action("dynamodb:Scan")
    assert scan is not None
    assert (scan.required, scan.optional) == (("table",), ("index",))


def test_an_action_is_found_in_any_case_and_told_in_that_of_aws() -> None:
    found = find_action("s3:GetBucketCors")
    assert found is not None
    assert found.name == "s3:GetBucketCORS"


@pytest.mark.parametrize("name", ["dynamodb:GetItems", "dynamo:GetItem", "dynamodb", ""])
def test_an_action_that_aws_does_not_know_is_none(name: str) -> None:
    assert find_action(name) is None


def test_a_resource_type_has_the_format_of_its_arn() -> None:
    assert find_arn_formats("dynamodb", "table") == (
        "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}",
    )


def test_a_resource_type_may_be_that_of_another_service() -> None:
    assert find_arn_formats("ebs", "snapshot") == (
        "arn:${Partition}:ec2:${Region}::snapshot/${SnapshotId}",
    )


def test_a_resource_type_may_have_several_forms() -> None:
    assert find_arn_formats("apigateway", "Stages") == (
        "arn:${Partition}:apigateway:${Region}::/apis/${ApiId}/stages",
        "arn:${Partition}:apigateway:${Region}::/restapis/${RestApiId}/stages",
    )


def test_every_resource_type_of_an_action_has_a_format() -> None:
    services: dict[str, reference.Service] = json.loads(reference.FILE.read_text())
    assert len(services) > 300
    for prefix, service in services.items():
        for required, optional, names in service["actions"]:
            for name in names.split():
                found = find_action(f"{prefix}:{name}")
                assert found is not None
                assert [*found.required, *found.optional] == [*required, *optional]
            assert all(find_arn_formats(prefix, type_) for type_ in [*required, *optional])


def test_the_file_is_small_enough_to_be_kept_with_the_code() -> None:
    assert reference.FILE.stat().st_size < 1_000_000
