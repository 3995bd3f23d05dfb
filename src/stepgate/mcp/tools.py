"""The tools of a stack, and what their arguments mean. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

from mcp_types import Tool, ToolAnnotations

from stepgate.client.outputs import DeployedRoute
from stepgate.client.schema import COMPONENT

# A workflow's name has no underscore, so none is called as these.
STATUS = "execution_status"
LIST = "list_executions"
HISTORY = "execution_history"
SEND = "send_event"
STOP = "stop_execution"
REDRIVE = "redrive_execution"
RESTART = "restart_execution"

ALLOWED = ("history", "send", "stop", "redrive", "restart")
"""What an agent may be allowed beside running workflows and asking for their executions."""

STATUSES = ("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")
MAX_LISTED = 100
DEFAULT_LISTED = 20
MAX_HOURS = 24 * 90
"""As long as Step Functions keeps executions."""

Schema = Mapping[str, Any]

_STARTED = (
    " It is started, and awaited for a while. If it has not ended by then, the result has the "
    f"status RUNNING and the name of the execution: ask for it with {STATUS}."
)


def stack_tools(
    routes: Iterable[DeployedRoute], openapi: Schema, allowed: Collection[str]
) -> list[Tool]:
    """A tool for each workflow, and those for the executions of asynchronous ones."""
    routes = list(routes)
    found = [_workflow_tool(route, openapi) for route in routes]
    found.append(
        Tool(
            name=LIST,
            description="The newest executions of a workflow, or of all, the newest first: their "
            "names, statuses, times and errors.",
            input_schema=_list_schema(routes),
            annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True),
        )
    )
    if "history" in allowed:
        found.append(
            Tool(
                name=HISTORY,
                description="The states that an execution has entered, with times, attempts, "
                "errors, inputs and outputs: where and why it failed.",
                input_schema=_object(_execution_members(routes), ["workflow", "execution"]),
                annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True),
            )
        )
    started = [route for route in routes if route.mode == "async"]
    if not started:
        return found
    found.append(
        Tool(
            name=STATUS,
            description="The status of an execution of an asynchronous workflow, and its output "
            "or its error once it has ended.",
            input_schema=_execution_schema(started),
            annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True),
        )
    )
    waiting = [route for route in started if route.events]
    if "send" in allowed and waiting:
        found.append(
            Tool(
                name=SEND,
                description="Sends an event that an execution waits for, and so continues it.",
                input_schema=_event_schema(waiting),
            )
        )
    schema = _execution_schema(started)
    found += [
        Tool(name=name, description=said, input_schema=schema, annotations=annotations)
        for action, name, said, annotations in _OPERATIONS
        if action in allowed
    ]
    return found


_OPERATIONS = (
    (
        "stop",
        STOP,
        "Stops an execution of an asynchronous workflow. What it has done stays done; one that has "
        "ended is not changed.",
        ToolAnnotations(destructive_hint=True, idempotent_hint=True),
    ),
    (
        "redrive",
        REDRIVE,
        "Continues an execution that has failed, timed out or was stopped from there. What it has "
        "done before is not done again.",
        ToolAnnotations(destructive_hint=True),
    ),
    (
        "restart",
        RESTART,
        "Starts another execution with the same input, once: called again, it returns the same "
        "one. What the workflow does is done again from the start.",
        ToolAnnotations(destructive_hint=True, idempotent_hint=True),
    ),
)
"""What may be allowed, the tool for it, and what is said of it."""


def request_parts(route: DeployedRoute, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a workflow's tool as those of `Stack.call` and `Stack.start`."""
    return {"input": dict(arguments)} if takes_body_alone(route) else dict(arguments)


def _workflow_tool(route: DeployedRoute, openapi: Schema) -> Tool:
    said = route.description or f"Runs the workflow {route.name}."
    return Tool(
        name=route.name,
        description=said + (_STARTED if route.mode == "async" else ""),
        input_schema=_with_definitions(_arguments_schema(route), openapi),
    )


