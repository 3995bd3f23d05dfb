"""`python -m tests.provider.schema`: writes provider/schema.json, for a change that is meant.

It is what the packages of other languages are generated from: a changed name or type there breaks
the programs of users.
"""

import json
from typing import Any

from stepgate.provider.host import WorkflowApiProvider
from tests.conftest import REPOSITORY

SCHEMA = REPOSITORY / "provider/schema.json"


def schema() -> dict[str, Any]:
    """Without the version, which is the package's."""
    found: dict[str, Any] = json.loads(WorkflowApiProvider().schema or "")
    return {name: value for name, value in found.items() if name != "version"}


if __name__ == "__main__":
    SCHEMA.write_text(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
