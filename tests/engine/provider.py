"""`pulumi-resource-aws`: a resource provider that the engine takes for the real one.

`python -m tests.engine.provider FOLDER` prints its port and serves the protocol of
https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto. In the folder it keeps the
account, and writes down each request.
"""
# ruff: noqa: ARG002, N802 the protocol's names and arguments

import fcntl
import hashlib
import json
import os
import sys
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN

from stepgate.resource_types import RESOURCE_TYPES
from tests.engine.aws import (
    FUNCTIONS,
    KINDS,
    ROLE_POLICY,
    ROLE_POLICY_ATTACHMENT,
    TABLE,
    Account,
    Inputs,
    Resource,
    loaded,
    refusals,
    saved,
    served,
)

VERSION = "7.51.1"
DEFAULTS = "__defaults"
"""Where the real provider notes which inputs it has filled in."""
SUFFIX_DIGITS = 7
SCHEMA = {
    "name": "aws",
    "version": VERSION,
    "meta": {"moduleFormat": "(.*)(?:/[^/]*)"},
    "resources": {
        TABLE: {
            "inputProperties": {
                "attributes": {"type": "array", "items": {"$ref": "pulumi.json#/Any"}},
                "billingMode": {"type": "string"},
                "hashKey": {"type": "string"},
            },
            "properties": {"arn": {"type": "string"}, "name": {"type": "string"}},
        }
    },
}
"""Of what programs in YAML register themselves: these are checked with it."""
HANG_SECONDS = 0.05
ORPHAN_SECONDS = 0.5
IAM_SECONDS = 0.3
"""A role is given a policy slowly, so that what does not wait for it comes too early."""


@dataclass(frozen=True)
class Request:
    """What the provider was asked, in the order in which it had done it.

    Attributes:
        method: `create`, `update`, `delete`, `read` or `invoke`.
        served: what stood behind each route afterwards, see `aws.served`.
        refused: why it was not done; empty if it was.
    """

    method: str
    type: str
    name: str
    id: str
    served: dict[str, str]
    refused: str = ""


