"""AWS's own APIs over HTTP, as far as `stepgate ci` calls them, on the stand-in's account."""

import json
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, quote
from xml.sax.saxutils import escape

from tests.engine.aws import (
    ALIAS,
    ROLE_POLICY,
    STATE_MACHINE,
    VERSION,
    Account,
    Resource,
    refusals,
    versions,
)
from tests.engine.provider import HANG_SECONDS, Folder

EXECUTION = "an execution of a state machine"
"""No resource of Pulumi's; tests put those that run into the account."""

Asked = Mapping[str, Any]
Answer = dict[str, Any]


class RefusedError(Exception):
    """What AWS refuses; its text begins with the error's code."""


def _one(account: Account, type_: str, id_: str) -> Resource:
    if not (found := account.find(type_, id_)):
        raise RefusedError(f"ResourceNotFound: {id_}")
    return found


def _change(account: Account, resource: Resource, **inputs: Any) -> None:
    changed = replace(
        resource,
        inputs={**resource.inputs, **inputs},
        outputs={**resource.outputs, **inputs},
    )
    account.resources[account.resources.index(resource)] = changed


def _get_resources(account: Account, asked: Asked) -> Answer:
    """One resource a page.

    https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
    """
    tags = {(f["Key"], value) for f in asked["TagFilters"] for value in f["Values"]}
    found = [
        {"ResourceARN": resource.outputs["arn"]}
        for resource in account.resources
        if tags <= resource.inputs.get("tags", {}).items() and "arn" in resource.outputs
    ]
    page = int(asked.get("PaginationToken") or 0)
    more = str(page + 1) if page + 1 < len(found) else ""
    return {"ResourceTagMappingList": found[page : page + 1], "PaginationToken": more}


# https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html


def _describe_alias(account: Account, asked: Asked) -> Answer:
    alias = _one(account, ALIAS, asked["stateMachineAliasArn"])
    return {
        "routingConfiguration": alias.inputs["routingConfigurations"],
        "description": alias.outputs.get("description", ""),
    }


def _update_alias(account: Account, asked: Asked) -> Answer:
    alias = _one(account, ALIAS, asked["stateMachineAliasArn"])
    routing = asked["routingConfiguration"]
    for each in routing:
        _one(account, VERSION, each["stateMachineVersionArn"])
    _change(account, alias, routingConfigurations=routing, description=asked["description"])
    return {"updateDate": 1.5}


def _list_versions(account: Account, asked: Asked) -> Answer:
    found = versions(account, asked["stateMachineArn"])
    return {
        "stateMachineVersions": [
            {"stateMachineVersionArn": each.id, **each.outputs} for each in reversed(found)
        ]
    }


def _describe_machine(account: Account, asked: Asked) -> Answer:
    version = _one(account, VERSION, asked["stateMachineArn"])
    return {
        "stateMachineArn": version.id,
        "name": version.id.split(":")[6],
        "definition": version.inputs["definition"],
        "roleArn": version.inputs["roleArn"],
        "type": "STANDARD",
        "creationDate": 1.5,
    }


def _update_machine(account: Account, asked: Asked) -> Answer:
    machine = _one(account, STATE_MACHINE, asked["stateMachineArn"])
    _change(account, machine, definition=asked["definition"], roleArn=asked["roleArn"])
    return {"updateDate": 1.5}


def _delete_version(account: Account, asked: Asked) -> Answer:
    arn = asked["stateMachineVersionArn"]
    if any(
        each["stateMachineVersionArn"] == arn
        for alias in account.of(ALIAS)
        for each in alias.inputs["routingConfigurations"]
    ):
        raise RefusedError("ConflictException: an alias references the version")
    account.resources.remove(_one(account, VERSION, arn))
    return {}


def _list_executions(account: Account, asked: Asked) -> Answer:
    assert asked["statusFilter"] == "RUNNING"
    return {
        "executions": [
            {"executionArn": each.id, "name": each.id, "status": "RUNNING", "startDate": 1.5}
            | each.inputs
            for each in account.of(EXECUTION)
            if each.inputs["stateMachineArn"] == asked["stateMachineArn"]
        ]
    }


