"""The stack's settings, read once. Their defaults and descriptions stand in Pulumi.yaml."""

import difflib
import json
import re
from typing import Annotated, Literal

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
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
from pydantic_core import ErrorDetails

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


class Settings(BaseModel):
    """The settings of the namespace `stepgate`, typed and checked."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, str_strip_whitespace=True
    )

    instance_type: Annotated[str, Field(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$")]
    delay_seconds: Annotated[int, Field(ge=0, le=3600)]
    # https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html
    stage: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,128}$")]
    allow_public: bool
    authorization: Literal["iam", "none"]
    log_retention_days: Annotated[int, AfterValidator(_retention)]
    api_url: Annotated[str, AfterValidator(_url_template)]
    cors_origins: Annotated[
        tuple[str, ...], BeforeValidator(_from_json), AfterValidator(_listed_origins)
    ]

    @field_validator("authorization")
    @classmethod
    def _public_on_purpose(cls, authorization: str, known: ValidationInfo) -> str:
        if authorization == "none" and not known.data.get("allow_public"):
            raise ValueError(
                "lets anybody on the internet call the routes; "
                "set allowPublic to true if that is meant, or write iam"
            )
        return authorization


def read_settings() -> Settings:
    """The settings of the stack that is deployed.

    Raises:
        pulumi.RunError: one line for each setting that is unknown, missing or wrong.
    """
    namespace = f"{pulumi.get_project()}:"
    values = {
        key.removeprefix(namespace): value
        for key, value in (get_config_env() | CONFIG.get()).items()
        if key.startswith(namespace)
    }
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise pulumi.RunError(
            "\n".join(_line(namespace, detail) for detail in error.errors())
        ) from None


def _line(namespace: str, detail: ErrorDetails) -> str:
    key = str(detail["loc"][0])
    match detail["type"]:
        case "extra_forbidden":
            known = [to_camel(name) for name in Settings.model_fields]
            nearest = difflib.get_close_matches(key, known, n=1, cutoff=0)[0]
            return f"{namespace}{key} is no setting; did you mean {namespace}{nearest}?"
        case "missing":
            return f"{namespace}{key} has no value, and its default is missing in Pulumi.yaml"
        case _:
            wrong = detail["msg"].removeprefix("Value error, ")
            return f"{namespace}{key} is {detail['input']!r}: {wrong[0].lower()}{wrong[1:]}"
