"""The workflows of the examples, without the rest of their programs."""

import ast
from pathlib import Path
from typing import Any

from stepgate import Workflow
from tests.conftest import REPOSITORY

EXAMPLES = REPOSITORY / "examples"


def program_workflows(example: str) -> dict[str, Workflow]:
    """Those that an example's `__main__.py` declares, by their names there.

    Only its imports, functions, classes and constants are run: the rest needs Pulumi's engine.
    """
    file = EXAMPLES / example / "__main__.py"
    tree = ast.parse(file.read_text())
    tree.body = [statement for statement in tree.body if _declares(statement)]
    names: dict[str, Any] = {"__name__": f"examples.{example}"}
    exec(compile(tree, file, "exec"), names)
    return {name: value for name, value in names.items() if isinstance(value, Workflow)}


def _declares(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name.isupper()
        case ast.ImportFrom() | ast.FunctionDef() | ast.ClassDef():
            return True
        case _:
            return False


def folder(example: str) -> Path:
    return EXAMPLES / example
