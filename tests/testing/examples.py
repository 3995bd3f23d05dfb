"""What the programs of the examples declare, without the rest of their programs."""

import ast
from pathlib import Path
from typing import Any

from tests.conftest import REPOSITORY

EXAMPLES = REPOSITORY / "examples"


def declared_names(example: str) -> dict[str, Any]:
    """What an example's `__main__.py` declares.

    Only its imports, functions, classes and constants are run: the rest needs Pulumi's engine.
    """
    file = EXAMPLES / example / "__main__.py"
    tree = ast.parse(file.read_text())
    tree.body = [statement for statement in tree.body if _declares(statement)]
    names: dict[str, Any] = {"__name__": f"examples.{example}"}
    exec(compile(tree, file, "exec"), names)
    return names


def _declares(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name.isupper()
        case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.ClassDef():
            return True
        case _:
            return False


def folder(example: str) -> Path:
    return EXAMPLES / example
