"""Notes of users who sign in, deployed on the emulator: as two users, and from a page."""

import json
import shutil
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from stepgate import Stack, WorkflowFailed
from stepgate.client.outputs import parse_outputs
from tests.conftest import REPOSITORY
from tests.deployed.stacks import Deployed, deploy_beside

pytestmark = pytest.mark.proof

EXAMPLE = REPOSITORY / "examples/signed-in"
PASSWORD = "Secret-1"
# A machine that runs other tests beside this one needs more than Playwright's 5 s.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def notes(deployed: Deployed, site: tuple[Path, str]) -> Deployed:
    return deploy_beside(deployed, "notes", EXAMPLE, origins=[site[1]])


@pytest.fixture(scope="module")
def tokens(notes: Deployed) -> dict[str, str]:
    """What two users get when they sign in."""
    cognito, pool = notes.cloud.client("cognito-idp"), notes.outputs["userPoolId"]
    found: dict[str, str] = {}
    for name in ("ada", "bob"):
        user = f"{name}@example.com"
        cognito.admin_create_user(UserPoolId=pool, Username=user, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(
            UserPoolId=pool, Username=user, Password=PASSWORD, Permanent=True
        )
        answer = cognito.initiate_auth(
            ClientId=notes.outputs["clientId"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user, "PASSWORD": PASSWORD},
        )
        found[name] = answer["AuthenticationResult"]["IdToken"]
    return found


def texts(stack: Stack, **query: str) -> list[str]:
    return [note["text"] for note in stack.call("list-notes", query=query)["notes"]]


def test_each_user_sees_only_their_own_notes(notes: Deployed, tokens: dict[str, str]) -> None:
    outputs = parse_outputs(notes.outputs)
    with Stack(outputs, token=tokens["ada"]) as ada, Stack(outputs, token=tokens["bob"]) as bob:
        assert texts(ada) == []
        first, second = (ada.call("add-note", {"text": text}) for text in ("tea", 'it\'s "milk"'))
        assert bob.call("add-note", {"text": "beer"})["text"] == "beer"
        assert ada.call("get-note", path={"id": first["id"]}) == {"id": first["id"], "text": "tea"}
        assert texts(ada) == ["tea", 'it\'s "milk"']
        assert texts(ada, after=first["id"]) == ['it\'s "milk"']
        assert texts(bob) == ["beer"]
        for id_ in (second["id"], "none", "' OR 1"):
            with pytest.raises(WorkflowFailed, match=r"404.*You have no note with this id"):
                bob.call("get-note", path={"id": id_})


def test_a_new_note_has_a_location_and_a_request_without_a_token_none(
    notes: Deployed, tokens: dict[str, str]
) -> None:
    url, headers = notes.url("add-note"), {"Authorization": f"Bearer {tokens['bob']}"}
    answer = httpx.post(url, json={"text": "a"}, headers=headers)
    assert answer.status_code == 201
    assert httpx.get(urljoin(url, answer.headers["Location"]), headers=headers).is_success
    forged = httpx.post(url, json={"text": "a", "author": "ada"}, headers=headers)
    assert forged.status_code == 400, "nobody writes for somebody else"
    for refused in (httpx.post(url, json={"text": "a"}), httpx.get(url)):
        assert refused.status_code == 401


@pytest.fixture(scope="module")
def page(notes: Deployed, site: tuple[Path, str], chromium: Browser) -> Page:
    folder, origin = site
    shutil.copy(EXAMPLE / "page.html", folder)
    (folder / "outputs.json").write_text(json.dumps(notes.outputs))
    page = chromium.new_page()
    page.goto(f"{origin}/page.html")
    page.wait_for_selector("body[data-ready]")
    return page


def test_a_page_of_another_origin_shows_and_adds_notes(page: Page, tokens: dict[str, str]) -> None:
    page.get_by_label("ID token").fill("wrong")
    page.get_by_role("button", name="Show my notes").click()
    expect(page.get_by_role("alert")).to_have_text("401 The token is missing, invalid or expired.")
    page.get_by_label("ID token").fill(tokens["ada"])
    page.get_by_role("button", name="Show my notes").click()
    page.get_by_label("Note").fill("<b>from the page</b>")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("listitem").last).to_have_text("<b>from the page</b>")
    expect(page.get_by_role("alert")).to_be_empty()
