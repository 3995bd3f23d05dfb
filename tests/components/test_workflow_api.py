"""What a WorkflowApi registers, exposes and refuses, by Pulumi's mocks."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import botocore.session
import pulumi
import pulumi_aws as aws
import pytest
import yaml
from pulumi.output import Unknown

from stepgate import Jwt, Route, Values, Workflow
from stepgate.components import Alarm, Alarms, Cors, Throttle, WorkflowApi
from stepgate.components.arguments import SECURITY_POLICIES
from tests.components.registered import (
    PLACE_ORDER,
    QUIET,
    SHIP,
    ShopValues,
    pack,
    place_order,
    register,
    shop,
)
from tests.located import without_places
from tests.program import ARNS, Program

MACHINE = f"{ARNS['aws:sfn/stateMachine:StateMachine']}shop-dev-shop-"
QUEUE = f"{ARNS['aws:sqs/queue:Queue']}shop-dev-shop-progress.url"
URL = "shop-dev-shop-stage.invokeUrl"
ROUTES = {
    "place-order": {"mode": "sync", "method": "POST", "url": f"{URL}/place-order"},
    "ship": {
        "mode": "async",
        "method": "POST",
        "url": f"{URL}/ship",
        "executionUrl": f"{URL}/ship/{{execution}}",
    },
}


TOPIC = "arn:aws:sns:eu-central-1:123456789012:ops"


def alarms(**changes: Any) -> Alarms:
    given: dict[str, Any] = {"threshold": 1, **changes}
    return Alarms(TOPIC, latency=Alarm(**given))


@pytest.fixture(scope="module")
def program() -> Program:
    return register(shop)


def refusal(**arguments: Any) -> list[str]:
    """The lines that a shop with these arguments is refused with."""
    with pytest.raises(pulumi.RunError) as refused:
        register(lambda: shop(**arguments))
    return without_places(str(refused.value).splitlines())


def raises(values: Values) -> Any:
    regions: dict[str, str] = {}
    return {"StartAt": regions[values.region]}


def given(value: Any) -> Callable[[Values], Any]:
    return lambda _: value


# What it exports


def test_the_outputs_are_those_that_apps_rely_on(program: Program) -> None:
    outputs = dict(program.outputs)
    assert outputs.pop("openapi")["servers"] == [{"url": URL}]
    assert outputs.pop("definitions") == {
        "place-order": place_order(ShopValues(table_name="shop-orders", attempts=3)),
        "ship": pack(Values()),
    }
    assert outputs == {
        "routes": ROUTES,
        "stateMachineArns": {name: f"{MACHINE}{name}" for name in ROUTES},
        "logGroups": {name: f"/aws/vendedlogs/states/shop-dev-shop-{name}" for name in ROUTES},
        "progressQueueUrl": "shop-dev-shop-progress.url",
        "apiId": "shop-dev-shop-rest-api.id",
        "stage": "v1",
        "region": "eu-central-1",
        "authorization": "iam",
    }


def test_a_key_is_an_output_only_where_one_is_asked_for() -> None:
    outputs = register(lambda: shop(authorization="api-key")).outputs
    assert outputs["authorization"] == "api-key"
    assert "apiKey" in outputs


def test_a_preview_registers_the_same_with_unknown_values(program: Program) -> None:
    preview = register(shop, preview=True)
    assert preview.resources.keys() == program.resources.keys()
    assert isinstance(preview.outputs["routes"], Unknown)
    assert preview.outputs["authorization"] == "iam"


# What it registers


def test_everything_is_a_child_that_begins_with_project_stack_and_name(program: Program) -> None:
    named = [name for kind, name in program.resources if kind.startswith("aws:")]
    own = [name for name in named if name != "shop-orders"]
    assert len(own) > 20
    assert [name for name in own if not name.startswith("shop-dev-shop-")] == []
    assert [name for name in own if "--" in name] == []
    components = [kind for kind, _ in program.resources if kind.startswith("stepgate:")]
    assert set(components) == {"stepgate:index:WorkflowApi", "stepgate:index:StateMachine"}


def test_machines_differ_by_mode_in_type_and_log_level(program: Program) -> None:
    machines = program.of_type("aws:sfn/stateMachine:StateMachine")
    assert {
        name: (machine.inputs["type"], machine.inputs["loggingConfiguration"]["level"])
        for name, machine in machines.items()
    } == {
        "shop-place-order": ("EXPRESS", "ALL"),
        "shop-ship": ("STANDARD", "ERROR"),
        "shop-completion": ("EXPRESS", "ALL"),
    }
    for machine in machines.values():
        assert machine.inputs["loggingConfiguration"]["includeExecutionData"] is False
        assert machine.inputs["loggingConfiguration"]["logDestination"].endswith("-logs:*")


def test_each_machine_logs_where_the_resource_policy_is_not_filled_up(program: Program) -> None:
    groups = program.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert {(g.inputs["name"], g.inputs["retentionInDays"]) for g in groups.values()} == {
        (f"/aws/vendedlogs/states/shop-dev-shop-{name}", 30)
        for name in ("place-order", "ship", "completion")
    }


def test_each_role_may_do_what_its_definition_does_and_log(program: Program) -> None:
    policies = program.of_type("aws:iam/rolePolicy:RolePolicy")
    policy = policies["shop-place-order-policy"]
    assert policy.inputs["role"] == "shop-dev-shop-place-order-role"
    put, logs = policy.json("policy")["Statement"]
    assert put["Action"] == ["dynamodb:PutItem"]
    assert [arn.rpartition(":")[2] for arn in put["Resource"]] == ["table/shop-orders"]
    assert all(action.startswith("logs:") for action in logs["Action"])
    _, send = policies["shop-ship-policy"].json("policy")["Statement"]
    assert (send["Action"], send["Resource"]) == (["sqs:SendMessage"], [QUEUE])


def test_only_step_functions_of_this_account_takes_a_machines_role(program: Program) -> None:
    for workflow in ROUTES:
        role = program.of_type("aws:iam/role:Role")[f"shop-{workflow}-role"]
        (trust,) = role.json("assumeRolePolicy")["Statement"]
        assert trust["Principal"] == {"Service": "states.amazonaws.com"}
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_the_queue_is_fifo_encrypted_and_puts_aside_what_no_app_can_handle(
    program: Program,
) -> None:
    queues = program.of_type("aws:sqs/queue:Queue")
    assert queues.keys() == {"shop-progress", "shop-dead-letters"}
    assert all(queue.inputs["fifoQueue"] is True for queue in queues.values())
    assert all(queue.inputs["sqsManagedSseEnabled"] is True for queue in queues.values())
    queue = queues["shop-progress"]
    assert queue.inputs["deduplicationScope"] == "messageGroup"
    assert queue.inputs["fifoThroughputLimit"] == "perMessageGroupId"
    assert queue.json("redrivePolicy")["deadLetterTargetArn"].endswith("shop-dev-shop-dead-letters")
    retention = [q.inputs["messageRetentionSeconds"] for q in queues.values()]
    assert sorted(retention) == [345_600, 1_209_600]


def test_the_end_of_each_execution_that_reports_its_progress_starts_a_small_machine(
    program: Program,
) -> None:
    rules = program.of_type("aws:cloudwatch/eventRule:EventRule")
    assert rules.keys() == {"shop-ship-done"}
    assert rules["shop-ship-done"].json("eventPattern") == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "stateMachineArn": [f"{MACHINE}ship"],
            "status": ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"],
        },
    }
    (target,) = program.of_type("aws:cloudwatch/eventTarget:EventTarget").values()
    assert target.inputs["arn"] == f"{MACHINE}completion"
    assert target.inputs["inputTransformer"] == {
        "inputTemplate": '{"workflow": "ship", "event": <aws.events.event.json>}'
    }
    policies = program.of_type("aws:iam/rolePolicy:RolePolicy")
    (start,) = policies["shop-completion-events-policy"].json("policy")["Statement"]
    assert (start["Action"], start["Resource"]) == ("states:StartExecution", target.inputs["arn"])
    role = program.of_type("aws:iam/role:Role")["shop-completion-events"]
    (trust,) = role.json("assumeRolePolicy")["Statement"]
    assert trust["Principal"] == {"Service": "events.amazonaws.com"}


def test_a_route_that_waits_has_one_small_machine_for_all() -> None:
    wait = Route(wait=True)
    workflows = [replace(SHIP, route=wait), replace(QUIET, route=wait), PLACE_ORDER]
    program = register(lambda: shop(workflows=workflows))
    machine = program.of_type("aws:sfn/stateMachine:StateMachine")["shop-completion-wait"]
    assert machine.inputs["type"] == "EXPRESS"
    assert machine.inputs["loggingConfiguration"]["includeExecutionData"] is False
    assert machine.json("definition")["StartAt"] == "Begin"
    policies = program.of_type("aws:iam/rolePolicy:RolePolicy")
    _, describe = policies["shop-completion-wait-policy"].json("policy")["Statement"]
    executions = f"{MACHINE.replace(':stateMachine:', ':execution:')}{{}}:*"
    assert describe == {
        "Effect": "Allow",
        "Action": ["states:DescribeExecution"],
        "Resource": [executions.format("quiet"), executions.format("ship")],
    }
    (policy,) = program.of_type("aws:iam/policy:Policy").values()
    (sync,) = (
        statement
        for statement in policy.json("policy")["Statement"]
        if "states:StartSyncExecution" in statement["Action"]
    )
    assert sync["Resource"] == [f"{MACHINE}completion-wait", f"{MACHINE}place-order"]
    assert program.outputs["routes"] == ROUTES | {
        "ship": ROUTES["ship"] | {"waitUrl": f"{URL}/ship/{{execution}}/wait"},
        "quiet": {
            "mode": "async",
            "method": "POST",
            "url": f"{URL}/quiet",
            "executionUrl": f"{URL}/quiet/{{execution}}",
            "waitUrl": f"{URL}/quiet/{{execution}}/wait",
        },
    }
    assert "completion-wait" not in program.outputs["stateMachineArns"]
    assert "completion-wait" not in program.outputs["definitions"]


def test_a_resource_policy_is_part_of_the_api_and_of_each_deployment() -> None:
    def deployed(policy: object) -> Program:
        return register(lambda: shop(resource_policy=policy))

    def with_an_output() -> None:
        network = pulumi.Output.from_input("203.0.113.0/24")
        statement = {"Condition": {"IpAddress": {"aws:SourceIp": network}}}
        shop(resource_policy={"Statement": [statement]})

    given = register(with_an_output)
    (api,) = given.of_type("aws:apigateway/restApi:RestApi").values()
    (statement,) = api.json("policy")["Statement"]
    assert statement == {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}

    def trigger(program: Program) -> dict[str, str]:
        (deployment,) = program.of_type("aws:apigateway/deployment:Deployment").values()
        return deployment.inputs["triggers"]

    text = api.inputs["policy"]
    assert trigger(given) == trigger(deployed(text))
    assert trigger(given)["policy"] != trigger(deployed('{"Statement": []}'))["policy"]
    assert trigger(deployed(None)).keys() == {"document"}


@pytest.mark.parametrize(
    ("policy", "mode"), [("SecurityPolicy_TLS13_1_3_2025_09", "BASIC"), ("TLS_1_0", None)]
)
def test_a_security_policy_has_the_access_mode_that_aws_asks_for(
    policy: str, mode: str | None
) -> None:
    program = register(lambda: shop(security_policy=policy))
    (api,) = program.of_type("aws:apigateway/restApi:RestApi").values()
    assert (api.inputs["securityPolicy"], api.inputs.get("endpointAccessMode")) == (policy, mode)


def test_the_security_policies_are_those_that_aws_has_for_regional_apis() -> None:
    model: Any = botocore.session.get_session().get_service_model("apigateway")
    known: list[str] = model.shape_for("SecurityPolicy").enum
    assert {*SECURITY_POLICIES} == {policy for policy in known if not policy.endswith("_EDGE")}


def test_without_progress_there_is_no_queue_and_nothing_follows_executions() -> None:
    program = register(lambda: shop(workflows=[PLACE_ORDER, QUIET]))
    for type_ in ("cloudwatch/eventRule:EventRule", "sqs/queue:Queue"):
        assert program.of_type(f"aws:{type_}") == {}
    assert program.of_type("aws:sfn/stateMachine:StateMachine").keys() == {
        "shop-place-order",
        "shop-quiet",
    }
    assert "progressQueueUrl" not in program.outputs


def test_a_queue_of_the_programs_own_takes_the_messages() -> None:
    def own_queue() -> None:
        shop(progress_queue=aws.sqs.Queue("mine", fifo_queue=True))

    program = register(own_queue)
    assert program.of_type("aws:sqs/queue:Queue").keys() == {"mine"}
    assert program.outputs["progressQueueUrl"] == "mine.url"


def test_the_api_may_do_what_its_routes_call_and_nothing_else(program: Program) -> None:
    (policy,) = program.of_type("aws:iam/policy:Policy").values()
    executions = f"{MACHINE}ship:*".replace(":stateMachine:", ":execution:")
    assert [(s["Action"], s["Resource"]) for s in policy.json("policy")["Statement"]] == [
        (["states:DescribeExecution", "states:StopExecution"], [executions]),
        (["states:StartExecution"], [f"{MACHINE}ship"]),
        (["states:StartSyncExecution"], [f"{MACHINE}place-order"]),
    ]
    (attachment,) = program.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment").values()
    assert attachment.inputs == {
        "role": "shop-dev-shop-role",
        "policyArn": f"{ARNS['aws:iam/policy:Policy']}shop-dev-shop-policy-1",
    }


def test_the_api_is_one_document_that_may_not_be_misunderstood(program: Program) -> None:
    (api,) = program.of_type("aws:apigateway/restApi:RestApi").values()
    assert list(api.json("body")["paths"]) == ["/place-order", "/ship", "/ship/{execution}"]
    assert api.inputs["failOnWarnings"] is True
    assert api.inputs["endpointConfiguration"] == {"types": "REGIONAL"}


def trigger(program: Program) -> str:
    (deployment,) = program.of_type("aws:apigateway/deployment:Deployment").values()
    return deployment.inputs["triggers"]["document"]


def test_a_changed_document_is_deployed_again_and_an_unchanged_one_is_not(
    program: Program,
) -> None:
    assert trigger(register(shop)) == trigger(program)
    public = register(lambda: shop(authorization="none", allow_public=True))
    assert trigger(public) != trigger(program)


def test_all_that_can_be_tagged_says_whose_it_is() -> None:
    program = register(lambda: shop(tags={"Team": "shop", "Stack": "forged"}))
    untaggable = {
        *("rolePolicy:RolePolicy", "rolePolicyAttachment:RolePolicyAttachment"),
        *("deployment:Deployment", "methodSettings:MethodSettings"),
        *("alias:Alias", "eventTarget:EventTarget", "table:Table"),
    }
    of_workflows = {"aws:sfn/stateMachine:StateMachine", "aws:cloudwatch/logGroup:LogGroup"}
    for (type_, name), resource in program.resources.items():
        if not type_.startswith("aws:") or type_.split("/")[1] in untaggable:
            continue
        tags = resource.inputs["tags"]
        assert (tags["Project"], tags["Stack"], tags["Team"]) == ("shop", "dev", "shop"), name
        if type_ in of_workflows:
            assert tags["Workflow"] in name


def test_the_arguments_reach_the_resources() -> None:
    program = register(
        lambda: shop(
            throttle=Throttle(rate=7, burst=8),
            stage="live",
            log_retention_days=7,
            base_url="https://{apiId}.example.com/{region}/{stage}/",
        )
    )
    (throttle,) = program.of_type("aws:apigateway/methodSettings:MethodSettings").values()
    assert throttle.inputs["settings"] == {"throttlingRateLimit": 7, "throttlingBurstLimit": 8}
    assert program.outputs["stage"] == "live"
    assert program.outputs["routes"]["ship"]["url"] == (
        "https://shop-dev-shop-rest-api.id.example.com/eu-central-1/live/ship"
    )
    groups = program.of_type("aws:cloudwatch/logGroup:LogGroup").values()
    assert {group.inputs["retentionInDays"] for group in groups} == {7}


def test_two_of_them_live_in_one_program() -> None:
    def two() -> None:
        shop("shop")
        shop("returns")

    program = register(two)
    apis = [name for kind, name in program.resources if kind.endswith(":RestApi")]
    assert sorted(apis) == ["shop-dev-returns-rest-api", "shop-dev-shop-rest-api"]


# What it exposes


def test_a_role_may_be_allowed_to_call_all_routes() -> None:
    def granted() -> None:
        shop().grant_invoke(aws.iam.Role("caller", assume_role_policy="{}"))

    policy = register(granted).of_type("aws:iam/rolePolicy:RolePolicy")["shop-invoke-caller"]
    assert policy.inputs["role"] == "caller"
    assert policy.json("policy")["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "execute-api:Invoke",
            "Resource": "arn:aws:execute-api:eu-central-1:123456789012:"
            "shop-dev-shop-rest-api.id/v1/*",
        }
    ]


def test_its_children_can_be_used() -> None:
    def export() -> None:
        api = shop()
        machine = api.state_machines["place-order"]
        pulumi.export("role", machine.role.name)
        pulumi.export("logs", machine.log_group.name)
        pulumi.export("arn", machine.arn)
        pulumi.export("stage", api.rest_api.stage.stage_name)
        assert api.progress_queue
        pulumi.export("queue", api.progress_queue.url)

    outputs = register(export).outputs
    assert outputs["role"] == "shop-dev-shop-place-order-role"
    assert outputs["logs"] == "/aws/vendedlogs/states/shop-dev-shop-place-order"
    assert outputs["arn"] == f"{MACHINE}place-order"
    assert outputs["queue"] == "shop-dev-shop-progress.url"


@pytest.mark.parametrize(
    ("kind", "type_", "count"),
    [
        ("state_machine", "aws:sfn/stateMachine:StateMachine", 3),
        ("role", "aws:iam/role:Role", 5),
        ("role_policy", "aws:iam/rolePolicy:RolePolicy", 4),
        ("log_group", "aws:cloudwatch/logGroup:LogGroup", 4),
        ("rest_api", "aws:apigateway/restApi:RestApi", 1),
        ("stage", "aws:apigateway/stage:Stage", 1),
        ("queue", "aws:sqs/queue:Queue", 2),
        ("alarm", "aws:cloudwatch/metricAlarm:MetricAlarm", 11),
        ("dashboard", "aws:cloudwatch/dashboard:Dashboard", 1),
    ],
)
def test_a_transform_changes_each_resource_of_its_kind(kind: str, type_: str, count: int) -> None:
    def named(
        args: dict[str, Any], opts: pulumi.ResourceOptions
    ) -> tuple[dict[str, Any], pulumi.ResourceOptions]:
        name = {"role": "description", "stage": "description", "dashboard": "dashboard_name"}
        return {**args, name.get(kind, "name"): "changed"}, opts

    everything: dict[str, Any] = {"alarms": Alarms(TOPIC), "access_logs": True}
    program = register(lambda: shop(transform={kind: named}, **everything))
    changed = [key for key, made in program.resources.items() if "changed" in made.inputs.values()]
    assert {kind for kind, _ in changed} == {type_}
    assert len(changed) == count


def test_a_transform_that_fails_is_one_line() -> None:
    def fails(args: dict[str, Any], _: pulumi.ResourceOptions) -> Any:
        return args["name"]

    (line,) = refusal(transform={"role": fails})
    assert "KeyError: 'name'; correct the function, which gets (args, opts)" in line


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (None, "it returns None; return both, as in (args, opts)"),
        ({"name": "a"}, "it returns {'name': 'a'}; return both, as in (args, opts)"),
        (({"name": "a"}, 5), "it returns ({'name': 'a'}, 5); return both, as in (args, opts)"),
    ],
)
def test_a_transform_that_does_not_return_both_is_one_line(returned: Any, said: str) -> None:
    def wrong(_: dict[str, Any], __: pulumi.ResourceOptions) -> Any:
        return returned

    (line,) = refusal(transform={"role": wrong})
    assert re.match(r"transform of 'role' \(/.*/test_workflow_api\.py:\d+\): ", line)
    assert said in line


def with_output_in_text(_: Values) -> Any:
    return {"StartAt": f"{pulumi.Output.from_input('A')}"}


async def asynchronous(_: Values) -> Any:
    return {}


class Source:
    pass


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"definition": with_output_in_text},
            "its definition is not JSON: StartAt has the text of an Output; give the Output itself "
            "to the WorkflowApi in values, and use the workflow's value in ",
        ),
        (
            {"definition": asynchronous},
            "its definition cannot be made: the function is async; write a plain def in ",
        ),
        ({"resources": asynchronous}, "its resources cannot be made: the function is async; write"),
        ({"definition": Source}, "its definition cannot be made: TypeError: Source() takes no arg"),
    ],
)
def test_what_cannot_make_a_definition_is_one_line(fields: dict[str, Any], said: str) -> None:
    (line,) = refusal(workflows=[replace(QUIET, **fields)], values={})
    assert line.startswith(f"workflow 'quiet': {said}")


# What it refuses, before it registers anything


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"authorization": "open"}, "authorization is 'open': use one of 'iam', 'api-key', 'none'"),
        ({"authorization": "none"}, "authorization is 'none': anyone on the internet"),
        ({"stage": "v 1"}, "stage is 'v 1': use 1 to 128 letters"),
        ({"cors": "https://a.example"}, "cors is 'https://a.example': use a list"),
        ({"cors": ["https://a.example/b"]}, "'https://a.example/b' is not a valid origin"),
        ({"cors": ["*", "https://a.example"]}, "'*' is not a valid origin"),
        ({"base_url": "https://{host}"}, "only {apiId}, {region}, {stage} may be in braces"),
        ({"base_url": "https://{region.x}/"}, "only {apiId}, {region}, {stage} may be in braces"),
        ({"base_url": "https://{region"}, "only {apiId}, {region}, {stage} may be in braces"),
        ({"base_url": "https://{region!r}/"}, "only {apiId}, {region}, {stage} may be in braces"),
        ({"base_url": "https://{region[a]}/"}, "only {apiId}, {region}, {stage} may be in braces"),
        ({"log_retention_days": 31}, "log_retention_days is 31: use one of 1, 3, 5"),
        ({"throttle": Throttle(0, 50)}, "throttle.rate is 0: use a number from 1 to 10000"),
        ({"throttle": Throttle(10, 5001)}, "throttle.burst is 5001: use a number from 1"),
        ({"transform": {"roles": None}}, "unknown kind 'roles'; did you mean 'role'?"),
        ({"workflows": []}, "workflows is []: use a list of at least one workflow"),
        ({"workflows": PLACE_ORDER}, "use a list of workflows, for example [A]"),
        ({"workflows": ["ship"]}, "'ship' is not a Workflow"),
        ({"workflows": [SHIP, None]}, "None is not a Workflow; write Workflow(…) as item 2"),
        ({"workflows": [[SHIP]]}, "is not a Workflow; write Workflow(…) as item 1"),
        ({"workflows": {"ship": SHIP}}, "use a list of at least one workflow"),
        ({"workflows": None}, "workflows is None: use a list of at least one workflow"),
        ({"values": ["orders"]}, "values is ['orders']: use a dict"),
        ({"allow_public": "no"}, "allow_public is 'no': use True or False"),
        ({"authorization": None}, "authorization is None: use one of 'iam', 'api-key', 'none'"),
        ({"throttle": 5}, "throttle is 5: use Throttle(rate, burst)"),
        ({"throttle": Throttle("5", 5)}, "throttle.rate is '5': use a number from 1 to 10000"),  # pyright: ignore[reportArgumentType]
        ({"stage": 1}, "stage is 1: use text"),
        ({"cors": [5]}, "cors is [5]: use lists of text"),
        ({"cors": ["app.example.com"]}, "'app.example.com' is not a valid origin"),
        ({"cors": ["https://a.example/"]}, "'https://a.example/' is not a valid origin"),
        ({"cors": Cors(origins=["https://*"])}, "'https://*' is not a valid origin"),
        ({"cors": Cors(headers="X-A")}, "use lists of text"),
        ({"cors": Cors(exposed_headers=["X A"])}, "'X A' is not a header's name"),
        ({"cors": Cors(origins=["*"], credentials=True)}, "list the origins instead"),
        ({"cors": 5}, "cors is 5: use a list of origins"),
        ({"base_url": None}, "base_url is None: use text"),
        ({"log_retention_days": "30"}, "log_retention_days is '30': use one of 1, 3"),
        ({"progress_queue": "mine"}, "progress_queue is 'mine': use an aws.sqs.Queue"),
        ({"transform": {"role": 5}}, "role has 5; use a function"),
        ({"transform": ["role"]}, "transform is ['role']: use a dict"),
        ({"tags": ["a"]}, "tags is ['a']: use a dict"),
        ({"tags": {3: "x"}}, "tags is {3: 'x'}: its key 3 is not text; write '3'"),
        ({"values": {3: "x"}}, "values is {3: 'x'}: its key 3 is not text; write '3'"),
        ({"transform": {3: len}}, "its key 3 is not text; write '3'"),
        ({"cors": ["a\nb" * 99]}, r"is ['a\nba\nb"),
        ({"resource_policy": ["x"]}, "resource_policy is ['x']: use an IAM policy, for example"),
        ({"resource_policy": {}}, "resource_policy is {}: use an IAM policy, for example"),
        ({"resource_policy": "{"}, "resource_policy is '{': its text is not JSON: "),
        ({"security_policy": "TLS_1_3"}, "not a security policy of Regional APIs; did you mean"),
        ({"security_policy": 1.2}, "security_policy is 1.2: not a security policy of Regional"),
        ({"alarms": TOPIC}, f"alarms is '{TOPIC}': use Alarms(topic), with the topic of SNS"),
        ({"alarms": Alarms("ops")}, "alarms.topic is 'ops': use an aws.sns.Topic, or the ARN of"),
        ({"alarms": Alarms(TOPIC, failed=5)}, "alarms.failed is 5: use Alarm(threshold), or None"),  # pyright: ignore[reportArgumentType]
        ({"alarms": alarms(threshold=-1)}, "use a number from 0 as its threshold"),
        ({"alarms": alarms(threshold=True)}, "use a number from 0 as its threshold"),
        ({"alarms": alarms(period_seconds=90)}, "use whole minutes, from 60 to 86400 as its per"),
        ({"alarms": alarms(periods=289)}, "use a number from 1 to 288 as its periods"),
        ({"alarms": alarms(period_seconds=3600, periods=169)}, "use a number from 1 to 168"),
        ({"alarms": alarms(periods=3, datapoints=4)}, "use a number from 1 to 3 as its datapoints"),
        ({"alarms": alarms(treat_missing_data="no")}, "use one of notBreaching, breaching, "),
        ({"tracing": "yes"}, "tracing is 'yes': use True or False"),
        ({"base_url": "api.example.com"}, "use a URL, for example https://api.example.com/shop"),
        ({"cors": Cors(credentials=cast("bool", "no"))}, "use True or False as its credentials"),
        ({"tags": {"Team": ["shop"]}}, "Team is ['shop']; write text"),
        ({"authorization": Jwt(issuer="https://[", audiences=["a"])}, "is not a URL: Invalid IPv6"),
        ({"access_logs": 1}, "access_logs is 1: use True or False"),
        ({"name": "My shop"}, "name is 'My shop': use lower-case letters"),
    ],
)
def test_a_wrong_argument_is_one_line(arguments: dict[str, Any], said: str) -> None:
    (line,) = refusal(**arguments)
    assert line.startswith(f"WorkflowApi {arguments.get('name', 'shop')!r}: ")
    assert said in line


def test_a_workflow_without_its_comma_is_named_with_its_place() -> None:
    (line,) = refusal(workflows=PLACE_ORDER)
    assert re.fullmatch(
        r"WorkflowApi 'shop': workflows is one Workflow \('place-order', tests/components/"
        r"registered\.py:\d+\): use a list of workflows, for example \[A\]",
        line,
    )


def test_wrong_arguments_and_wrong_workflows_are_reported_at_once() -> None:
    wrong: Any = {"mode": "asynch", "progress": "all"}
    lines = refusal(
        workflows=[
            replace(PLACE_ORDER, **wrong),
            Workflow("bad", "sync", given(None)),
            replace(QUIET, name="Quiet", definition=given({"StartAt": {1}})),
        ],
        values={"attempts": 1, "table": "orders"},
        stage="v 1",
        authorization="iamm",
    )
    assert [line.partition(": ")[2][:18] for line in lines] == [
        "authorization is '",
        "stage is 'v 1': us",
        "mode is 'asynch'; ",
        "progress is 'all';",
        "not a valid name f",
        "the value 'table_n",
        "",
        "its definition is ",
        "its definition is ",
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"resources": given("arn:aws:s3:::a")}, "its resources are 'arn:aws:s3:::a'; return a"),
        ({"resources": given([None])}, "its resources are [None]; return a list of ARNs in /"),
        ({"statements": given(["allow"])}, "its statements are ['allow']; return a list of IAM st"),
        ({"statements": given([{"Action": {1}}])}, "its statements are not JSON: [0].Action is {1"),
        ({"resources": raises}, "its resources cannot be made: /"),
        (
            {"statements": given([{"Action": "s3:*", "Resource": "*"}])},
            "one of its IAM statements ",
        ),
    ],
)
def test_resources_and_statements_are_lists(fields: dict[str, Any], said: str) -> None:
    (line,) = refusal(workflows=[replace(QUIET, **fields)], values={})
    assert line.startswith(f"workflow 'quiet': {said}")


def test_a_definition_that_is_nested_too_deeply_is_one_line() -> None:
    deep: Any = {}
    deep["States"] = {"A": deep}
    assert refusal(workflows=[replace(QUIET, definition=deep)], values={}) == [
        "workflow 'quiet': its definition is nested too deeply, or contains itself; use fewer "
        "levels"
    ]


def parsed() -> Any:
    return json.loads("{")


def raises_inside_a_library(_: Values) -> Any:
    return parsed()


def test_an_error_that_a_library_raises_has_the_last_place_in_the_users_own_code() -> None:
    place = parsed.__code__.co_firstlineno + 1
    (line,) = refusal(workflows=[replace(QUIET, definition=raises_inside_a_library)], values={})
    assert re.match(
        r"workflow 'quiet': its definition cannot be made: /.*/test_workflow_api\.py:"
        rf"{place}: JSONDecodeError: ",
        line,
    )


def test_a_function_that_takes_no_values_has_its_own_place() -> None:
    def takes_no_values() -> Any:
        return {}

    wrong: Any = takes_no_values
    (line,) = refusal(workflows=[replace(QUIET, definition=wrong)], values={})
    assert "test_workflow_api.py:" in line
    assert "TypeError: " in line


def test_what_api_gateway_does_not_check_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)
    schema = {"type": "object", "properties": {"a": {"type": "array", "minItems": 1}}}
    workflows = [replace(QUIET, input_schema=schema), replace(PLACE_ORDER, input_schema=schema)]
    register(lambda: shop(workflows=workflows))
    (line,) = [line for line in warnings if "API Gateway" in line]
    place = r"workflow '{}' \(\S+:\d+\)"
    assert re.fullmatch(
        rf"2 places \({place.format('quiet')}; {place.format('place-order')}\): "
        r"API Gateway does not check minItems in input_schema \(at /properties/a\); only the "
        "client does, so check it in the definition as well",
        line,
    )


def test_all_wrong_arguments_are_reported_at_once() -> None:
    assert len(refusal(stage="v 1", log_retention_days=2, cors=["x"])) == 3


def test_a_name_that_is_too_long_for_a_role_is_refused() -> None:
    (line,) = refusal(name="s" * 40)
    assert "11 characters too long for an IAM role" in line


def test_a_stack_with_a_dot_is_refused() -> None:
    with pytest.raises(
        pulumi.RunError, match=r"stack 'dev\.eu': the name of a state machine or an SQS queue"
    ):
        register(shop, stack="dev.eu")


@pytest.mark.parametrize("preview", [False, True])
def test_a_workflow_that_cannot_work_is_refused_before_anything_is_registered(
    preview: bool,
) -> None:
    bad = Workflow("bad", "sync", lambda _: {"StartAt": "Nowhere", "States": {}})

    def program() -> None:
        WorkflowApi("shop", workflows=[bad, bad])

    with pytest.raises(pulumi.RunError, match="2 workflows have this name"):
        register(program, preview=preview)


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        (raises, r"test_workflow_api\.py:\d+: KeyError: 'us-isof-south-1'"),
        (given(None), "its definition is None; return a dict"),
        (given('{"StartAt": "A"}'), "return a dict"),
        (given({"StartAt": {1, 2}}), "its definition is not JSON: "),
        (given({"StartAt": float("nan")}), "its definition is not JSON: "),
    ],
)
def test_a_definition_that_is_none_is_one_line(definition: Callable[[Any], Any], said: str) -> None:
    with pytest.raises(pulumi.RunError, match=said) as refused:
        register(lambda: WorkflowApi("shop", workflows=[Workflow("bad", "sync", definition)]))
    (line,) = without_places(str(refused.value).splitlines())
    assert line.startswith("workflow 'bad': ")


# Definitions of other kinds than a function

PLACE_ORDER_IN_YAML = """
StartAt: Write the order
TimeoutSeconds: 20
States:
  Write the order:
    Type: Task
    Resource: arn:${AWS::Partition}:states:::dynamodb:putItem
    Parameters:
      TableName: ${table_name}
      Item: {id: {S.$: $.id}}
    Retry:
      - ErrorEquals: [States.ALL]
        MaxAttempts: ${attempts}
    End: true
