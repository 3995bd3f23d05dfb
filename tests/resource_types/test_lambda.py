"""Functions of Lambda, made from what a program has as archives."""

import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pulumi
import pytest

from stepgate.resource_types import RESOURCE_TYPES
from stepgate.resource_types.assets import content, zip_file
from stepgate.resource_types.inputs import InputError, read_inputs
from stepgate.resource_types.rehearsal import Rehearsal, input_errors
from tests.deployed.stacks import Deployed
from tests.resource_types.programs import Run

ROLE = 'ROLE = "arn:aws:iam::000000000000:role/any"\n'


def test_functions_with_their_layers_permissions_and_aliases(run: Run, deployed: Deployed) -> None:
    outputs = run(
        ROLE
        + '''
CODE = """
import os, shared, late
def handler(event, context):
    return [event, os.environ["A"], shared.NAME, late.NAME, context.invoked_function_arn]
"""
def layer(name, shared, late):
    return aws.lambda_.LayerVersion(
        name, layer_name=name, compatible_runtimes=["python3.11"],
        code=pulumi.AssetArchive({"python": pulumi.AssetArchive({
            "shared.py": pulumi.StringAsset(f"NAME = {shared!r}"),
            "late.py": pulumi.StringAsset(f"NAME = {late!r}"),
        })}),
    )
bucket = aws.s3.Bucket("lambda-code")
archive = pulumi.AssetArchive({"app.py": pulumi.StringAsset(CODE)})
object = aws.s3.BucketObjectv2("lambda.zip", bucket=bucket.bucket, source=archive)
function = aws.lambda_.Function(
    "lambda-full", s3_bucket=bucket.bucket, s3_key=object.key, runtime="python3.11",
    handler="app.handler", role=ROLE, timeout=7, memory_size=256, publish=True,
    environment={"variables": {"A": "b"}}, tags={"a": "b"}, reserved_concurrent_executions=5,
    layers=[layer("lambda-first", "first", "first").arn, layer("lambda-last", "last", "last").arn],
)
alias = aws.lambda_.Alias(
    "lambda-alias", name="live", function_name=function.name, function_version=function.version
)
permission = aws.lambda_.Permission(
    "lambda-permission", action="lambda:InvokeFunction", function=function, qualifier=alias.name,
    principal="events.amazonaws.com", source_arn="arn:aws:events:us-east-1:000000000000:rule/a",
)
pulumi.export("function", [function.arn, function.qualified_arn, function.version])
pulumi.export("invoke", [function.invoke_arn, alias.invoke_arn])
pulumi.export("defaults", [function.timeout, function.memory_size])
pulumi.export("alias", alias.arn)
pulumi.export("statement", permission.statement_id)
'''
    )
    arn = "arn:aws:lambda:us-east-1:000000000000:function:lambda-full"
    assert outputs["function"] == [arn, f"{arn}:1", "1"]
    integration = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{}/invocations"
    assert outputs["invoke"] == [integration.format(arn), integration.format(f"{arn}:live")]
    assert (outputs["alias"], outputs["defaults"]) == (f"{arn}:live", [7, 256])
    client = deployed.cloud.client("lambda")
    answer = client.invoke(FunctionName=outputs["alias"], Payload=b"1")
    assert json.loads(answer["Payload"].read()) == [1, "b", "last", "last", outputs["alias"]]
    policy = json.loads(client.get_policy(FunctionName=arn, Qualifier="live")["Policy"])
    assert [each["Sid"] for each in policy["Statement"]] == [outputs["statement"]]
    assert client.get_function_concurrency(FunctionName=arn)["ReservedConcurrentExecutions"] == 5
    assert client.list_tags(Resource=arn)["Tags"] == {"a": "b"}


def files(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


def test_archives_are_zip_files(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.py").write_text("a")
    (folder / "deep/b.sh").write_text("b")
    (folder / "deep/b.sh").chmod(0o755)
    inside = {"a.py": "a", "deep/b.sh": "b"}
    from_folder = zip_file("code", pulumi.FileArchive(str(folder)))
    assert files(from_folder) == inside
    with zipfile.ZipFile(io.BytesIO(from_folder)) as file:
        assert file.getinfo("deep/b.sh").external_attr >> 16 & 0o111, "it can be run"
    (tmp_path / "code.zip").write_bytes(from_folder)
    assert zip_file("code", pulumi.FileArchive(str(tmp_path / "code.zip"))) == from_folder
    with tarfile.open(tmp_path / "code.tar.gz", "w:gz") as tar:
        tar.add(folder, ".")
    assert files(zip_file("code", pulumi.FileArchive(str(tmp_path / "code.tar.gz")))) == inside
    several = pulumi.AssetArchive(
        {
            "lib": pulumi.FileArchive(str(folder)),
            "zipped": pulumi.FileArchive(str(tmp_path / "code.zip")),
            "c.py": pulumi.FileAsset(str(folder / "a.py")),
            "d.py": pulumi.StringAsset("d"),
        }
    )
    assert files(content("source", several)) == {
        **{f"lib/{name}": text for name, text in inside.items()},
        **{f"zipped/{name}": text for name, text in inside.items()},
        "c.py": "a",
        "d.py": "d",
    }


@pytest.mark.parametrize(
    ("archive", "reason"),
    [
        (pulumi.FileArchive("none.zip"), "the input code is 'none.zip': No such file or directory"),
        (pulumi.FileArchive(__file__), "name a folder, or a .zip, .tar or .tar.gz file"),
        (pulumi.RemoteArchive("https://a.b/c.zip"), "write a pulumi.FileArchive or"),
        (pulumi.AssetArchive({"a": pulumi.FileAsset("none")}), "the input code is 'none': No such"),
        ("text", "write a pulumi.FileArchive or"),
    ],
)
def test_an_archive_that_cannot_be_read_is_one_line(archive: Any, reason: str) -> None:
    with pytest.raises(InputError) as raised:
        zip_file("code", archive)
    assert reason in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_layer_in_a_bucket_that_is_not_named_by_text_is_one_line() -> None:
    create = RESOURCE_TYPES["aws:lambda/layerVersion:LayerVersion"].create
    assert create
    given = read_inputs({"layerName": "shared", "s3Bucket": ["code"], "s3Key": "layer.zip"})
    (error,) = input_errors(create, Rehearsal("eu-west-1"), "layer", given, are_all=True)
    assert str(error) == "the input s3_bucket is ['code']; write text"