# https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html


def _inline(account: Account, asked: Asked) -> list[Resource]:
    return account.of(ROLE_POLICY, role=asked["RoleName"])


def _list_role_policies(account: Account, asked: Asked) -> Answer:
    names = [each.inputs["name"] for each in _inline(account, asked)]
    members = "".join(f"<member>{escape(name)}</member>" for name in names)
    return {"PolicyNames": members, "IsTruncated": "false"}


def _role_policy(account: Account, asked: Asked) -> Resource:
    return _one(account, ROLE_POLICY, f"{asked['RoleName']}:{asked['PolicyName']}")


def _get_role_policy(account: Account, asked: Asked) -> Answer:
    document = quote(_role_policy(account, asked).inputs["policy"])
    return {**{k: asked[k] for k in ("RoleName", "PolicyName")}, "PolicyDocument": document}


def _put_role_policy(account: Account, asked: Asked) -> Answer:
    role, name = asked["RoleName"], asked["PolicyName"]
    inputs = {"role": role, "name": name, "policy": asked["PolicyDocument"]}
    for reason in refusals(account, ROLE_POLICY, inputs, id_=f"{role}:{name}"):
        raise RefusedError(reason)
    for before in [each for each in _inline(account, asked) if each.inputs["name"] == name]:
        account.resources.remove(before)
    account.resources.append(Resource(ROLE_POLICY, "", f"{role}:{name}", inputs, inputs))
    return {}


def _delete_role_policy(account: Account, asked: Asked) -> Answer:
    account.resources.remove(_role_policy(account, asked))
    return {}


ACTIONS: Mapping[str, Callable[[Account, Asked], Answer]] = {
    "GetResources": _get_resources,
    "DescribeStateMachineAlias": _describe_alias,
    "UpdateStateMachineAlias": _update_alias,
    "ListStateMachineVersions": _list_versions,
    "DescribeStateMachine": _describe_machine,
    "UpdateStateMachine": _update_machine,
    "DeleteStateMachineVersion": _delete_version,
    "ListExecutions": _list_executions,
    "ListRolePolicies": _list_role_policies,
    "GetRolePolicy": _get_role_policy,
    "PutRolePolicy": _put_role_policy,
    "DeleteRolePolicy": _delete_role_policy,
}

SUBJECTS = ("stateMachineAliasArn", "stateMachineArn", "stateMachineVersionArn", "PolicyName")
"""The members of requests that name what they are about."""


@contextmanager
def aws_endpoint(aws: Folder) -> Generator[str]:
    """Gives the URL. `Folder.hang_after(ACTION, SUBJECT)` keeps the answers to an action back,
    and `Folder.fail_once("ACTION SUBJECT")` refuses it once.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            _, _, action = self.headers.get("X-Amz-Target", "").rpartition(".")
            is_json = bool(action)
            asked: Asked = json.loads(body) if is_json else dict(parse_qsl(body))
            action = action or asked["Action"]
            subject = next((asked[each] for each in SUBJECTS if each in asked), "")
            try:
                with aws.locked():
                    account = aws.account()
                    if aws.fails(f"{action} {subject}"):
                        raise RefusedError("AccessDeniedException: told to fail once")
                    answer = ACTIONS[action](account, asked)
                    aws.save(account)
            except RefusedError as refused:
                code, _, message = str(refused).partition(": ")
                self._answer(400, _error(code, message, is_json=is_json))
                return
            while aws.hangs_after(action, subject):
                time.sleep(HANG_SECONDS)
            with suppress(BrokenPipeError):  # it was killed meanwhile
                self._answer(200, json.dumps(answer) if is_json else _xml(action, answer))

        def _answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _xml(action: str, answer: Answer) -> str:
    members = "".join(f"<{name}>{value}</{name}>" for name, value in answer.items())
    return f"<{action}Response><{action}Result>{members}</{action}Result></{action}Response>"


def _error(code: str, message: str, *, is_json: bool) -> str:
    if is_json:
        return json.dumps({"__type": code, "message": message})
    code = {"ResourceNotFound": "NoSuchEntity"}.get(code, code)
    error = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    return f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
