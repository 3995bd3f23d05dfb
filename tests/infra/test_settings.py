import pulumi
import pytest

from tests.program import run


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("instanceType", "t3", "stepgate:instanceType is 't3': "),
        ("delaySeconds", "-1", "stepgate:delaySeconds is '-1': "),
        ("delaySeconds", "3601", "less than or equal to 3600"),
        ("delaySeconds", "soon", "stepgate:delaySeconds is 'soon': "),
        ("stage", "v 1", "stepgate:stage is 'v 1': "),
        ("authorization", "open", "'iam' or 'none'"),
        ("authorization", "none", "set allowPublic to true"),
        ("allowPublic", "perhaps", "stepgate:allowPublic is 'perhaps': "),
        ("logRetentionDays", "31", "logs can be kept for 1, 3, 5, "),
        ("apiUrl", "https://{host}/v1", "in braces may stand only {apiId}, {region}, {stage}"),
        ("apiUrl", "https://{}/v1", "in braces may stand only {apiId}, {region}, {stage}"),
        ("delaySecond", "8", "did you mean stepgate:delaySeconds?"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(setting: str, value: str, said: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run({setting: value})
    assert said in str(refused.value)
    assert f"stepgate:{setting} is " in str(refused.value)
    assert "\n" not in str(refused.value)


def test_all_wrong_settings_are_told_at_once() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run({"delaySeconds": "-1", "authorization": "none", "stag": "v1", "logRetentionDays": "2"})
    lines = str(refused.value).splitlines()
    assert [line.split(" ", 1)[0] for line in lines] == [
        "stepgate:delaySeconds",
        "stepgate:authorization",
        "stepgate:logRetentionDays",
        "stepgate:stag",
    ]


def test_public_routes_need_a_second_word() -> None:
    program = run({"authorization": "none", "allowPublic": "true"})
    assert program.outputs["authorization"] == "none"
