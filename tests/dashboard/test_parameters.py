"""The form of a workflow whose route has parameters, in a browser."""

import json
from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, expect

from stepgate.local.program import Outputs
from tests.client.progress_queues import new_queue
from tests.dashboard.served import Served, served
from tests.dashboard.tabs import Tabs, start, tabs, unfit
from tests.deployed.stacks import Deployed, deploy_beside
from tests.deployed.test_paths import PROGRAM

pytestmark = pytest.mark.proof


@pytest.fixture(scope="session")
def outputs(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    """For the session, as a deployment has an event loop, which cannot run beside the browser's."""
    project = tmp_path_factory.mktemp("parameters")
    (project / "Pulumi.yaml").write_text("name: parameters\nruntime: python\n")
    (project / "Pulumi.local.yaml").write_text("config:\n  aws:region: us-east-1\n")
    (project / "__main__.py").write_text(PROGRAM)
    made = deploy_beside(deployed, "parameters", project).outputs
    return {**made, "progressQueueUrl": new_queue(deployed.cloud.endpoint).url}


@pytest.fixture(scope="module")
def dashboard(outputs: Outputs, tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    with served(tmp_path_factory.mktemp("dashboard"), outputs, 0, {}) as dashboard:
        yield dashboard


@pytest.fixture
def browser(chromium: Browser, dashboard: Served) -> Generator[Tabs]:
    with tabs(chromium, dashboard) as opened:
        yield opened


def test_an_asynchronous_workflow_is_started_with_its_parameters(
    browser: Tabs, dashboard: Served
) -> None:
    page = browser.open("#/start/ship")
    page.get_by_label("customer_id").fill("it's 7/é")
    page.get_by_label("X-Trace").fill("t 1")
    assert unfit(page) == []
    start(page, '{"sku": "a"}')
    expect(page.locator("#execution [data-status=SUCCEEDED]").first).to_be_visible()
    execution = dashboard.get("/executions", workflow="ship").json()["executions"][0]["execution"]
    record = dashboard.get("/execution", workflow="ship", execution=execution).json()
    found = json.loads(record["input"])
    assert found["order"] == {"sku": "a"}
    assert (found["customer"], found["trace"]) == ("it's 7/é", "t 1")
    assert "dryRun" not in found


def test_a_missing_variable_of_the_path_is_a_problem_of_the_form(browser: Tabs) -> None:
    page = browser.open("#/start/place")
    page.fill("#input", '{"sku": "a"}')
    page.click("#start-button")
    expect(page.locator("#start-problem")).to_contain_text("path.customer_id is missing")


def test_a_route_without_a_body_has_its_parameters_alone(browser: Tabs) -> None:
    page = browser.open("#/start/get")
    expect(page.locator("#input")).to_be_hidden()
    page.get_by_label("id", exact=False).first.fill("17")
    page.get_by_label("after").fill("2")
    start(page)
    expect(page.locator("#execution [data-status=SUCCEEDED]").first).to_be_visible()
    expect(page.locator("#view")).to_contain_text('"after": "2"')


def test_each_workflow_keeps_its_own_parameters(browser: Tabs) -> None:
    page = browser.open("#/start/ship")
    page.get_by_label("customer_id").fill("7")
    page.click("#choices a[title=get]")
    expect(page.get_by_label("customer_id")).to_have_count(0)
    page.click("#choices a[title=ship]")
    expect(page.get_by_label("customer_id")).to_have_value("7")
