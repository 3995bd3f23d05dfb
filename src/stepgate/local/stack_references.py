"""Other stacks: the local engine reads the outputs of a `pulumi.StackReference` from a file.

https://www.pulumi.com/docs/iac/concepts/stacks/#stackreferences
"""

import json
from collections.abc import Mapping
from os.path import normpath
from pathlib import Path
from typing import Any, cast

from stepgate.local.errors import CommandError

TYPE = "pulumi:pulumi:StackReference"
SETTING = "local:stackReferences"
"""The local stack's setting with a file for each stack; the project's folder is where its path
begins."""
EXAMPLE_FILE = "../shop/.local/outputs.json"


def referenced_files(project: Path, config: Mapping[str, str]) -> dict[str, Path]:
    """The files with other stacks' outputs, by the name that a program refers to the stack by.

    Args:
        project: the project's folder.
        config: see `stepgate.local.config`.

    Raises:
        CommandError: the setting is not an object of texts.
    """
    text = config.get(SETTING, "{}")
    try:
        found: Any = json.loads(text)
    except ValueError:
        found = None
    match found:
        case {**files} if all(isinstance(file, str) for file in files.values()):
            texts = cast("dict[str, str]", files).items()
            return {stack: Path(normpath(project / file)) for stack, file in texts}
        case _:
            raise CommandError(
                f"{SETTING} is {text} in Pulumi.local.yaml; write a stack and its file in each "
                f"line below it, for example acme/shop/dev: {EXAMPLE_FILE}"
            )


def referenced_state(stack: str, project: Path, config: Mapping[str, str]) -> dict[str, Any]:
    """What a `StackReference` holds, its outputs among it, under the provider's names.

    The arguments but for the stack's name are those of `referenced_files`.

    Raises:
        CommandError: the setting names no file for the stack, or not one with outputs.
    """
    file = referenced_files(project, config).get(stack)
    if file is None:
        raise CommandError(
            f"StackReference {stack}: the local engine needs a file with this stack's outputs; "
            "name it under config in Pulumi.local.yaml, for example "
            f"{SETTING}: {{{stack}: {EXAMPLE_FILE}}}"
        )
    write = "write it with stepgate local up in that stack's project, or with pulumi stack output"
    how = f"{write} --json --show-secrets"
    try:
        outputs: Any = json.loads(file.read_bytes())
    except OSError as error:
        raise CommandError(f"StackReference {stack}: {file}: {error.strerror}; {how}") from None
    except (RecursionError, ValueError):
        outputs = None
    if not isinstance(outputs, dict):
        raise CommandError(f"StackReference {stack}: {file} is not a JSON object; {how}")
    return {"name": stack, "outputs": outputs, "secretOutputNames": []}
