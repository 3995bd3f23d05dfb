"""Each example as a user has it: in a folder of its own, with the package as a wheel."""

import hashlib
import hmac
import json
import os
import re
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from stepgate.resource_types.cloud import Cloud
from tests.conftest import REPOSITORY
from tests.examples.conftest import TRYING, Copy, Project
from tests.local.processes import await_

pytestmark = [pytest.mark.emulator, pytest.mark.proof]


def test_minimal_is_thirty_lines_that_the_commands_of_the_readme_install_and_call(
    installed: Project,
) -> None:
    assert len((installed.folder / "__main__.py").read_text().splitlines()) <= 30
    printed = installed.run("sh", "-e", "-c", TRYING)
    assert '{\n  "greeting": "Hello, Ada!"\n}\n' in printed


def test_an_existing_definition_is_deployed_with_its_substitutions(copy: Copy) -> None:
    example = copy("existing")
    with example.up():
        started = example.stepgate("start", "order", '{"items": ["tea"]}', "--key", "o-1")
        assert "o-1" in started
        assert '"warehouse": "south"' in example.stepgate("watch", "order", "o-1")


def test_two_apis_have_their_own_routes_and_callers(copy: Copy) -> None:
    example = copy("two-apis")
    with example.up():
        assert example.call("quote", {"net": 10}, "--api", "shop") == {"total": 15}
        office = ("--api", "office")
        started = example.stepgate("start", "refund", '{"order": 1}', "--key", "r-1", *office)
        assert "r-1" in started
        assert '"message"' in example.stepgate("watch", "refund", "r-1", *office)


def test_orders_are_placed_read_announced_and_exported(copy: Copy) -> None:
    example = copy("orders")
    order = {"id": "o-1", "sku": "tea"}
    with example.up():
        outputs = json.loads((example.folder / ".local/outputs.json").read_text())
        placed = httpx.post(outputs["routes"]["place-order"]["url"], json=order)
        assert (placed.status_code, placed.headers["Location"]) == (201, "orders/o-1")
        assert httpx.get(urljoin(str(placed.url), placed.headers["Location"])).json() == order
        missing = httpx.get(f"{placed.url}/o-2")
        again = httpx.post(placed.url, json=order)
        problems = [(it.status_code, it.json()["error"]) for it in (missing, again)]
        assert problems == [(404, "OrderNotFound"), (409, "OrderExists")]
        example.stepgate("start", "export-orders", "--key", "e-1")
        assert '{"key": "e-1.json"}' in example.stepgate("watch", "export-orders", "e-1")
        cloud = cloud_of(example)
        found = cloud.client("s3").get_object(Bucket=outputs["bucketName"], Key="e-1.json")
        assert json.load(found["Body"]) == [order]
        # A topic's messages arrive a moment later.
        received = cloud.sqs.receive_message(QueueUrl=outputs["parcelsUrl"], WaitTimeSeconds=20)
    assert [json.loads(message.get("Body", "")) for message in received["Messages"]] == [order]


def test_pictures_get_thumbnails_and_what_is_no_picture_is_skipped(copy: Copy) -> None:
    example = copy("resize")
    picture = {"key": "thumbnails/sun.png", "width": 64, "height": 48}
    broken = {"key": "pictures/text.png", "skipped": "it is not a PNG"}
    with example.up():
        outputs = json.loads((example.folder / ".local/outputs.json").read_text())
        cloud = cloud_of(example)
        bucket: Any = {"Bucket": outputs["bucketName"]}
        cloud.client("s3").put_object(**bucket, Key="pictures/text.png", Body=b"no picture")
        make = ("make-thumbnails", "--key")
        example.stepgate("start", *make, "t-1", '{"prefix": "pictures/", "width": 64}')
        ended = example.stepgate("watch", "make-thumbnails", "t-1")
        assert json.dumps({"thumbnails": [picture], "skipped": [broken]}) in ended
        found = cloud.client("s3").get_object(**bucket, Key="thumbnails/sun.png")
        assert found["Body"].read().startswith(b"\x89PNG")
        messages = iter_messages(cloud, outputs["progressQueueUrl"])
        states = [message["state"] for message in messages]
        assert states[:3] == [
            "List the pictures",
            "Are there pictures, and not too many?",
            "Make the thumbnails",
        ]
        assert sorted(states[3:]) == ["Make one", "Make one", "Skip it"]
        none = '{"prefix": "pictures/none/", "width": 64}'
        example.stepgate("start", *make, "t-2", none)
        failed = f"{outputs['routes']['make-thumbnails']['url']}/t-2"
        await_(lambda: httpx.get(failed).json()["status"] == "FAILED", "the end of the execution")
        problem = httpx.get(failed).json()
    assert problem["error"] == "NoPictures"
    assert problem["cause"] == "There are no pictures with this prefix."


