"""What programs in other languages give to a `WorkflowApi`.

The names are those of the Python classes, whose meanings and defaults hold here too. Pulumi derives
the schema of each language's package from the annotations, and its descriptions from the texts
below them. A text that only a deployment knows may be an Output where the type says `Input`; all
else has to be plain.
"""

from typing import Any, Required, TypedDict

from pulumi import Input

Object = dict[str, Any]


class ApiKeyLimits(TypedDict, total=False):
    """How many requests one API key is good for, over all routes."""

    rate: int
    """Requests per second. Default: 10."""
    burst: int
    """Requests at once. Default: 50."""
    quota: int
    """Requests per `period`. Default: as many as the rate allows."""
    period: str
    """What the quota is counted in: "day", "week" or "month". Default: "month"."""


class ApiKey(TypedDict, total=False):
    """Requests with an API key in the header `x-api-key`."""

    keys: dict[str, ApiKeyLimits]
    """Named keys with their limits. Default: one key with the limits of `throttle`."""


class Cognito(TypedDict, total=False):
    """Requests with a token of a user pool of Amazon Cognito."""

    user_pool_arns: Required[list[Input[str]]]
    """The ARNs of the user pools."""
    scopes: list[str]
    """OAuth scopes of which an access token needs one. Default: an ID token is needed."""


class Jwt(TypedDict, total=False):
    """Requests with a JSON Web Token of any OpenID Connect provider."""

    issuer: Required[Input[str]]
    """The issuer's URL, exactly as in the token's claim `iss`."""
    audiences: Required[list[Input[str]]]
    """The values of the claim `aud` that are accepted."""
    scopes: list[str]
    """OAuth scopes of which a token needs one. Default: any token will do."""
    algorithms: list[str]
    """The signing algorithms that are accepted. Default: "RS256"."""


class LambdaAuthorizer(TypedDict, total=False):
    """Requests that a Lambda function of your own allows."""

    function_arn: Required[Input[str]]
    """The function's ARN."""
    headers: list[str]
    """The headers that say who calls. Default: "Authorization"."""
    ttl_seconds: int
    """How long an answer of the function is used again for the same headers. Default: 0."""


class Authorization(TypedDict, total=False):
    """Who may call: exactly one of these."""

    iam: bool
    """True: requests that are signed with IAM."""
    api_key: ApiKey
    """Requests with an API key."""
    cognito: Cognito
    """Requests with a token of a user pool."""
    jwt: Jwt
    """Requests with a JSON Web Token."""
    lambda_authorizer: LambdaAuthorizer
    """Requests that a function of your own allows."""
    public: bool
    """True: requests of anyone on the internet; needs `allowPublic`."""


class RequestValue(TypedDict, total=False):
    """A part of a request."""

    source: Required[str]
    """"body", "path", "query", "header", "claim" or "context"."""
    name: str
    """Of the variable, parameter, header or claim; a body has none."""


class Route(TypedDict, total=False):
    """The route in front of a workflow."""

    method: str
    """"GET", "POST", "PUT", "PATCH" or "DELETE". Default: "POST"."""
    path: str
    """The path behind the stage, for example `/orders/{id}`. Default: the workflow's name."""
    input: dict[str, RequestValue]
    """The members of the state machine's input. Default: the body is the input."""
    status: int
    """Of a synchronous workflow's success, 200 to 399. Default: 200."""
    headers: dict[str, str]
    """Of a synchronous workflow's success: text, or a path into the output, as `$.location`."""
    timeout_seconds: int
    """How long the route waits for a synchronous workflow. Default: 29."""
    execution_path: str
    """The path of an asynchronous workflow's executions, with `{execution}`."""
    authorization: Authorization
    """Who may call the route. Default: as the WorkflowApi says."""
    private: bool
    """Whether only the caller who started an execution may read and stop it. Default: false."""
    wait: bool
    """Whether there is a path that answers when an execution has ended. Default: false."""


class Event(TypedDict, total=False):
    """An event that an asynchronous workflow waits for."""

    schema: Object
    """JSON Schema of the body. Default: any JSON."""
    per_item: bool
    """Whether the items of a Map wait for it, each at a path of its own. Default: false."""
    authorization: Authorization
    """Who may send it. Default: as the route says."""


