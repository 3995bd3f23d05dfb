"""What users have deployed stays theirs."""

import pytest

from tests.engine.pulumi_stack import Engine
from tests.engine.resources import SNAPSHOT, resources

pytestmark = pytest.mark.proof


def test_no_resource_has_another_urn_than_users_have_deployed(engine: Engine) -> None:
    assert resources(engine) == SNAPSHOT.read_text(), (
        "A resource whose type, name or parent changes is made anew in every stack that users have "
        "deployed, and the old one deleted. Give it aliases; only if that is meant, or a resource "
        "was added or dropped, run: .venv/bin/python -m tests.engine.resources"
    )
