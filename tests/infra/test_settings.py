"""The settings: what is refused, in which words, and that all of it is told at once."""

import json
from collections.abc import Callable

import pulumi
import pytest
from pulumi.runtime import set_all_config

from infra.settings import Settings
from tests.program import run
from workflows.workflow import Definition, Values, Workflow


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
        ("throttleRate", "10001", "less than or equal to 10000"),
        ("throttleRate", "2.5", "stepgate:throttleRate is '2.5': "),
        ("throttleBurst", "0", "stepgate:throttleBurst is 0: "),
        ("throttleBurst", "5001", "less than or equal to 5000"),
        ("logRetentionDays", "31", "logs can be kept for 1, 3, 5, "),
        ("apiUrl", "https://{host}/v1", "in braces may stand only {apiId}, {region}, {stage}"),
        ("apiUrl", "https://{}/v1", "in braces may stand only {apiId}, {region}, {stage}"),
        ("corsOrigins", "https://app.example.com", "write a list of origins"),
        ("corsOrigins", "[5]", "stepgate:corsOrigins is 5: "),
        ("corsOrigins", '["https://a.example/b"]', "'https://a.example/b' is no origin"),
        ("throttle", "8", "did you mean stepgate:throttleRate?"),
        ("delaySecond", "8", "did you mean stepgate:delaySeconds?"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(setting: str, value: str, said: str) -> None:
    (line,) = refusal({setting: value})
    assert said in line
    assert line.startswith(f"stepgate:{setting} is ")


def test_all_wrong_settings_are_told_at_once() -> None:
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
        "stepgate:delaySeconds",
        "stepgate:authorization",
        "stepgate:throttleBurst",
        "stepgate:logRetentionDays",
        "stepgate:stag",
    ]


def test_public_routes_need_a_second_word() -> None:
    program = run({"authorization": "none", "allowPublic": "true"})
    assert program.outputs["authorization"] == "none"


def test_a_wrong_second_word_is_told_once() -> None:
    (line,) = refusal({"authorization": "none", "allowPublic": "perhaps"})
    assert line.startswith("stepgate:allowPublic is 'perhaps': ")


# The delay, and the timeout of what waits for it


def waits(name: str, *seconds: Callable[[int], int], timeout: int | None = 60) -> Workflow:
    """A workflow that waits one time after the other, with the delay as it is set."""

    def definition(values: Values) -> Definition:
        states: Definition = {
            f"Wait {i}": {
                "Type": "Wait",
                "Seconds": wait(values.delay_seconds),
                "Next": f"Wait {i + 1}",
            }
            for i, wait in enumerate(seconds)
        }
        states[f"Wait {len(seconds)}"] = {"Type": "Succeed"}
        limit = {} if timeout is None else {"TimeoutSeconds": timeout}
        return {"StartAt": "Wait 0", "States": states, **limit}

    return Workflow(name, "async", definition)


def the_delay(delay: int) -> int:
    return delay


def ten_seconds(_: int) -> int:
    return 10


LATER = waits("later", the_delay)


@pytest.mark.parametrize("delay", ["0", "59"])
def test_a_delay_below_every_timeout_is_accepted(
    monkeypatch: pytest.MonkeyPatch, delay: str
) -> None:
    monkeypatch.setattr("workflows.WORKFLOWS", (LATER,))
    assert run({"delaySeconds": delay}).outputs["authorization"] == "iam"


def test_a_delay_that_a_workflow_does_not_survive_is_refused_with_all_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workflows = (
        LATER,
        waits("twice", the_delay, the_delay),
        waits("after", ten_seconds, the_delay),
        waits("at-least", lambda delay: max(delay, 30)),
        waits("longer", the_delay, timeout=3600),
        waits("always", ten_seconds),
    )
    monkeypatch.setattr("workflows.WORKFLOWS", workflows)
    late = "stepgate:delaySeconds is 100: workflow"
    *lines, other = refusal({"delaySeconds": "100", "stage": "v 1"})
    assert lines == [
        f"{late} 'later' ends after 60 s (TimeoutSeconds); write less than 60",
        f"{late} 'twice' ends after 60 s (TimeoutSeconds); write less than 30",
        f"{late} 'after' ends after 60 s (TimeoutSeconds); write less than 50",
        f"{late} 'at-least' ends after 60 s (TimeoutSeconds); write less than 60",
    ]
    assert other.startswith("stepgate:stage is ")


@pytest.mark.parametrize(
    "workflow",
    [
        waits("slow", lambda _: 70),
        waits("endless", the_delay, timeout=None),
        Workflow("broken", "async", lambda _: {"TimeoutSeconds": "soon", "States": []}),
        Workflow("unmade", "async", lambda values: {"StartAt": {}[values.instance_id]}),
    ],
    ids=lambda workflow: workflow.name,
)
def test_what_is_wrong_whatever_the_delay_is_left_to_other_rules(
    monkeypatch: pytest.MonkeyPatch, workflow: Workflow
) -> None:
    monkeypatch.setattr("workflows.WORKFLOWS", (workflow,))
    (line,) = refusal({"delaySeconds": "3600", "stage": "v 1"})
    assert line.startswith("stepgate:stage is ")


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
        "stepgate:apiUr is no setting; did you mean stepgate:apiUrl?"
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