def takes_body_alone(route: DeployedRoute) -> bool:
    """Whether the arguments are the members of the body, and no parameters beside it."""
    parameters = (*route.path, *route.query, *route.headers)
    is_object = route.schema is None or route.schema.get("type") == "object"
    return route.has_body and is_object and not parameters


def _arguments_schema(route: DeployedRoute) -> Schema:
    if takes_body_alone(route):
        return {"type": "object", **(route.schema or {})}
    members: dict[str, Schema] = {}
    required: list[str] = []
    if route.has_body:
        members["input"] = route.schema or {}
        required.append("input")
    if route.path:
        members["path"] = _parameters_schema(route.path, required=route.path)
        required.append("path")
    for kind, names in (("query", route.query), ("headers", route.headers)):
        if names:
            members[kind] = _parameters_schema(names)
    return _object(members, required)


def _list_schema(routes: Iterable[DeployedRoute]) -> dict[str, Any]:
    members: dict[str, Schema] = {
        "workflow": _execution_members(routes)["workflow"],
        "status": {"type": "string", "enum": list(STATUSES)},
        "hours": {
            "type": "number",
            "minimum": 0,
            "maximum": MAX_HOURS,
            "description": "Only executions that were started within so many hours",
        },
        "error": {
            "type": "string",
            "description": "Only executions that have failed with this error, by its exact name",
        },
        "limit": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_LISTED,
            "default": DEFAULT_LISTED,
        },
    }
    return _object(members, [])


def _execution_members(routes: Iterable[DeployedRoute]) -> dict[str, Schema]:
    return {
        "workflow": {"type": "string", "enum": [route.name for route in routes]},
        "execution": {"type": "string", "description": "Its name"},
    }


def _execution_schema(routes: Iterable[DeployedRoute]) -> dict[str, Any]:
    routes = list(routes)
    variables = [*dict.fromkeys(name for route in routes for name in route.path)]
    path = {"path": _parameters_schema(variables)} if variables else {}
    return _object({**_execution_members(routes), **path}, ["workflow", "execution"])


def _event_schema(routes: Iterable[DeployedRoute]) -> dict[str, Any]:
    routes = list(routes)
    schema = _execution_schema(routes)
    names = [*dict.fromkeys(name for route in routes for name in route.events)]
    schema["properties"] |= {
        "event": {"type": "string", "enum": names},
        "body": {"description": "What the workflow gets as the result of its wait"},
        "item": {"type": "string", "description": "Which item of a Map waits, if each does"},
    }
    schema["required"].append("event")
    return schema


def _parameters_schema(names: Iterable[str], required: Iterable[str] = ()) -> dict[str, Any]:
    return _object({name: {"type": "string"} for name in names}, list(required))


def _object(members: Mapping[str, Schema], required: list[str]) -> dict[str, Any]:
    # An empty `required` is invalid in the draft that API Gateway knows, which clients may know.
    needed = {"required": required} if required else {}
    return {
        "type": "object",
        "properties": dict(members),
        **needed,
        "additionalProperties": False,
    }


def _with_definitions(schema: Schema, openapi: Schema) -> dict[str, Any]:
    """The schema with what it refers to inside of it."""
    components = cast("dict[str, Schema]", openapi.get("components", {}).get("schemas", {}))
    definitions: dict[str, Any] = {}

    def inside(node: Any) -> Any:
        if isinstance(node, list):
            return [inside(each) for each in cast("list[Any]", node)]
        if not isinstance(node, dict):
            return node
        copied = {key: inside(value) for key, value in cast("dict[str, Any]", node).items()}
        reference = copied.get("$ref")
        if isinstance(reference, str) and reference.startswith(COMPONENT):
            name = reference.removeprefix(COMPONENT)
            copied["$ref"] = f"#/$defs/{name}"
            if name in components and name not in definitions:
                definitions[name] = {}  # before what it refers to, which may be itself
                definitions[name] = inside(components[name])
        return copied

    copied = cast("dict[str, Any]", inside(dict(schema)))
    return copied | ({"$defs": definitions} if definitions else {})
