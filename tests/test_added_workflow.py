"""The README's "Add a workflow", done as it says: a new file, and one more entry."""

import httpx

from tests.conftest import Deployed


def test_the_added_workflow_answers(added: Deployed) -> None:
    answer = httpx.post(added.url("greet"), json={"name": "Ada"})
    assert answer.status_code == 200
    assert "Ada" in answer.text


def test_its_error_is_answered_with_the_status_that_it_declares(added: Deployed) -> None:
    answer = httpx.post(added.url("greet"), json={})
    assert answer.status_code == 422
    assert answer.json()["error"] == "NameMissing"


def test_the_other_routes_are_still_there(added: Deployed) -> None:
    assert {"express-instance", "standard-instance", "greet"} <= added.outputs["routes"].keys()