class Workflow(TypedDict, total=False):
    """A state machine and the route in front of it."""

    name: Required[str]
    """The default path of the route, and part of the name of every resource."""
    mode: Required[str]
    """"sync" (Express, the route answers with the output) or "async" (Standard, it starts one)."""
    definition: Required[Object]
    """The state machine. `${name}` in it becomes the value of that name."""
    errors: dict[str, int]
    """The HTTP status of each of the workflow's own errors, 400 to 599."""
    input_schema: Object
    """JSON Schema of the input."""
    progress: str
    """Which states are reported: "off", "milestones" or "states". Default: "off"."""
    resources: list[str]
    """The ARNs that it may act on where only its input says on which one."""
    statements: list[Object]
    """IAM statements that its role has beside those derived from the definition."""
    route: Route
    """The requests that run or start it. Default: `POST /{name}` with the body as the input."""
    events: dict[str, Event]
    """The events that an asynchronous workflow waits for, by their names."""
    uses: list[str]
    """Other workflows that it starts, each with the ARN `${state_machine_arns.name}`."""
    description: str
    """What it does, for people and agents who call it."""


class Cors(TypedDict, total=False):
    """Which scripts in browsers may call the routes."""

    origins: list[str]
    """For example `https://app.example.com`."""
    headers: list[str]
    """Headers that scripts may send, beside the usual ones and those that routes read."""
    exposed_headers: list[str]
    """Headers that scripts may read, beside the usual ones and a route's own."""
    credentials: bool
    """Whether a browser may send its cookies. Default: false."""


class Throttle(TypedDict, total=False):
    """How many requests each method takes of all callers."""

    rate: Input[int]
    """Requests per second. Default: 10."""
    burst: Input[int]
    """Requests at once. Default: 50."""


class Live(TypedDict, total=False):
    """A WebSocket API that follows executions."""

    authorization: Authorization
    """Who may connect: `iam`, `lambdaAuthorizer` or `public`. Default: anyone with a ticket."""


class Alarm(TypedDict, total=False):
    """When an alarm goes off: its metric is at `threshold` or above it."""

    threshold: Required[float]
    """In the metric's own unit."""
    period_seconds: int
    """Over how long the metric is summed up, in whole minutes. Default: 300."""
    periods: int
    """How many of the last periods are looked at. Default: 1."""
    datapoints: int
    """In how many of these it has to be at the threshold. Default: in all."""
    treat_missing_data: str
    """What a period without data counts as, by CloudWatch's names. Default: "notBreaching"."""


class Alarms(TypedDict, total=False):
    """Alarms on the workflows and the API; each has a default."""

    topic: Required[Input[str]]
    """The ARN of the topic of SNS that gets a message when an alarm goes off."""
    failed: Alarm
    """Executions that failed. Default: 1."""
    timed_out: Alarm
    """Executions that timed out. Default: 1."""
    throttled: Alarm
    """Transitions that were throttled. Default: 1."""
    server_errors: Alarm
    """The part of requests that is answered with a status from 500. Default: 0.05."""
    latency: Alarm
    """The time in ms that 99 of 100 requests stay below. Default: 26000."""
    dead_letters: Alarm
    """The seconds that a progress message has been among the dead letters. Default: 60."""
    throttled_starts: Alarm
    """Starts that Step Functions throttles. Default: 1."""
    dashboard: bool
    """Whether there is a dashboard, too. Default: true."""


class WorkflowApiArgs(TypedDict, total=False):
    workflows: Required[list[Workflow]]
    """What is put behind routes."""
    values: dict[str, Input[Any]]
    """What `${name}` in definitions, `resources` and `statements` becomes."""
    placeholders: Object
    """What checks use for values that only a deployment knows. Default: the value's name."""
    authorization: Authorization
    """Who may call the routes that do not say it themselves. Default: `iam`."""
    allow_public: bool
    """Whether anyone may call the routes. Default: false."""
    throttle: Throttle
    """How many requests each method takes."""
    stage: Input[str]
    """The name of the API's stage, the first part of each path. Default: "v1"."""
    cors: Cors
    """Which scripts in browsers may call the routes. Default: none of another origin."""
    base_url: Input[str]
    """Where the routes answer, if not at the stage's own URL, for example a custom domain."""
    resource_policy: Input[Object]
    """The API's resource policy: which networks, accounts and VPC endpoints may call it."""
    security_policy: str
    """The minimum version of TLS and its ciphers, by AWS's name. Default: AWS's own."""
    log_retention_days: Input[int]
    """How long logs are kept. Default: 30."""
    alarms: Alarms
    """Alarms and a dashboard. Default: none."""
    tracing: bool
    """Whether the API and the state machines send traces to X-Ray. Default: false."""
    access_logs: bool
    """Whether API Gateway writes a line of JSON for each request. Default: false."""
    live: Live
    """How clients can follow executions over WebSockets. Default: they cannot."""
    tags: dict[str, Input[str]]
    """Of every resource, beside `Project` and `Stack`."""
