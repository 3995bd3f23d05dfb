"""The stack's settings, read once. Their defaults and descriptions stand in Pulumi.yaml."""

import difflib
import json
import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

import pulumi
from pulumi.runtime.config import (
    CONFIG,
    get_config_env,
    get_config_secret_keys_env,
    is_config_secret,
)
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

from infra.authorization import Authorization
from workflows.language.duration import waited_seconds
from workflows.workflow import PLACEHOLDERS, Definition, Workflow

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
URL_FIELDS = {"apiId": "0123456789", "region": "us-east-1", "stage": "v1"}
"""What may stand in braces in `apiUrl`, each with an example of its value."""


# https://www.rfc-editor.org/rfc/rfc6454#section-6.2
ORIGIN = re.compile(r"\*|https?://[a-z0-9.-]+(:[0-9]{1,5})?")


def _retention(days: int) -> int:
    if days not in RETENTION_DAYS:
        raise ValueError(f"logs can be kept for {', '.join(map(str, RETENTION_DAYS))} days")
    return days


def _url_template(template: str) -> str:
    try:
        template.format_map(URL_FIELDS)
    except (KeyError, IndexError, ValueError) as error:
        allowed = ", ".join(f"{{{field}}}" for field in URL_FIELDS)
        raise ValueError(f"in braces may stand only {allowed}") from error
    return template


def _from_json(value: str) -> object:
    """Pulumi hands lists over as JSON."""
    try:
        return json.loads(value)
    except ValueError as error:
        raise ValueError("write a list of origins") from error


def _listed_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    for origin in origins:
        if not ORIGIN.fullmatch(origin) or (origin == "*" and len(origins) > 1):
            raise ValueError(
                f"{origin!r} is no origin; write such as https://app.example.com, "
                "without a path, or * alone"
            )
    return origins


def _late(workflows: Sequence[Workflow], delay: int) -> Iterator[str]:
    """The workflows that a delay of so many seconds takes to their timeout or beyond."""
    for workflow in filter(_can_be_made, workflows):
        overrun = partial(_overrun, workflow)
        # Without a delay they are late by the Waits that stand in the definition.
        if overrun(0) < 0 <= overrun(delay):
            timeout = _timeout(_definition(workflow, delay))
            least = bisect_left(range(delay), 0, key=overrun)
            yield (
                f"workflow {workflow.name!r} ends after {timeout:g} s (TimeoutSeconds); "
                f"write less than {least}"
            )


def _can_be_made(workflow: Workflow) -> bool:
    """If not, the rules for workflows tell of it."""
    try:
        _definition(workflow, 0)
    except Exception:  # whatever a workflow's own function may raise
        return False
    return True


def _overrun(workflow: Workflow, delay: int) -> float:
    """The seconds by which the Waits go beyond the timeout; negative if they do not."""
    definition = _definition(workflow, delay)
    return waited_seconds(definition) - _timeout(definition)


def _definition(workflow: Workflow, delay: int) -> Definition:
    return workflow.definition(replace(PLACEHOLDERS, delay_seconds=delay))


def _timeout(definition: Definition) -> float:
    """A definition without one, or with a wrong one, is told of by the rules for definitions."""
    seconds = definition.get("TimeoutSeconds")
    return seconds if isinstance(seconds, int | float) else math.inf


@dataclass(frozen=True)
class Context:
    """What settings are checked against: the stack's workflows, and which values are encrypted."""

    workflows: Sequence[Workflow]
    encrypted: Set[str]


class Settings(BaseModel):
    """The settings of the namespace `stepgate`, typed and checked in a `Context`."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, str_strip_whitespace=True
    )

    instance_type: Annotated[str, Field(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$")]
    delay_seconds: Annotated[int, Field(ge=0, le=3600)]
    # https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html
    stage: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,128}$")]
    allow_public: bool
    authorization: Authorization
    # Above what an account has in a Region, no stage throttles.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
    throttle_rate: Annotated[int, Field(ge=1, le=10_000)]
    throttle_burst: Annotated[int, Field(ge=1, le=5_000)]
    log_retention_days: Annotated[int, AfterValidator(_retention)]
    api_url: Annotated[str, AfterValidator(_url_template)]
    cors_origins: Annotated[
        tuple[str, ...], BeforeValidator(_from_json), AfterValidator(_listed_origins)
    ]

    @field_validator("*", mode="before")
    @classmethod
    def _in_plain_text(cls, value: object, known: ValidationInfo[Context]) -> object:
        if to_camel(str(known.field_name)) in known.context.encrypted:
            # The value stands in no line, whatever else is wrong with it.
            raise PydanticCustomError(
                "encrypted",
                "is encrypted, but outputs and resources show it; write it in plain text",
            )
        return value

    @field_validator("delay_seconds")
    @classmethod
    def _in_time(cls, delay: int, known: ValidationInfo[Context]) -> int:
        if late := [*_late(known.context.workflows, delay)]:
            raise ValueError("\n".join(late))
        return delay

    @field_validator("authorization")
    @classmethod
    def _public_on_purpose(cls, authorization: str, known: ValidationInfo[Context]) -> str:
        if authorization == "none" and known.data.get("allow_public") is False:
            raise ValueError(
                "lets anybody on the internet call the routes; "
                "set allowPublic to true if that is meant, or write iam or api-key"
            )
        return authorization


def read_settings(workflows: Sequence[Workflow]) -> Settings:
    """The settings of the stack that is deployed, checked against its workflows.

    Raises:
        pulumi.RunError: one line for each setting that is unknown, missing, encrypted or wrong.
    """
    namespace = f"{pulumi.get_project()}:"
    values = {
        key.removeprefix(namespace): value
        for key, value in (get_config_env() | CONFIG.get()).items()
        if key.startswith(namespace)
    }
    encrypted = {
        key
        for key in values
        if is_config_secret(namespace + key) or namespace + key in get_config_secret_keys_env()
    }
    try:
        return Settings.model_validate(values, context=Context(workflows, encrypted))
    except ValidationError as error:
        lines = (line for detail in error.errors() for line in _lines(namespace, detail))
        raise pulumi.RunError("\n".join(lines)) from None


def _lines(namespace: str, detail: ErrorDetails) -> Iterator[str]:
    key = str(detail["loc"][0])
    match detail["type"]:
        case "extra_forbidden":
            known = [to_camel(name) for name in Settings.model_fields]
            nearest = difflib.get_close_matches(key, known, n=1, cutoff=0)[0]
            yield f"{namespace}{key} is no setting; did you mean {namespace}{nearest}?"
        case "missing":
            yield f"{namespace}{key} has no value, and its default is missing in Pulumi.yaml"
        case "encrypted":
            yield f"{namespace}{key} {detail['msg']}"
        case _:
            given = detail["input"]
            shown = given if re.fullmatch(r"[+-]?\d+", str(given)) else repr(given)
            for wrong in detail["msg"].removeprefix("Value error, ").splitlines():
                yield f"{namespace}{key} is {shown}: {wrong[0].lower()}{wrong[1:]}"
