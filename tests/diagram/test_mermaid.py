"""A state machine as Mermaid's text."""

import re

import pytest

from stepgate.diagram import mermaid
from stepgate.events.waiting import wait_for
from stepgate.workflow import Values
from tests.diagram.machines import NASTY, row

# What lines are made of; a text in quotes has neither quotes nor any other sign of Mermaid's.
TEXT = r'"(?P<text>(?:[^"<>`;\[\]{}|%~\\@]|<br>|#\d+;)*)"'
NODE = re.compile(
    rf" +(?:subgraph )?(?P<id>s\d+|branch\d+)(?: ?\[|\(\[|\(|\{{\{{){TEXT}(?:\]\)|\]|\)|\}}\}})"
)
EDGE = re.compile(rf" +(?P<source>s\d+) (?P<line>-->|-\.->)(?:\|{TEXT}\|)? (?P<target>s\d+|end\d+)")
OTHER = re.compile(
    r"flowchart TB| +classDef (first|last) [\w:#,]+| +direction TB| +end"
    r'| +start\d+\(\(" "\)\):::first --> s\d+| +end\d+\(\(\(" "\)\)\):::last'
)


def names_by_id(text: str) -> dict[str, str]:
    nodes = [match for line in text.splitlines() if (match := NODE.fullmatch(line))]
    return {node["id"]: shown(node["text"]) for node in nodes if node["id"].startswith("s")}


def shown(text: str) -> str:
    """The name, as Mermaid shows it."""
    decoded = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), re.split("<br>| · ", text)[0])
    return decoded.replace("\u2060", "")


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_name_is_text_and_nothing_else(name: str) -> None:
    rule = {"Condition": name, "Next": "to"}
    states = {name: {"Type": "Choice", "Choices": [rule]}, "to": {"Type": "Fail", "Error": name}}
    text = mermaid({"StartAt": name, "States": states})
    assert all(any(p.fullmatch(line) for p in (NODE, EDGE, OTHER)) for line in text.splitlines())
    assert names_by_id(text) == {"s1": " ".join(name.split()), "s2": "to"}


def test_a_small_workflow_reads_as_it_is() -> None:
    check = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.n", "NumericGreaterThan": 3, "Next": "Each"}],
        "Default": "Low",
    }
    each = {
        "Type": "Map",
        "ItemProcessor": row(["Work"]),
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Low"}],
        "End": True,
    }
    low = {"Type": "Fail", "Error": "TooLow"}
    text = mermaid({"StartAt": "Check", "States": {"Check": check, "Each": each, "Low": low}})
    assert (
        text
        == """\
flowchart TB
    start4((" ")):::first --> s1
    s1{{"Check<br>Choice"}}
    subgraph s2 ["Each · Map"]
        direction TB
        start6((" ")):::first --> s5
        s5(["Work<br>Succeed"])
        end7(((" "))):::last
        s5 --> end7
    end
    s3(["Low<br>Fail · TooLow"])
    end8(((" "))):::last
    s1 -->|"$.n #62; 3"| s2
    s1 -->|"otherwise"| s3
    s2 --> end8
    s2 -.->|"catch States.ALL"| s3
    classDef first fill:#7b8a97,stroke:#7b8a97
    classDef last fill:none,stroke:#7b8a97
"""
    )


def test_a_state_that_waits_says_what_for() -> None:
    waiting = wait_for("approval", Values(), timeout_seconds=60, end=True)
    drawn = mermaid({"StartAt": "Wait", "States": {"Wait": waiting}})
    assert "Wait<br>Task · waits for approval" in drawn
    assert "Token" not in drawn
