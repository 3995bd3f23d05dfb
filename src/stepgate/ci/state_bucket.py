"""The bucket on S3 that holds Pulumi's state.

https://github.com/pulumi/pulumi/blob/v3.200.0/pkg/backend/diy/store.go
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qsl

import boto3

from stepgate.ci.aws_errors import aws_errors

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
URL = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[A-Za-z0-9!_.'()-]+)*)/?(?:\?(.*))?")
"""Bucket, folder and query. The folder has no wildcards of IAM."""


@dataclass(frozen=True)
class StateBucket:
    """
    Attributes:
        name: the bucket's name.
        folder: what the keys of all files begin with: empty, or with `/` at the end.
        options: how to reach it, as the URL's query says.
    """

    name: str
    folder: str
    options: Mapping[str, str] = field(default_factory=dict[str, str])


def find_state_bucket(url: str) -> StateBucket | None:
    """The bucket that a backend's URL names; None if it is not on AWS."""
    if not (found := URL.fullmatch(url)):
        return None
    bucket, folder, query = found.groups(default="")
    options = dict(parse_qsl(query))
    if "endpoint" in options:
        return None
    return StateBucket(bucket, f"{folder[1:]}/" if folder else "", options)


def list_stacks(bucket: StateBucket, project: str) -> list[str]:
    """The names of a project's stacks, from the names of the files.

    `pulumi stack ls` reads the state of each, which a role for ephemeral stacks may not.

    Raises:
        AwsFailedError: AWS does not answer.
    """
    folder = f"{bucket.folder}.pulumi/stacks/{project}/"
    profile, region = map(bucket.options.get, ("profile", "region"))
    with aws_errors(f"list the stacks in {bucket.name}"):
        s3 = cast("Any", boto3.Session(profile_name=profile, region_name=region)).client("s3")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket.name, Prefix=folder)
        keys: list[str] = [found["Key"] for page in pages for found in page.get("Contents", ())]
    names = (key.removeprefix(folder).removesuffix(".gz") for key in keys)
    return [name.removesuffix(".json") for name in names if name.endswith(".json")]
