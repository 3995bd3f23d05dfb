"""Code blocks in the documentation can be read as what they say they are."""

import ast
import json
import re
import subprocess
import textwrap

import pytest
import yaml

from tests.conftest import REPOSITORY
from tests.test_links import PAGES

BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
BLOCKS = [
    pytest.param(language, textwrap.dedent(block), id=f"{page.relative_to(REPOSITORY)}-{number}")
    for page in PAGES
    for number, (_, language, block) in enumerate(BLOCK.findall(page.read_text()))
]
WITHOUT_SYNTAX = {"console", "http", "mermaid", "text", "typescript", "velocity"}


def problem(language: str, block: str) -> str | None:
    complete = block.replace("…", "..." if language == "python" else "x")
    try:
        match language:
            case "python":
                ast.parse(complete)
            case "json":
                json.loads(complete)
            case "yaml":
                yaml.safe_load(complete)
            case "sh":
                shell = ["bash", "-n", "-c", complete]
                return subprocess.run(shell, capture_output=True, text=True, check=False).stderr
            case _:
                return None if language in WITHOUT_SYNTAX else f"unknown language {language}"
    except (SyntaxError, ValueError, yaml.YAMLError) as error:
        return str(error)
    return None


@pytest.mark.parametrize(("language", "block"), BLOCKS)
def test_a_code_block_is_what_it_says(language: str, block: str) -> None:
    assert not problem(language, block)


def test_a_wrong_block_is_noticed() -> None:
    for language, wrong in (("python", "a ="), ("json", "{a}"), ("yaml", "a: ["), ("sh", "if")):
        assert problem(language, wrong), language
    assert problem("pyton", "") == "unknown language pyton"
