"""What workflows cost."""

import re

import pytest

from stepgate.cost import Load, api_options, cost, express_cost, states_on_longest_path
from stepgate.events.waiting import wait_for
from stepgate.prices import PRICES
from stepgate.workflow import Definition, Values, Workflow
from tests.checks.definitions import choice, machine, map_of, parallel, passing, task, wait


def two_states(_: object) -> Definition:
    return machine(A=task(Next="B"), B=passing())


def entered(**states: dict[str, object]) -> list[str]:
    return [state.name for state in states_on_longest_path(machine(**states))]


def test_the_longest_path_counts_without_what_is_caught() -> None:
    caught = [{"ErrorEquals": ["States.ALL"], "Next": "C"}]
    rule = {"Variable": "$.a", "IsPresent": True, "Next": "D"}
    assert entered(
        A=task(Catch=caught, Next="B"),
        B=choice(rule, Default="E"),
        C=wait(1, Next="D"),
        D=wait(1, Next="E"),
        E=wait(1),
    ) == ["A", "B", "D", "E"]


def test_all_branches_count_and_a_map_has_one_item() -> None:
    branches = [machine(B=wait(1)), machine(C=wait(1, Next="D"), D=wait(1))]
    definition = {"A": parallel(*branches, Next="E"), "E": map_of(machine(F=wait(1)))}
    assert entered(**definition) == ["A", "B", "C", "D", "E", "F"]


def test_a_month_of_a_synchronous_workflow_by_hand() -> None:
    found = cost(Workflow("it", "sync", two_states), Load(calls=1_000_000, seconds=1))
    assert found.parts == pytest.approx(
        {
            "api": 3.50,
            "stepFunctions": 1.00 + 1_000_000 * 0.0625 * 0.00001667,
            "status": 0,
            "events": 0,
            "logs": (2 + 2 * 2 + 3 * 1) * 0.4 * 0.50,  # events of 400 B: 0.4 GB for each
        }
    )
    assert found.sum == pytest.approx(7.341875)
    assert found.options == pytest.approx(
        {
            "milestones": 1 * 3 * 0.50,
            "states": 3 * 3 * 0.50,
            "live": 3 * (2 * (1.00 + 0.0625 * 16.67) + 2 * 0.625 + 0.125),
            "allLogs": 0,
            "executionData": (2 + 2 * 2 + 2 * 1) * 0.50,
            "traces": 5.00,
            "accessLogs": 0.45 * 0.50,
            "alarms": 0.20,
        }
    )
    function = 0.20 + (0.05 + 1) * 1_000_000 * 0.125 * 0.0000166667
    assert found.proxy == pytest.approx(7.341875 + function)
    assert found.proxy == pytest.approx(9.729379, abs=1e-6)


def test_a_synchronous_workflow_that_declares_errors_has_an_alarm_less() -> None:
    workflow = Workflow("it", "sync", machine(A=passing()), errors={"Gone": 410})
    assert cost(workflow, Load()).options["alarms"] == pytest.approx(0.10)


def test_a_month_of_an_asynchronous_workflow_that_waits_by_hand() -> None:
    waiting = wait_for("payment", Values(), timeout_seconds=60, next="B")
    definition = machine(A=waiting, B=task(Next="C"), C=passing())
    load = Load(calls=100_000, long_polls=5)
    found = cost(Workflow("it", "async", definition), load, has_wait=True)
    assert (found.usage.transitions, found.usage.waits) == (3, 1)
    wait = 1 / 1e6 + 20 * 0.0625 * 0.00001667
    short = 1 / 1e6 + 0.0625 * 0.00001667
    assert found.parts == pytest.approx(
        {
            "api": 0.35,
            "stepFunctions": 3 * 100_000 * 25 / 1e6,
            "status": 500_000 * (2 * 3.50 / 1e6 + wait),
            "events": 100_000 * (3.50 / 1e6 + short + 6 * 0.625 / 1e6),
            "logs": 0,
        }
    )
    assert found.sum == pytest.approx(23.1979375)
    assert found.options["alarms"] == pytest.approx(0.30)
    assert found.options["traces"] == pytest.approx(1_200_000 * 5 / 1e6)
    assert found.options["states"] == pytest.approx(
        100_000 * (3 * 25 / 1e6 + short + 4 * 3 * 0.50 / 1e6)
    )
    assert found.options["live"] == pytest.approx(
        100_000 * (4 * (2 * short + 1.375e-6) + 3.5e-6 + 2 * short + 2.875e-6 + 6e-6 + 0.25e-6)
    )
    # The function waits in place of the wait route: 20 s each, without a redirect.
    seconds = 700_000 * 0.05 + 500_000 * 20
    function = 0.14 + seconds * 0.125 * 0.0000166667
    assert found.proxy == pytest.approx(found.sum - 500_000 * (3.50 / 1e6 + wait) + function)
    assert found.proxy == pytest.approx(31.575479, abs=1e-6)


def test_a_status_route_is_one_request_each() -> None:
    found = cost(Workflow("it", "async", two_states), Load(calls=1_000, polls=2))
    assert found.parts["status"] == pytest.approx(2 * 1_000 * 3.50 / 1e6)


def test_a_wait_pays_for_its_seconds() -> None:
    assert express_cost(20) == pytest.approx(1 / 1e6 + 20 * 0.0625 * 0.00001667)


def test_an_apis_own_alarms_and_dashboard_are_paid_once() -> None:
    least = api_options(has_queue=False, has_async=False, has_events=False)
    assert least == pytest.approx({"alarms": 0.20, "dashboard": 3.00})
    asynchronous = api_options(has_queue=False, has_async=True, has_events=True)
    assert asynchronous["alarms"] == pytest.approx(0.40)
    most = api_options(has_queue=True, has_async=True, has_events=True)
    assert most["alarms"] == pytest.approx(0.70)


@pytest.mark.parametrize("name", PRICES)
def test_a_price_has_a_unit_a_month_and_a_page_of_aws(name: str) -> None:
    price = PRICES[name]
    assert price.usd > 0
    assert price.unit
    assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", price.known)
    assert re.fullmatch(r"https://aws\.amazon\.com/[a-z-]+/pricing/([a-z-]+/)?", price.source)
