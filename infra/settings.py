"""The example stack's settings, read once. Their defaults and descriptions are in Pulumi.yaml."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Annotated

import pulumi
import yaml
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

from stepgate.authorization import AuthorizationName
from stepgate.components import arguments

PROJECT_FILE = Path(__file__).parent.parent / "Pulumi.yaml"


def _from_json(value: str) -> object:
    """Pulumi hands lists over as JSON."""
    try:
        return json.loads(value)
    except ValueError as error:
        raise ValueError("write a list of origins") from error


class Settings(BaseModel):
    """The stack's settings, typed and checked. The context is the keys that are encrypted."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, str_strip_whitespace=True)

    instance_type: Annotated[str, Field(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$")]
    delay_seconds: Annotated[int, Field(ge=0, le=3600)]
    stage: Annotated[str, AfterValidator(arguments.checked_stage)]
    allow_public: bool
    authorization: AuthorizationName
    throttle_rate: Annotated[int, AfterValidator(arguments.checked_rate)]
    throttle_burst: Annotated[int, AfterValidator(arguments.checked_burst)]
    log_retention_days: Annotated[int, AfterValidator(arguments.checked_retention_days)]
    api_url: Annotated[str, AfterValidator(arguments.checked_base_url)]
    cors_origins: Annotated[
        tuple[str, ...], BeforeValidator(_from_json), AfterValidator(arguments.checked_cors)
    ]

    @field_validator("*", mode="before")
    @classmethod
    def _in_plain_text(cls, value: object, known: ValidationInfo[Set[str]]) -> object:
        if to_camel(str(known.field_name)) in known.context:
            # The value is in no line, whatever else is wrong with it.
            raise PydanticCustomError(
                "encrypted",
                "is encrypted, but outputs and resources show it; write it in plain text",
            )
        return value

    @field_validator("authorization")
    @classmethod
    def _public_on_purpose(cls, authorization: str, known: ValidationInfo[Set[str]]) -> str:
        if authorization == "none" and known.data.get("allow_public") is False:
            raise ValueError(
                "anyone on the internet could call the routes; "
                "set allowPublic to true if that is meant, or use iam or api-key"
            )
        return authorization


def read_settings() -> Settings:
    """The settings of the stack that is deployed.

    A key that Pulumi.yaml does not declare is an error if it looks like one that it does; any
    other one is left alone.

    Raises:
        pulumi.RunError: one line for each setting that is misspelled, missing, encrypted or wrong.
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
    lines = [*_misspelled(namespace, values)]
    try:
        settings = Settings.model_validate(values, context=encrypted)
    except ValidationError as error:
        lines += (line for detail in error.errors() for line in _lines(namespace, detail))
    else:
        if not lines:
            return settings
    raise pulumi.RunError("\n".join(lines))


def _misspelled(namespace: str, values: Mapping[str, str]) -> Iterator[str]:
    declared = {
        key.removeprefix(namespace) for key in yaml.safe_load(PROJECT_FILE.read_text())["config"]
    }
    for key in sorted(values.keys() - declared):
        if nearest := difflib.get_close_matches(key, declared, n=1, cutoff=0.8):
            yield f"unknown setting {namespace}{key}; did you mean {namespace}{nearest[0]}?"


def _lines(namespace: str, detail: ErrorDetails) -> Iterator[str]:
    key = str(detail["loc"][0])
    match detail["type"]:
        case "missing":
            yield f"{namespace}{key} has no value, and its default is missing in Pulumi.yaml"
        case "encrypted":
            yield f"{namespace}{key} {detail['msg']}"
        case _:
            given = detail["input"]
            shown = given if re.fullmatch(r"[+-]?\d+", str(given)) else repr(given)
            wrong = detail["msg"].removeprefix("Value error, ")
            yield f"{namespace}{key} is {shown}: {wrong[0].lower()}{wrong[1:]}"
