"""Workflows behind an API: the one component that a program needs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws

from stepgate.asl.integration import parse_integration
from stepgate.asl.states import iter_states
from stepgate.authorization import Authorization, AuthorizationName, as_authorization
from stepgate.checks import lint_emulation, lint_routes
from stepgate.checks.authorization import require_valid_authorization
from stepgate.checks.findings import (
    Finding,
    Findings,
    workflow_finding,
)
from stepgate.checks.input_schema import unchecked_schemas
from stepgate.checks.live import lint_live
from stepgate.checks.paths import recommend_repeatable_inputs
from stepgate.checks.quotas import longest_values
from stepgate.checks.resource_names import require_allowed_characters
from stepgate.checks.rule import RuleContext
from stepgate.checks.uses import deployment_order, require_known_uses
from stepgate.checks.workflow_fields import field_errors
from stepgate.compiled import CompiledWorkflow, compile_workflow, uses_text
from stepgate.components import arguments
from stepgate.components.alarms import Alarms, WatchedResources, create_alarms
from stepgate.components.authorizers import planned_errors
from stepgate.components.completion import Completion, create_completion
from stepgate.components.context import Context
from stepgate.components.events import create_events_machine, create_events_table
from stepgate.components.live import LiveApi, LiveArgs
from stepgate.components.progress_queue import create_progress_queue
from stepgate.components.rest_api import RestApi, RestApiArgs, Throttle
from stepgate.components.state_machine import StateMachine, StateMachineArgs
from stepgate.components.transforms import Transform
from stepgate.components.values import deployed_values, has_values, known_values, value_errors
from stepgate.events.event import EVENTS_MACHINE
from stepgate.events.machine import events_workflow
from stepgate.http.cors import Cors
from stepgate.http.execution_wait import wait_workflow
from stepgate.http.openapi import ApiOptions
from stepgate.json_values import shown
from stepgate.live.items import LiveValues
from stepgate.live.live import Live, as_live, has_tickets
from stepgate.live.machines import follow_machine, tickets_machine
from stepgate.live.tickets import TICKETS_MACHINE
from stepgate.progress.completion import COMPLETION, has_completion_rule
from stepgate.reports import PREVIEW, log_errors, refuse, report_errors, warn
from stepgate.route import WAIT_MACHINE
from stepgate.workflow import Definition, Values, Workflow


class WorkflowApi(pulumi.ComponentResource):
    """Workflows behind the routes of one REST API, with all that they need.

    Everything is checked first: what cannot work is reported before anything is registered.

    Args:
        name: part of every resource's name, behind the project's and the stack's.
        workflows: what is put behind routes.
        values: the values for the workflows' definitions, by the names of the fields of their
            `Values` classes. A missing or unknown value is an error.
        authorization: who may call the routes that do not set their own: an `Iam`, `ApiKey`,
            `Cognito`, `Jwt`, `LambdaAuthorizer` or `Public`. "iam", "api-key" and "none" are short
            for `Iam()` (signed requests), `ApiKey()` (requests with the API's key) and `Public()`
            (anyone, which needs `allow_public`). Default: "iam".
        allow_public: whether anyone may call the routes. Default: False.
        throttle: how many requests each method takes. Default: 10 a second, 50 at once.
        stage: the name of the API's stage, the first part of each path. Default: "v1".
        cors: which scripts in browsers may call the routes: their origins, such as
            "https://app.example.com", or a `Cors`. Default: none of another origin.
        base_url: where the routes answer, if not at the stage's own URL, such as a custom domain;
            may have `{apiId}`, `{region}` and `{stage}` in it. Default: the stage's own URL.
        resource_policy: the API's resource policy, as a dict or as JSON: which networks, accounts
            and VPC endpoints may call it. Default: none.
        security_policy: the minimum version of TLS and its ciphers, by AWS's name, such as
            "SecurityPolicy_TLS13_1_3_2025_09". Default: AWS's own.
        log_retention_days: how long logs are kept, a number of days that CloudWatch Logs knows.
            Default: 30.
        alarms: alarms on failures, timeouts, throttling, the API's errors and latency, and dead
            letters, with a dashboard: `Alarms(topic)`. Default: none.
        tracing: whether the API and the state machines send traces to X-Ray. Default: False.
        access_logs: whether API Gateway writes a line of JSON for each request into a log group. It
            needs a role for logs that is set once for the account and Region: see docs/alarms.md.
            Default: False.
        live: whether clients can follow executions of workflows that report their progress, over
            WebSockets: True, or `Live(authorization=…)`. Default: False.
        progress_queue: a FIFO queue for progress messages. Default: one is made if a workflow
            reports its progress.
        transform: what changes the arguments and options of resources underneath, by their kind:
            alarm, dashboard, log_group, queue, rest_api, role, role_policy, stage, state_machine,
            table. Each is a function from arguments (a dict) and options to both. Default: nothing
            is changed.
        tags: of every resource, beside `Project` and `Stack`, which are always set.
        opts: the component's own options.

    Attributes:
        state_machines: each workflow's state machine with its role and log group, by the
            workflow's name.
        rest_api: the API's resources: its role, deployment, stage.
        progress_queue: the queue of progress messages, if there is one.
        dead_letters: the dead-letter queue of `progress_queue`, if the queue was created here.
        events_table: what executions wait for, if a workflow declares events.
        events_machine: the state machine that continues executions; only it may send task tokens.
        completion: what sends an execution's last message, if an asynchronous workflow reports its
            progress.
        live: the WebSocket API through which executions are followed, if there is one.
        wait: the state machine behind the wait routes, if there are any.
        alarms: the alarms by their names, such as `order-failed` and `latency`.
        dashboard: the API's dashboard of CloudWatch, if there is one.
        outputs: what apps need, under the names that the client reads; export them one by one, or
            as one output.

    Raises:
        pulumi.RunError: one line for each thing that is wrong with the arguments or a workflow.
    """

    outputs: Mapping[str, pulumi.Output[Any]]

    def __init__(
        self,
        name: str,
        *,
        workflows: Sequence[Workflow],
        values: Mapping[str, pulumi.Input[Any]] | None = None,
        authorization: Authorization | AuthorizationName = "iam",
        allow_public: bool = False,
        throttle: Throttle = Throttle(),  # noqa: B008 it is frozen
        stage: pulumi.Input[str] = "v1",
        cors: Cors | Sequence[str] | None = None,
        base_url: pulumi.Input[str] = "",
        resource_policy: pulumi.Input[Mapping[str, Any] | str] | None = None,
        security_policy: str | None = None,
        log_retention_days: pulumi.Input[int] = 30,
        alarms: Alarms | None = None,
        tracing: bool = False,
        access_logs: bool = False,
        live: bool | Live = False,
        progress_queue: aws.sqs.Queue | None = None,
        transform: Mapping[str, Transform] | None = None,
        tags: Mapping[str, pulumi.Input[str]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        values = {} if values is None else values
        transform = {} if transform is None else transform
        prefix = f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}"
        authorized = partial(arguments.checked_authorization, allow_public=allow_public)
        wrong = arguments.argument_errors(
            {
                "name": (name, arguments.checked_name),
                "workflows": (workflows, arguments.checked_workflows),
                "values": (values, arguments.checked_mapping),
                "authorization": (authorization, authorized),
                "allow_public": (allow_public, arguments.checked_truth),
                "throttle": (throttle, arguments.checked_throttle),
                "throttle.rate": (getattr(throttle, "rate", 1), arguments.checked_rate),
                "throttle.burst": (getattr(throttle, "burst", 1), arguments.checked_burst),
                "stage": (stage, arguments.checked_stage),
                "cors": (cors, arguments.checked_cors),
                "base_url": (base_url, arguments.checked_base_url),
                "resource_policy": (resource_policy, arguments.checked_resource_policy),
                "security_policy": (security_policy, arguments.checked_security_policy),
                "log_retention_days": (log_retention_days, arguments.checked_retention_days),
                **arguments.alarm_checks(alarms),
                "tracing": (tracing, arguments.checked_truth),
                "access_logs": (access_logs, arguments.checked_truth),
                "live": (live, partial(arguments.checked_live, allow_public=allow_public)),
                "progress_queue": (progress_queue, arguments.checked_queue),
                "transform": (transform, arguments.checked_transforms),
                "tags": ({} if tags is None else tags, arguments.checked_tags),
            }
        )
        followed_live = None if "live" in wrong else as_live(live)
        found, sends_tokens = Findings([], []), set[str]()
        if not wrong.keys() & {"workflows", "values"}:
            found, sends_tokens = _findings(
                workflows,
                values,
                prefix,
                has_queue=progress_queue is not None,
                live=followed_live,
                tracing=bool(tracing),
            )
        subject = f"WorkflowApi {shown(name)}"
        errors = [Finding("require-valid-arguments", line, "", subject) for line in wrong.values()]
        errors += found.errors
        if not wrong.keys() & {"workflows", "authorization"}:
            sound = [workflow for workflow in workflows if not any(field_errors(workflow))]
            errors += require_valid_authorization(sound, authorization, allow_public=allow_public)
        options = ApiOptions(
            prefix,
            authorization,
            arguments.as_cors(None if "cors" in wrong else cors),
            tickets=has_tickets(followed_live),
        )
        refused = report_errors(errors or [*planned_errors(workflows, options)])
        super().__init__("stepgate:index:WorkflowApi", name, None, opts)
        if refused:
            self.outputs = {}
            return
        warn(found.warnings)

        invoke = pulumi.InvokeOutputOptions(parent=self)
        context = Context(
            prefix,
            {**(tags or {}), "Project": pulumi.get_project(), "Stack": pulumi.get_stack()},
            transform,
            log_retention_days,
            tracing,
            partition=aws.get_partition_output(opts=invoke).partition,
            region=aws.get_region_output(opts=invoke).region,
            account_id=aws.get_caller_identity_output(opts=invoke).account_id,
        )
        made = (
            create_progress_queue(context, self)
            if _has_progress(workflows) and not progress_queue
            else None
        )
        self.progress_queue = made.queue if made else progress_queue
        self.dead_letters = made.dead_letters if made else None
        waiting = [workflow for workflow in workflows if workflow.events]
        self.events_table = create_events_table(context, self) if waiting else None
        common: dict[str, pulumi.Input[str]] = {
            "partition": context.partition,
            "region": context.region,
            "account_id": context.account_id,
            "progress_queue_url": self.progress_queue.url if self.progress_queue else "",
            "events_table_name": self.events_table.name if self.events_table else "",
        }

        machines: dict[str, StateMachine] = {}

        def compiled(
            workflow: Workflow, values: Mapping[str, pulumi.Input[Any]] = values
        ) -> pulumi.Output[CompiledWorkflow]:
            machine = f"{prefix}-{workflow.name}"
            arns = {name: machines[name].arn for name in workflow.uses}
            known = deployed_values(workflow, values, {**common, "state_machine_arns": arns})
            return known.apply(
                lambda known: _compiled(workflow, known, machine, workflows, tracing=tracing)
            )

        self.live = (
            LiveApi(context, self, LiveArgs(followed_live, workflows, stage, throttle), compiled)
            if followed_live
            else None
        )
        common["live_message_arn"] = self.live.message.arn if self.live else ""
        deployed: dict[str, pulumi.Output[CompiledWorkflow]] = {}
        for workflow in deployment_order(workflows):
            deployed[workflow.name] = compiled(workflow)
            machines[workflow.name] = StateMachine(
                f"{prefix}-{workflow.name}",
                StateMachineArgs(
                    workflow,
                    deployed[workflow.name],
                    context,
                    has_versions=True,
                    sends_tokens=workflow.name in sends_tokens,
                ),
                pulumi.ResourceOptions(parent=self),
            )
        self.state_machines = {workflow.name: machines[workflow.name] for workflow in workflows}
        self.completion = self._create_completion(context, workflows, compiled)
        self.events_machine = (
            create_events_machine(context, self, waiting, compiled) if waiting else None
        )
        self.wait = self._create_wait(context, workflows, compiled)
        own = {
            EVENTS_MACHINE: self.events_machine,
            WAIT_MACHINE: self.wait,
            TICKETS_MACHINE: self.live.serve() if self.live else None,
        }
        machines |= {name: machine for name, machine in own.items() if machine}
        self.rest_api = RestApi(
            context,
            self,
            RestApiArgs(
                workflows,
                machines,
                options,
                throttle,
                stage,
                base_url,
                resource_policy,
                security_policy,
                access_logs,
            ),
        )
        watched = WatchedResources(
            workflows,
            {name: machine.arn for name, machine in self.state_machines.items()},
            self.completion.state_machine.arn if self.completion else None,
            self.events_machine.arn if self.events_machine else None,
            self.rest_api.rest_api,
            self.rest_api.stage,
            self.progress_queue,
            self.dead_letters,
        )
        self.alarms, self.dashboard = (
            create_alarms(context, self, alarms, watched) if alarms else ({}, None)
        )
        self.outputs = self._outputs(context, deployed, as_authorization(authorization))
        # The keys are in their own outputs alone.
        self.register_outputs(
            {k: v for k, v in self.outputs.items() if k not in {"apiKey", "apiKeys"}}
        )

    def grant_invoke(self, role: aws.iam.Role) -> aws.iam.RolePolicy:
        """Allows a role to call all routes whose authorization is `Iam`, and to connect to the live
        API if its authorization is `Iam`.

        Args:
            role: for example the role of a Lambda function that calls workflows.

        Returns:
            The policy that was added to the role, for other resources to depend on.
        """
        return self.rest_api.grant_invoke(role, self.live.signed if self.live else None)

    def _create_completion(
        self,
        context: Context,
        workflows: Sequence[Workflow],
        compiled: Callable[[Workflow], pulumi.Output[CompiledWorkflow]],
    ) -> Completion | None:
        """What sends last messages: where executions can be followed live, what sends all."""
        ended = [workflow for workflow in workflows if has_completion_rule(workflow)]
        if not ended:
            return None
        sender = (
            self.live.message
            if self.live
            else StateMachine(
                f"{context.prefix}-{COMPLETION.name}",
                StateMachineArgs(COMPLETION, compiled(COMPLETION), context),
                pulumi.ResourceOptions(parent=self),
            )
        )
        return create_completion(context, self, ended, self.state_machines, sender)

    def _create_wait(
        self,
        context: Context,
        workflows: Sequence[Workflow],
        compiled: Callable[[Workflow], pulumi.Output[CompiledWorkflow]],
    ) -> StateMachine | None:
        """What the wait routes start, if there are any."""
        wait = wait_workflow(workflows)
        if not wait:
            return None
        return StateMachine(
            f"{context.prefix}-{wait.name}",
            StateMachineArgs(wait, compiled(wait), context),
            pulumi.ResourceOptions(parent=self),
        )

    def _outputs(
        self,
        context: Context,
        deployed: Mapping[str, pulumi.Output[CompiledWorkflow]],
        authorization: Authorization,
    ) -> dict[str, pulumi.Output[Any]]:
        api = self.rest_api
        outputs: dict[str, pulumi.Output[Any] | None] = {
            "routes": api.routes,
            "stateMachineArns": pulumi.Output.all(
                **{name: machine.arn for name, machine in self.state_machines.items()}
            ),
            "logGroups": pulumi.Output.all(
                **{name: machine.log_group.name for name, machine in self.state_machines.items()}
            ),
            "definitions": pulumi.Output.all(*deployed.values()).apply(
                lambda found: {compiled.workflow.name: compiled.written for compiled in found}
            ),
            "progressQueueUrl": self.progress_queue.url if self.progress_queue else None,
            "liveUrl": self.live.url if self.live else None,
            "liveAuthorization": self.live.authorization if self.live else None,
            "apiId": api.rest_api.id,
            "stage": api.stage.stage_name,
            "region": context.region,
            "authorization": pulumi.Output.from_input(authorization.kind),
            "openapi": api.openapi,
            "apiKey": api.key,
            "apiKeys": api.keys,
        }
        return {name: output for name, output in outputs.items() if output is not None}


def _findings(
    workflows: Sequence[Workflow],
    values: Mapping[str, Any],
    prefix: str,
    *,
    has_queue: bool,
    live: Live | None,
    tracing: bool,
) -> tuple[Findings, set[str]]:
    """What is wrong with the workflows and their values, as far as it can be seen at once.

    The names are of those whose Tasks send task tokens.

    Args:
        has_queue: whether the program gives a queue for progress messages.
        live: how executions are followed live.
        tracing: whether executions send traces to X-Ray.
    """
    errors = [error for workflow in workflows for error in field_errors(workflow)]
    sound = [workflow for workflow in workflows if not any(field_errors(workflow))]
    errors += require_allowed_characters(sound, pulumi.get_project(), pulumi.get_stack())
    errors += lint_routes(sound, prefix)
    errors += require_known_uses(sound, [str(workflow.name) for workflow in workflows])
    errors += value_errors(workflows, values)
    compiled = [
        compile_workflow(
            workflow,
            longest_values(
                known_values(workflow, values), prefix, workflow.uses, live=live is not None
            ),
            f"{prefix}-{workflow.name}",
            workflows,
            tracing=tracing,
        )
        for workflow in sound
        if has_values(workflow, values)
    ]
    if waiting := [workflow.name for workflow in sound if workflow.events]:
        values_of_events = longest_values(Values(), prefix, waiting)
        machine = f"{prefix}-{EVENTS_MACHINE}"
        compiled.append(
            compile_workflow(
                events_workflow(waiting), values_of_events, machine, workflows, tracing=tracing
            )
        )
    if live:
        errors += lint_live(sound, live)
        parts = (follow_machine(sound, live), tickets_machine(sound, live))
        for part in filter(None, parts):
            machine = f"{prefix}-{part.name}"
            given = longest_values(LiveValues(), prefix, part.uses)
            compiled.append(compile_workflow(part, given, machine, workflows, tracing=tracing))
    errors += [error for each in compiled for error in each.errors]
    if not has_queue and not _has_progress(workflows):
        errors += _queue_errors(compiled, prefix)
    if not any(workflow.events for workflow in sound):
        errors += _events_table_errors(compiled, prefix)
    emulated = [_lint_emulation(each) for each in compiled if PREVIEW.get() is not None]
    log_errors(error for each in emulated for error in each.errors)
    warnings = (
        [] if errors else [*unchecked_schemas(workflows), *recommend_repeatable_inputs(workflows)]
    )
    warnings += [warning for each in (*compiled, *emulated) for warning in each.warnings]
    sends_tokens = {each.workflow.name for each in compiled if _sends_tokens(each.deployed)}
    return Findings(errors, warnings), sends_tokens


def _sends_tokens(definition: Definition) -> bool:
    calls = (parse_integration(state.resource) for state in iter_states(definition))
    return any(call and call.pattern == "waitForTaskToken" for call in calls)


def _lint_emulation(compiled: CompiledWorkflow) -> Findings:
    workflow = compiled.workflow
    return lint_emulation(
        RuleContext(compiled.deployed, workflow.mode),
        f"workflow {workflow.name!r}",
        workflow.declared_at,
    )


def _has_progress(workflows: Sequence[Workflow]) -> bool:
    return any(workflow.progress != "off" for workflow in workflows)


def _compiled(
    workflow: Workflow, values: Values, machine: str, others: Sequence[Workflow], *, tracing: bool
) -> CompiledWorkflow:
    """
    Raises:
        pulumi.RunError: the workflow cannot be deployed with these values.
    """
    compiled = compile_workflow(workflow, values, machine, others, tracing=tracing)
    refuse(compiled.errors)
    return compiled


def _queue_errors(compiled: Sequence[CompiledWorkflow], prefix: str) -> Iterator[Finding]:
    """A finding for each workflow that uses the URL of a queue although there is none."""
    url = longest_values(Values(), prefix).progress_queue_url
    for each in compiled:
        if uses_text(each, url):
            yield workflow_finding(
                "require-progress-queue",
                each.workflow,
                "it uses values.progress_queue_url, but no "
                "workflow reports its progress; give the WorkflowApi a progress_queue",
            )


def _events_table_errors(compiled: Sequence[CompiledWorkflow], prefix: str) -> Iterator[Finding]:
    """The same for the table of events."""
    table = longest_values(Values(), prefix).events_table_name
    for each in compiled:
        if not each.errors and uses_text(each, table):
            yield workflow_finding(
                "require-events-table",
                each.workflow,
                "it uses values.events_table_name, but no workflow declares events; give one of "
                'them, for example, events={"approval": Event()}',
            )