def iter_messages(cloud: Cloud, url: str) -> Iterator[dict[str, Any]]:
    """The messages of one execution but for the last, which says how it ended."""
    while True:
        received = cloud.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)
        for message in received["Messages"]:
            body = json.loads(message.get("Body", ""))
            if "state" not in body:
                return
            yield body
            cloud.sqs.delete_message(QueueUrl=url, ReceiptHandle=message.get("ReceiptHandle", ""))


def test_an_upload_starts_an_import(copy: Copy) -> None:
    example = copy("imports")
    with example.up():
        outputs = json.loads((example.folder / ".local/outputs.json").read_text())
        s3 = cloud_of(example).client("s3")
        for key in ("contacts.csv", "notes.txt"):  # the rule is for one of them
            s3.put_object(Bucket=outputs["bucketName"], Key=key, Body=b"1,Ada\n2,Alan\n")
        await_(lambda: "SUCCEEDED" in example.stepgate("list", "import-file"), "the import")
        example.stepgate("start", "count-contacts", "--key", "c-1")
        assert '{"contacts": 2}' in example.stepgate("watch", "count-contacts", "c-1")
        listed = json.loads(example.stepgate("list", "import-file", "--json"))
    assert len(listed["executions"]) == 1


def test_an_approval_is_asked_for_reminded_of_and_escalated(copy: Copy) -> None:
    example = copy("approval")
    with example.up():
        outputs = json.loads((example.folder / ".local/outputs.json").read_text())
        example.stepgate("start", "approve-expense", '{"amount": 5}', "--key", "e-1")
        sqs = cloud_of(example).sqs
        texts: list[str] = []
        while len(texts) < 3:
            received = sqs.receive_message(QueueUrl=outputs["messagesUrl"], WaitTimeSeconds=20)
            messages = [json.loads(each.get("Body", "")) for each in received["Messages"]]
            texts += [message["text"] for message in messages]
            assert all(message["execution"] == "e-1" for message in messages)
            for each in received["Messages"]:
                receipt = each.get("ReceiptHandle", "")
                sqs.delete_message(QueueUrl=outputs["messagesUrl"], ReceiptHandle=receipt)
        assert texts == [
            "Please approve an expense",
            "Please remember to approve an expense",
            "An expense is still open",
        ]
        answer = '{"approved": true, "by": "Ada"}'
        example.stepgate("send", "approve-expense", "e-1", "approval", answer)
        assert '"by": "Ada"' in example.stepgate("watch", "approve-expense", "e-1")