@dataclass(frozen=True)
class Folder:
    """What the provider and the tests share."""

    path: Path

    @contextmanager
    def locked(self) -> Generator[None]:
        """For one request at a time, also if two engines work on the account."""
        with (self.path / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def account(self) -> Account:
        return loaded(self.path / "account.json")

    def save(self, account: Account) -> None:
        saved(account, self.path / "account.json")

    def requests(self) -> list[Request]:
        file = self.path / "requests.jsonl"
        lines = file.read_text().splitlines() if file.exists() else ()
        return [Request(**json.loads(line)) for line in lines]

    def record(self, request: Request) -> None:
        with (self.path / "requests.jsonl").open("a") as file:
            file.write(json.dumps(asdict(request)) + "\n")

    def fail_once(self, name: str) -> None:
        """The next resource of this name in Pulumi is refused, when it is created or updated."""
        (self.path / "fails").write_text(name)

    def fails(self, what: str) -> bool:
        file = self.path / "fails"
        if not file.exists() or file.read_text() != what:
            return False
        file.unlink()
        return True

    def fail_delete_once(self, type_: str) -> None:
        """The next resource of this type is not deleted."""
        (self.path / "fails").write_text(f"delete {type_}")

    def hang_after(self, method: str, type_: str) -> None:
        """Who asks for this waits for the answer without end, although it is done."""
        (self.path / "hangs").write_text(f"{method} {type_}")

    def hangs_after(self, method: str, type_: str) -> bool:
        file = self.path / "hangs"
        hangs = file.exists() and file.read_text() == f"{method} {type_}"
        if hangs:
            (self.path / "hanging").touch()
        return hangs

    def hanging(self) -> bool:
        """Whether somebody waits for such an answer."""
        return (self.path / "hanging").exists()

    def hang_no_more(self) -> None:
        for name in ("hangs", "hanging"):
            (self.path / name).unlink(missing_ok=True)


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetSchemaResponse(schema=json.dumps(SCHEMA))

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.DiffResponse()

    def Configure(self, request: Any, context: Any) -> Any:
        with self._folder.locked():
            region = request.variables["aws:config:region"]
            self._folder.save(replace(self._folder.account(), region=region))
        return provider_pb2.ConfigureResponse(
            supportsPreview=True, acceptResources=True, supports_autonaming_configuration=True
        )

    def Cancel(self, request: Any, context: Any) -> Any:
        return Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        if request.tok not in FUNCTIONS:
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED, f"the stand-in does not know {request.tok}"
            )
        with self._folder.locked():
            answer = FUNCTIONS[request.tok](self._folder.account(), MessageToDict(request.args))
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").update(answer)
        return response

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The inputs, with the name that the real provider would give."""
        if request.type not in KINDS:
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED, f"the stand-in does not know {request.type}"
            )
        news, olds = MessageToDict(request.news), MessageToDict(request.olds)
        longest = KINDS[request.type].longest_name
        if longest is None:
            return provider_pb2.CheckResponse(inputs=request.news)
        if "name" not in news:
            # As https://github.com/pulumi/pulumi-terraform-bridge does: once made, a name stays.
            kept = "name" in olds.get(DEFAULTS, ())
            news |= {"name": olds["name"] if kept else _name(request), DEFAULTS: ["name"]}
        too_long = provider_pb2.CheckFailure(
            property="name", reason=f"{news['name']} is longer than the maximum length {longest}"
        )
        return provider_pb2.CheckResponse(
            inputs=_struct(news), failures=[too_long] if len(news["name"]) > longest else []
        )

    def Diff(self, request: Any, context: Any) -> Any:
        """What differs from what was read back, as the real provider compares."""
        olds, news = MessageToDict(request.olds), MessageToDict(request.news)
        given = MessageToDict(request.old_inputs)
        changed = sorted(
            key for key in {*given, *news} - {DEFAULTS} if olds.get(key) != news.get(key)
        )
        replaces = RESOURCE_TYPES[request.type].replaces.split()
        some = provider_pb2.DiffResponse.DIFF_SOME
        return provider_pb2.DiffResponse(
            changes=some if changed else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=changed,
            replaces=[key for key in changed if key in replaces],
            deleteBeforeReplace=KINDS[request.type].delete_before_replace,
        )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        inputs = MessageToDict(request.properties)
        if request.preview:
            _, made = KINDS[request.type].made(Account("", []), inputs)
            unknown = dict.fromkeys(made, UNKNOWN)
            return provider_pb2.CreateResponse(properties=_struct({**unknown, **inputs}))
        if request.type in (ROLE_POLICY, ROLE_POLICY_ATTACHMENT):
            time.sleep(IAM_SECONDS)
        with self._folder.locked():
            account = self._folder.account()
            self._refuse(context, "create", request, refusals(account, request.type, inputs))
            id_, made = KINDS[request.type].made(account, inputs)
            outputs = {**inputs, **made, **KINDS[request.type].followed(account, id_, inputs)}
            account.resources.append(Resource(request.type, request.name, id_, inputs, outputs))
            self._done(account, "create", request, id_)
        self._hang(context, "create", request)
        return provider_pb2.CreateResponse(id=id_, properties=_struct(outputs))

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        olds, news = MessageToDict(request.olds), MessageToDict(request.news)
        gone = MessageToDict(request.old_inputs).keys() - news.keys()
        outputs = {key: value for key, value in {**olds, **news}.items() if key not in gone}
        if request.preview:
            return provider_pb2.UpdateResponse(properties=_struct(outputs))
        with self._folder.locked():
            account = self._folder.account()
            self._refuse(
                context, "update", request, refusals(account, request.type, news, id_=request.id)
            )
            outputs |= KINDS[request.type].followed(account, request.id, news)
            account.resources = [
                replace(resource, inputs=news, outputs=outputs)
                if (resource.type, resource.id, resource.name)
                == (request.type, request.id, request.name)
                else resource
                for resource in account.resources
            ]
            self._done(account, "update", request, request.id)
        self._hang(context, "update", request)
        return provider_pb2.UpdateResponse(properties=_struct(outputs))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        with self._folder.locked():
            account = self._folder.account()
            # As the real provider, which takes it for done if AWS knows no such resource.
            if resource := account.find(request.type, request.id):
                needed = KINDS[request.type].needed(account, resource)
                self._refuse(context, "delete", request, needed)
                account.delete(resource)
                self._done(account, "delete", request, request.id)
        self._hang(context, "delete", request)
        return Empty()

    def Read(self, request: Any, context: Any) -> Any:
        with self._folder.locked():
            resource = self._folder.account().find(request.type, request.id)
        if resource is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=resource.id,
            properties=_struct(resource.outputs),
            inputs=_struct(resource.inputs),
        )

    def _refuse(
        self, context: grpc.ServicerContext, method: str, request: Any, why: Iterator[str]
    ) -> None:
        """Raises if there is a reason to refuse."""
        reason = next(why, "")
        if self._folder.fails(f"delete {request.type}" if method == "delete" else request.name):
            reason = "ServiceUnavailable: told to fail once"
        if reason:
            asked = (method, request.type, request.name, getattr(request, "id", ""))
            self._folder.record(Request(*asked, served(self._folder.account()), reason))
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, reason)

    def _hang(self, context: grpc.ServicerContext, method: str, request: Any) -> None:
        """An answer that is lost: returns when nobody asks any more."""
        while context.is_active() and self._folder.hangs_after(method, request.type):
            time.sleep(HANG_SECONDS)

    def _done(self, account: Account, method: str, request: Any, id_: str) -> None:
        self._folder.save(account)
        self._folder.record(Request(method, request.type, request.name, id_, served(account)))


def _name(request: Any) -> str:
    if request.HasField("autonaming"):
        return request.autonaming.proposed_name
    digits = hashlib.sha256(request.randomSeed).hexdigest()[:SUFFIX_DIGITS]
    # As https://github.com/pulumi/pulumi-aws does for queues.
    ending = ".fifo" if MessageToDict(request.news).get("fifoQueue") else ""
    return f"{request.name}-{digits}{ending}"


def _struct(values: Inputs) -> Struct:
    struct = Struct()
    struct.update(values)
    return struct


def main() -> None:
    server = grpc.server(ThreadPoolExecutor(max_workers=16))
    provider = Provider(Folder(Path(sys.argv[1])))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    engine = os.getppid()
    while os.getppid() == engine:  # a killed engine tells nobody
        time.sleep(ORPHAN_SECONDS)


if __name__ == "__main__":
    main()
