"""What the arguments of a WorkflowApi may be.

Each `checked_…` function returns the value, and raises a ValueError that says what to write
instead, without the argument's name; so a program's own settings can be checked by them too.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

import pulumi
import pulumi_aws as aws

from stepgate.authorization import Iam, LambdaAuthorizer, Public, as_authorization
from stepgate.checks.authorization import PUBLIC, authorization_problem
from stepgate.checks.routes import NAME, NAME_RULE
from stepgate.components.alarms import KINDS as ALARM_KINDS
from stepgate.components.alarms import Alarms, alarm_problem
from stepgate.components.rest_api import Throttle
from stepgate.components.transforms import KINDS, Transform
from stepgate.http.cors import Cors, cors_problem
from stepgate.json_values import shown
from stepgate.live.live import Live, Tickets
from stepgate.suggestions import suggestion
from stepgate.workflow import Workflow

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
URL_FIELDS = ("{apiId}", "{region}", "{stage}")
"""What may be in braces in a base URL."""

URL = re.compile(r"https?://[^\s/]+")
# https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html
STAGE = re.compile(r"[A-Za-z0-9_]{1,128}")
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
TOPIC = re.compile(r"arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}")
# Above what an account has in a Region, no stage throttles.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
MOST_REQUESTS = 10_000
MOST_AT_ONCE = 5_000

MAY_BE_OUTPUTS = (
    *("alarms.topic", "base_url", "log_retention_days", "resource_policy", "stage"),
    *("throttle.burst", "throttle.rate"),
)

# Those for Regional and private APIs.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
SECURITY_POLICIES = (
    *("TLS_1_0", "TLS_1_2"),
    *("SecurityPolicy_TLS13_1_3_2025_09", "SecurityPolicy_TLS13_1_3_FIPS_2025_09"),
    *("SecurityPolicy_TLS13_1_2_PQ_2025_09", "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"),
    *("SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09", "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09"),
    *("SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09", "SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09"),
    "SecurityPolicy_TLS13_1_2_2021_06",
)


def checked_stage(stage: str) -> str:
    _of_type(stage, str, "text")
    if not STAGE.fullmatch(stage):
        raise ValueError("use 1 to 128 letters, digits and _")
    return stage


def checked_authorization(authorization: Any, *, allow_public: bool) -> Any:
    if problem := authorization_problem(authorization):
        raise ValueError(problem)
    if isinstance(as_authorization(authorization), Public) and not allow_public:
        raise ValueError(PUBLIC)
    return authorization


def checked_cors(value: Cors | Sequence[str] | None) -> Cors | Sequence[str] | None:
    if not isinstance(cast("object", value), Cors | list | tuple | None):
        raise ValueError("use a list of origins, or Cors(origins=[…])")
    cors = as_cors(value)
    if not isinstance(cast("object", cors.credentials), bool):
        raise ValueError("use True or False as its credentials")
    for texts in cast("tuple[object, ...]", (cors.origins, cors.headers, cors.exposed_headers)):
        if not isinstance(texts, list | tuple) or not all(
            isinstance(text, str) for text in cast("Sequence[object]", texts)
        ):
            raise ValueError("use lists of text")
    if problem := cors_problem(cors):
        raise ValueError(problem)
    return value


def as_cors(value: Cors | Sequence[str] | None) -> Cors:
    """A list of origins is a Cors with these."""
    return value if isinstance(value, Cors) else Cors(origins=tuple(value or ()))


def checked_base_url(template: str) -> str:
    _of_type(template, str, "text")
    if re.search("[{}]", re.sub("|".join(map(re.escape, URL_FIELDS)), "", template)):
        raise ValueError(f"only {', '.join(URL_FIELDS)} may be in braces")
    if template and not URL.match(template):
        raise ValueError("use a URL, for example https://api.example.com/shop")
    return template


def checked_retention_days(days: int) -> int:
    if days not in RETENTION_DAYS:
        raise ValueError(f"use one of {', '.join(map(str, RETENTION_DAYS))}")
    return days


def checked_rate(rate: int) -> int:
    return _within(rate, MOST_REQUESTS)


def checked_burst(burst: int) -> int:
    return _within(burst, MOST_AT_ONCE)


def checked_name(name: str) -> str:
    _of_type(name, str, "text")
    if not NAME.fullmatch(name):
        raise ValueError(NAME_RULE)
    return name


def checked_workflows(workflows: object) -> object:
    if isinstance(workflows, Workflow):
        raise ValueError("use a list of workflows, for example [A]")
    if not isinstance(workflows, list | tuple) or not workflows:
        raise ValueError("use a list of at least one workflow")
    for number, each in enumerate(cast("Sequence[object]", workflows), 1):
        if not isinstance(each, Workflow):
            raise ValueError(
                f"{_shown(each)} is not a Workflow; write Workflow(…) as item {number}"
            )
    return cast("object", workflows)


def checked_mapping(value: object) -> object:
    _of_type(value, Mapping, "a dict")
    for key in cast("Mapping[object, object]", value):
        if not isinstance(key, str):
            raise ValueError(f"its key {shown(key)} is not text; write {shown(shown(key))}")
    return value


def checked_tags(tags: object) -> object:
    checked_mapping(tags)
    for key, value in cast("Mapping[str, object]", tags).items():
        if not isinstance(value, str | pulumi.Output | Awaitable):
            raise ValueError(f"{key} is {shown(value)}; write text")
    return tags


def checked_transforms(transforms: Mapping[str, Transform]) -> Mapping[str, Transform]:
    checked_mapping(transforms)
    for kind, transform in transforms.items():
        if kind not in KINDS:
            use = suggestion(kind, KINDS, f"use one of {', '.join(KINDS)}")
            raise ValueError(f"unknown kind {shown(kind)}; {use}")
        if not callable(transform):
            raise ValueError(f"{kind} has {_shown(transform)}; use a function")
    return transforms


def checked_throttle(throttle: object) -> object:
    return _of_type(throttle, Throttle, "Throttle(rate, burst)")


def checked_live(live: Any, *, allow_public: bool) -> Any:
    if isinstance(live, bool):
        return live
    if not isinstance(live, Live):
        raise ValueError("use True, or Live(authorization=…)")
    authorization: object = live.authorization
    match authorization:
        case Tickets():
            pass
        case Iam() | Public() | LambdaAuthorizer():
            checked_authorization(authorization, allow_public=allow_public)
            if getattr(authorization, "ttl_seconds", 0):
                raise ValueError(
                    "a WebSocket API does not cache a function's answers; remove ttl_seconds"
                )
        case _:
            raise ValueError(
                "its authorization has to be Tickets(), Iam(), LambdaAuthorizer(…) or Public()"
            )
    return live


def checked_queue(queue: object) -> object:
    return _of_type(queue, aws.sqs.Queue | None, "an aws.sqs.Queue")


def checked_resource_policy(policy: object) -> object:
    if policy is None:
        return policy
    document = policy
    if isinstance(policy, str):
        try:
            document = json.loads(policy)
        except ValueError as error:
            raise ValueError(f"its text is not JSON: {error}") from None
    if not isinstance(document, Mapping) or "Statement" not in document:
        raise ValueError(
            'use an IAM policy, for example {"Version": "2012-10-17", "Statement": […]}'
        )
    return policy


def checked_security_policy(policy: object) -> object:
    if policy is not None and policy not in SECURITY_POLICIES:
        use = suggestion(
            str(policy), SECURITY_POLICIES, f"use one of {', '.join(SECURITY_POLICIES)}"
        )
        raise ValueError(f"not a security policy of Regional APIs; {use}")
    return policy


def alarm_checks(alarms: Any) -> dict[str, tuple[Any, Callable[[Any], Any]]]:
    """The values and checks of `Alarms`, for `argument_errors`."""
    if not isinstance(alarms, Alarms):
        return {"alarms": (alarms, _checked_alarms)}
    return {
        "alarms.topic": (alarms.topic, _checked_topic),
        "alarms.dashboard": (alarms.dashboard, checked_truth),
        **{f"alarms.{kind}": (getattr(alarms, kind), _checked_alarm) for kind in ALARM_KINDS},
    }


def _checked_alarms(alarms: object) -> object:
    return _of_type(alarms, type(None), "Alarms(topic), with the topic of SNS for its messages")


def _checked_topic(topic: object) -> None:
    is_arn = isinstance(topic, str) and TOPIC.fullmatch(topic)
    if not is_arn and not isinstance(topic, aws.sns.Topic | Awaitable):
        raise ValueError("use an aws.sns.Topic, or the ARN of one")


def _checked_alarm(alarm: object) -> None:
    if problem := alarm_problem(alarm):
        raise ValueError(problem)


def checked_truth(value: object) -> object:
    return _of_type(value, bool, "True or False")


def argument_errors(
    checks: Mapping[str, tuple[Any, Callable[[Any], Any]]],
) -> dict[str, str]:
    """A line for each argument that is wrong; what only a deployment knows is not looked at.

    Args:
        checks: each argument's value and the function that checks it, by the argument's name.
    """
    errors: dict[str, str] = {}
    for name, (value, checked) in checks.items():
        if isinstance(value, pulumi.Output) and name in MAY_BE_OUTPUTS:
            continue
        try:
            checked(value)
        except ValueError as error:
            errors[name] = f"{name} is {_shown(cast('object', value))}: {error}"
    return errors


def _of_type(value: object, type_: Any, said: str) -> object:
    if not isinstance(value, type_):
        raise ValueError(f"use {said}")
    return value


def _shown(value: object) -> str:
    """A value for an error, which says no more than needed of a workflow and an Output."""
    if isinstance(value, Workflow):
        return f"one Workflow ({shown(value.name)}, {value.declared_at})"
    if isinstance(value, pulumi.Output):
        return "an Output"
    return shown(value)


def _within(number: int, most: int) -> int:
    _of_type(number, int, f"a number from 1 to {most}")
    if not 1 <= number <= most:
        raise ValueError(f"use a number from 1 to {most}")
    return number
