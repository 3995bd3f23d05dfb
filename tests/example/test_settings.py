"""The settings: what is refused, in which words, and all of it at once."""

import json
from collections.abc import Callable

import pulumi
import pytest
from pulumi.runtime import set_all_config

from infra.settings import Settings
from stepgate.local.config import stack_config
from stepgate.project import read_project
from tests.conftest import REPOSITORY
from tests.example.program import run


def refusal(settings: dict[str, str]) -> list[str]:
    """The lines that the settings are refused with."""
    with pytest.raises(pulumi.RunError) as refused:
        run(settings)
    return str(refused.value).splitlines()


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("instanceType", "t3", "stepgate:instanceType is 't3': "),
        ("delaySeconds", "-1", "stepgate:delaySeconds is -1: "),
        ("delaySeconds", "3601", "less than or equal to 3600"),
        ("delaySeconds", "soon", "stepgate:delaySeconds is 'soon': "),
        ("stage", "v 1", "stepgate:stage is 'v 1': "),
        ("authorization", "open", "'iam', 'api-key' or 'none'"),
        ("authorization", "none", "set allowPublic to true"),
        ("allowPublic", "perhaps", "stepgate:allowPublic is 'perhaps': "),
        ("throttleRate", "0", "stepgate:throttleRate is 0: "),
        ("throttleRate", "10001", "use a number from 1 to 10000"),
        ("throttleRate", "2.5", "stepgate:throttleRate is '2.5': "),
        ("throttleBurst", "0", "stepgate:throttleBurst is 0: "),
        ("throttleBurst", "5001", "use a number from 1 to 5000"),
        ("logRetentionDays", "31", "use one of 1, 3, 5, "),
        ("apiUrl", "https://{host}/v1", "only {apiId}, {region}, {stage} may be in braces"),
        ("apiUrl", "https://{}/v1", "only {apiId}, {region}, {stage} may be in braces"),
        ("corsOrigins", "https://app.example.com", "write a list of origins"),
        ("corsOrigins", "[5]", "stepgate:corsOrigins is 5: "),
        ("corsOrigins", '["https://a.example/b"]', "'https://a.example/b' is not a valid origin"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(setting: str, value: str, said: str) -> None:
    (line,) = refusal({setting: value})
    assert said in line
    assert line.startswith(f"stepgate:{setting} is ")


@pytest.mark.parametrize(
    ("key", "meant"),
    [("delaySecond", "delaySeconds"), ("stag", "stage"), ("corsOrigin", "corsOrigins")],
)
def test_a_misspelled_setting_is_an_error(key: str, meant: str) -> None:
    assert refusal({key: "8"}) == [
        f"unknown setting stepgate:{key}; did you mean stepgate:{meant}?"
    ]


def test_a_users_own_setting_is_left_alone() -> None:
    assert run({"tableName": "orders", "retries": "3"}).outputs["stage"] == "v1"


def test_all_wrong_settings_are_reported_at_once() -> None:
    lines = refusal(
        {
            "delaySeconds": "-1",
            "authorization": "none",
            "stag": "v1",
            "logRetentionDays": "2",
            "throttleBurst": "0",
        }
    )
    assert [line.split(" ", 1)[0] for line in lines] == [
        "unknown",
        "stepgate:delaySeconds",
        "stepgate:authorization",
        "stepgate:throttleBurst",
        "stepgate:logRetentionDays",
    ]


def test_public_routes_need_a_second_word() -> None:
    program = run({"authorization": "none", "allowPublic": "true"})
    assert program.outputs["authorization"] == "none"


def test_a_wrong_second_word_is_told_once() -> None:
    (line,) = refusal({"authorization": "none", "allowPublic": "perhaps"})
    assert line.startswith("stepgate:allowPublic is 'perhaps': ")


# Encrypted values

SECRET = "hunter2"


@pytest.fixture
def encrypt(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Says of a setting what the CLI says of one that it has decrypted."""

    def encrypted(setting: str) -> None:
        monkeypatch.setenv("PULUMI_CONFIG_SECRET_KEYS", json.dumps([f"stepgate:{setting}"]))

    return encrypted


@pytest.mark.parametrize("setting", [f.alias for f in Settings.model_fields.values()])
@pytest.mark.parametrize("value", [SECRET, "", '["https://app.example.com"]', "5", "true"])
def test_an_encrypted_value_is_refused_and_never_shown(
    encrypt: Callable[[str], None], setting: str, value: str
) -> None:
    encrypt(setting)
    assert refusal({setting: value}) == [
        f"stepgate:{setting} is encrypted, but outputs and resources show it; "
        "write it in plain text"
    ]


def test_an_encrypted_value_stands_in_no_other_line(encrypt: Callable[[str], None]) -> None:
    encrypt("apiUrl")
    lines = refusal({"apiUrl": SECRET, "stage": "v 1", "authorization": "none"})
    assert len(lines) == 3
    assert SECRET not in "".join(lines)


def test_an_encrypted_value_of_an_unknown_setting_is_not_shown(
    encrypt: Callable[[str], None],
) -> None:
    encrypt("apiUr")
    assert refusal({"apiUr": SECRET}) == [
        "unknown setting stepgate:apiUr; did you mean stepgate:apiUrl?"
    ]


def test_a_program_within_another_is_told_of_encrypted_values_too() -> None:
    """Pulumi's Automation API sets no environment for an inline program."""
    set_all_config({}, ["stepgate:apiUrl"])
    try:
        (line,) = refusal({"apiUrl": SECRET})
    finally:
        set_all_config({}, [])
    assert line.startswith("stepgate:apiUrl is encrypted, ")


def test_an_encrypted_value_of_another_namespace_is_nobodys_business_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_SECRET_KEYS", '["aws:secretKey"]')
    assert run().outputs["stage"] == "v1"


# The files of settings


@pytest.mark.parametrize("stack", ["local", "dev"])
def test_the_stacks_of_this_project_have_a_value_for_every_setting(stack: str) -> None:
    found = stack_config(REPOSITORY, stack)
    assert found["aws:region"], "the local engine and the provider need a Region"
    assert found["stepgate:delaySeconds"] == {"local": "8", "dev": "29"}[stack]
    assert found["stepgate:authorization"] == {"local": "none", "dev": "iam"}[stack]


def test_the_project_has_the_name_that_its_settings_carry() -> None:
    assert read_project(REPOSITORY).name == "stepgate"