"""


@pytest.fixture(params=["dict", "file"])
def other_kind(request: pytest.FixtureRequest, tmp_path: Path) -> Workflow:
    """The workflow that places orders, with a definition that is not a function."""
    file = tmp_path / "order.asl.yaml"
    file.write_text(PLACE_ORDER_IN_YAML)
    definition = yaml.safe_load(PLACE_ORDER_IN_YAML) if request.param == "dict" else file
    return replace(PLACE_ORDER, definition=definition)


def test_a_dict_and_a_file_are_deployed_with_what_only_a_deployment_knows(
    program: Program, other_kind: Workflow
) -> None:
    found = register(lambda: shop(workflows=[other_kind, SHIP]))
    assert found.resources == program.resources
    assert found.outputs["definitions"] == program.outputs["definitions"]


def test_an_unknown_name_is_refused_before_anything_is_registered() -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Fail", "Cause": "${tablename}"}}}
    (line,) = refusal(workflows=[replace(PLACE_ORDER, definition=definition)])
    assert line == (
        "workflow 'place-order': States.A.Cause: ${tablename} is not a value of the workflow; did "
        "you mean ${table_name}? If not, add it to ShopValues, or write ${!tablename} for the text "
        "itself"
    )


# Workflows that use others


def starts(child: str) -> Callable[[Values], Any]:
    """A definition that starts the state machine of another workflow, and waits for it."""
    return lambda values: {
        "StartAt": "Start",
        "TimeoutSeconds": 60,
        "States": {
            "Start": {
                "Type": "Task",
                "Resource": "arn:aws:states:::states:startExecution.sync:2",
                "Parameters": {"StateMachineArn": values.state_machine_arns[child]},
                "Retry": [],
                "End": True,
            }
        },
    }


PARENT = Workflow("parent", "async", starts("quiet"), uses=("quiet",))
PARENT_AS_DICT = replace(
    PARENT,
    definition={
        **starts("quiet")(Values(state_machine_arns={"quiet": "${state_machine_arns.quiet}"}))
    },
)


@pytest.mark.parametrize("parent", [PARENT, PARENT_AS_DICT])
def test_a_workflow_starts_the_machine_that_it_uses_and_no_other(parent: Workflow) -> None:
    found = register(lambda: shop(workflows=[parent, QUIET], values={}))
    machine = found.of_type("aws:sfn/stateMachine:StateMachine")["shop-parent"]
    started = machine.json("definition")["States"]["Start"]["Parameters"]["StateMachineArn"]
    assert started == f"{MACHINE}quiet"
    policy = found.of_type("aws:iam/rolePolicy:RolePolicy")["shop-parent-policy"].json("policy")
    executions = f"{MACHINE}quiet:*".replace(":stateMachine:", ":execution:")
    assert {
        action: statement["Resource"]
        for statement in policy["Statement"]
        for action in statement["Action"]
        if action.startswith("states:")
    } == {
        "states:StartExecution": [f"{MACHINE}quiet"],
        "states:DescribeExecution": [executions],
        "states:StopExecution": [executions],
    }
    assert list(found.outputs["routes"]) == ["parent", "quiet"], "in the order of the list"


def test_a_preview_knows_no_arn_of_a_machine_yet() -> None:
    found = register(lambda: shop(workflows=[PARENT, QUIET], values={}), preview=True)
    assert "shop-parent" in found.of_type("aws:sfn/stateMachine:StateMachine")


@pytest.mark.parametrize("parent", [PARENT, PARENT_AS_DICT])
def test_a_workflow_that_is_not_among_the_uses_is_one_line(parent: Workflow) -> None:
    (line,) = refusal(workflows=[replace(parent, uses=()), QUIET], values={})
    assert line.startswith("workflow 'parent': ")
    assert line.endswith("no state machine ARN of 'quiet'; add 'quiet' to the uses of the workflow")


def test_wrong_uses_are_one_line_each() -> None:
    unknown, own = replace(PARENT, uses=("quite", "quiet")), replace(QUIET, uses=("parent",))
    assert refusal(workflows=[unknown, own], values={}) == [
        "workflow 'parent': it uses 'quite', an unknown workflow; did you mean 'quiet'?",
        "workflow 'parent': its uses are a cycle, parent → quiet → parent; remove one of them",
    ]


def test_a_used_workflow_with_a_mistake_is_not_unknown() -> None:
    wrong: Any = {"mode": "asynch"}
    (line,) = refusal(workflows=[PARENT, replace(QUIET, **wrong)], values={})
    assert "mode is 'asynch'" in line


def test_a_machine_that_cannot_be_waited_for_is_refused() -> None:
    express = replace(QUIET, mode="sync", definition={**pack(Values()), "TimeoutSeconds": 20})
    (line,) = refusal(workflows=[PARENT, express], values={})
    assert line.startswith("workflow 'parent', state 'Start': waits for workflow 'quiet', which is")


# Values


def test_a_value_is_missing_or_unknown_in_one_line() -> None:
    assert refusal(values={"attempts": 1, "table_nam": "orders"}) == [
        "workflow 'place-order': the value 'table_name' of ShopValues is missing; "
        "give it as in values={'table_name': …}",
        "no workflow has the value 'table_nam'; did you mean 'table_name'?",
    ]


@pytest.mark.parametrize("left_out", ["table_name", "attempts"])
def test_no_placeholder_is_deployed_whichever_value_is_left_out(left_out: str) -> None:
    values = {name: value for name, value in GIVEN.items() if name != left_out}
    (line,) = refusal(values=values)
    assert repr(left_out) in line


GIVEN = {"table_name": "orders", "attempts": 2}


def test_a_deployment_holds_no_placeholder(program: Program) -> None:
    for resource in program.resources.values():
        text = json.dumps(resource.inputs)
        for placeholder in ("orders-placeholder", "000000000000", "us-isof", "aws-us-gov"):
            assert placeholder not in text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("soon", "the value 'attempts' is 'soon'; ShopValues declares int"),
        (2.5, "the value 'attempts' is 2.5; ShopValues declares int"),
        (True, "the value 'attempts' is True; ShopValues declares int"),
        (None, "the value 'attempts' is None; ShopValues declares int"),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_a_value_of_another_type_is_one_line(value: object, said: str, known: bool) -> None:
    def program() -> None:
        shop(values={**GIVEN, "attempts": value if known else pulumi.Output.from_input(value)})

    with pytest.raises(pulumi.RunError) as refused:
        register(program)
    lines = without_places(str(refused.value).splitlines())
    assert lines == [f"workflow 'place-order': {said}"]


def test_a_number_that_a_deployment_hands_over_as_a_float_is_an_integer() -> None:
    program = register(lambda: shop(values={**GIVEN, "attempts": pulumi.Output.from_input(4.0)}))
    definition = program.of_type("aws:sfn/stateMachine:StateMachine")["shop-place-order"]
    retry = definition.json("definition")["States"]["Write the order"]["Retry"]
    assert retry[0]["MaxAttempts"] == 4
    assert isinstance(retry[0]["MaxAttempts"], int)


def test_what_a_deployment_gives_is_checked_when_it_is_known() -> None:
    waits = Workflow(
        "waits",
        "async",
        lambda values: {
            "StartAt": "Wait",
            "TimeoutSeconds": 10,
            "States": {"Wait": {"Type": "Wait", "Seconds": values.attempts, "End": True}},
        },
        values=ShopValues,
    )

    def program() -> None:
        shop(workflows=[waits], values={**GIVEN, "attempts": pulumi.Output.from_input(60)})

    with pytest.raises(pulumi.RunError) as refused:
        register(program)
    (line,) = str(refused.value).splitlines()
    assert line.startswith("workflow 'waits', state 'Wait': Waits take up to 60 s")


@dataclass(frozen=True)
class Required(Values):
    name: str


class Undecorated(Values):
    name: str = "it"


@dataclass(frozen=True)
class Unimported(Values):
    price: "Decimal" = 1  # pyright: ignore  # noqa: F821


@pytest.mark.parametrize(
    ("class_", "said"),
    [
        (Required, "Required.name has no default; give it a placeholder"),
        (Undecorated, "Undecorated.name is not a field; put @dataclass(frozen=True) in front"),
        (dict, "write a dataclass derived from Values"),
        (Unimported, "the types of Unimported cannot be read: NameError: name 'Decimal' is not"),
    ],
)
def test_a_class_of_values_that_cannot_work_is_one_line(class_: Any, said: str) -> None:
    (line,) = refusal(workflows=[replace(QUIET, values=class_)], values={})
    assert said in line


def test_a_resource_is_not_a_value() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        register(lambda: shop(values={**GIVEN, "table_name": aws.sqs.Queue("mine")}))
    (line,) = without_places(str(refused.value).splitlines())
    assert line.startswith("workflow 'place-order': the value 'table_name' is <pulumi_aws.sqs.q")
    assert line.endswith("; give an attribute of it, for example queue.url")


def test_a_value_that_the_deployment_knows_itself_is_not_given() -> None:
    (line,) = refusal(values={**GIVEN, "region": "eu-west-1"})
    assert line == "the value 'region' comes from the deployment; remove it from values"


def test_the_url_of_a_queue_that_there_is_not_is_refused() -> None:
    sends = Workflow(
        "sends",
        "async",
        lambda values: {
            "StartAt": "Send",
            "States": {
                "Send": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::sqs:sendMessage",
                    "Parameters": {"QueueUrl": values.progress_queue_url, "MessageBody": "hello"},
                    "Retry": [],
                    "End": True,
                }
            },
            "TimeoutSeconds": 10,
        },
    )
    (line,) = refusal(workflows=[sends], values={})
    assert line == (
        "workflow 'sends': it uses values.progress_queue_url, but no workflow reports its "
        "progress; give the WorkflowApi a progress_queue"
    )


# Compiled once


def test_a_definition_is_made_once_with_placeholders_and_once_with_real_values() -> None:
    made: list[str] = []

    def definition(values: Values) -> Any:
        made.append(values.region)
        return pack(values)

    counted = Workflow("counted", "async", definition, progress="states")
    register(lambda: shop(workflows=[counted], values={}))
    assert made == ["us-isof-south-1", "eu-central-1"]
    made.clear()
    register(lambda: shop(workflows=[counted, SHIP], values={}), preview=True)
    assert made.count("us-isof-south-1") == 1