def test_a_payment_is_verified_and_a_flight_is_cancelled_without_a_hotel(copy: Copy) -> None:
    example = copy("approval")
    settings = example.folder / "Pulumi.local.yaml"
    settings.write_text(settings.read_text().replace("waitSeconds: 8", "waitSeconds: 30"))
    payload = '{"amount": 1.50}'
    signed = hmac.new(b"not-a-secret", payload.encode(), hashlib.sha256).hexdigest()
    with example.up():
        outputs = json.loads((example.folder / ".local/outputs.json").read_text())
        for key in ("late", "full", "room"):
            example.stepgate("start", "book-trip", '{"flight": "SG 42"}', "--key", key)
            if key != "late":
                body = json.dumps({"room": key == "room"})
                example.stepgate("send", "book-trip", key, "hotel", body)
        example.stepgate("start", "take-payment", "--key", "p-1")
        url = outputs["routes"]["take-payment"]["executionUrl"].format(execution="p-1")
        unasked = httpx.post(f"{url}/events/payment", json={"payload": "", "signature": ""})
        assert unasked.status_code == 403, "the provider has a key"
        for signature in ("forged", signed):
            body = json.dumps({"payload": payload, "signature": signature})
            await_(partial(waits, example, "take-payment", "p-1"), "the payment")
            example.stepgate("send", "take-payment", "p-1", "payment", body)
        assert '{"amount": 1.5' in example.stepgate("watch", "take-payment", "p-1")
        status = {"full": "FAILED", "late": "FAILED", "room": "SUCCEEDED"}
        for key, expected in status.items():
            await_(partial(has_status, example, "book-trip", key, expected), expected)
        table = cloud_of(example).client("dynamodb").scan(TableName=outputs["bookingsName"])
        assert [item["id"] for item in table["Items"]] == [{"S": "room"}]


def waits(example: Project, workflow: str, key: str) -> list[Any]:
    return json.loads(example.stepgate("send", workflow, key, "--json"))["events"]


def has_status(example: Project, workflow: str, key: str, expected: str) -> bool:
    return json.loads(example.stepgate("status", workflow, key, "--json"))["status"] == expected


def test_a_caller_reads_the_outputs_of_another_stack_on_this_machine(copy: Copy) -> None:
    minimal, caller = copy("minimal"), copy("caller")
    early = subprocess.run(
        [".venv/bin/stepgate", "local", "up"],
        cwd=caller.folder,
        env=caller.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    outputs = minimal.folder / ".local/outputs.json"
    assert early.returncode == 1
    assert f"StackReference organization/minimal/local: {outputs}: No such file" in early.stderr
    with minimal.up():
        api = json.loads(outputs.read_text())["apiId"]
        assert caller.stepgate("check") == "project caller: no errors\n"
        with caller.up():
            found = json.loads((caller.folder / ".local/outputs.json").read_text())
            route = found["routes"]["greet"]["url"]
            assert httpx.post(route, json={"name": "Ada"}).json() == {"greeting": "Hello, Ada!"}
            policy = cloud_of(caller).iam.get_policy_version(
                PolicyArn=found["policyArn"], VersionId="v1"
            )
    document: Any = policy["PolicyVersion"].get("Document")
    [statement] = document["Statement"]
    arn = f"arn:aws:execute-api:us-east-1:000000000000:{api}/v1/POST/greet"
    assert statement["Resource"] == [arn]


def cloud_of(project: Project) -> Cloud:
    return Cloud(f"http://127.0.0.1:{project.environment['STEPGATE_PORT']}", "us-east-1")


def test_the_files_and_commands_of_the_guide_to_ones_own_program(
    installed: Project, tmp_path: Path
) -> None:
    guide = (REPOSITORY / "docs/your-program.md").read_text()
    files = re.findall(r"^`([\w.]+)`[^\n]*:\n\n```\w+\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in files] == ["Pulumi.yaml", "Pulumi.local.yaml", "__main__.py"]
    for name, text in files:
        (tmp_path / name).write_text(text)
    (tmp_path / ".venv").symlink_to(installed.folder / ".venv")
    _, commands = re.findall(r"^```sh\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    path = {"PATH": f"{tmp_path / '.venv/bin'}{os.pathsep}{installed.environment['PATH']}"}
    project = Project(tmp_path, installed.environment | path)
    assert '"price": "5 CHF"' in project.run("sh", "-e", "-c", commands)
