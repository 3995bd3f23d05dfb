"""What `stepgate cost` reads and prints."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from stepgate import Route
from stepgate.cli.app import app
from stepgate.cli.cost import read_loads
from stepgate.cost import Load
from stepgate.prices import PRICES
from tests.components.registered import APPROVE, PLACE_ORDER, SHIP, register, shop

NAMES = ("order", "ship")


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    waiting = replace(SHIP, route=Route(wait=True))
    arguments: dict[str, Any] = {"base_url": "https://api.example.com"}
    workflows = [PLACE_ORDER, waiting, APPROVE]
    program = register(lambda: shop(workflows=workflows, **arguments))
    file = tmp_path_factory.mktemp("cost") / "outputs.json"
    file.write_text(json.dumps(program.outputs))
    return file


def run(outputs: Path, *arguments: str) -> str:
    ended = CliRunner().invoke(app, ["cost", "--outputs", str(outputs), *arguments])
    assert ended.exit_code == 0, ended.output
    return ended.output


def document(outputs: Path, *arguments: str) -> dict[str, Any]:
    return json.loads(run(outputs, "--json", *arguments))


def test_a_load_is_of_all_workflows_or_of_one() -> None:
    loads = read_loads(NAMES, ["ship=250k", "2M"], ["order=0.5"], Load(polls=3, proxy_ms=40))
    assert [(load.calls, load.seconds) for load in loads.values()] == [(2e6, 0.5), (250e3, 1)]
    assert {(load.polls, load.proxy_ms) for load in loads.values()} == {(3, 40)}


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        ("many", "--calls many: write a number, for example 250k or 1M, or WORKFLOW=1M"),
        ("", "--calls : write a number"),
        ("-1", "--calls -1: write a number"),
        ("nan", "--calls nan: write a number"),
        ("shap=1M", "--calls shap=1M: unknown workflow 'shap'; did you mean 'ship'?"),
    ],
)
def test_a_wrong_load_is_one_line(calls: str, said: str) -> None:
    with pytest.raises(typer.BadParameter) as refused:
        read_loads(NAMES, [calls], [], Load())
    assert str(refused.value).startswith(said)


def test_machines_get_each_part_and_option_and_each_price_with_its_source(outputs: Path) -> None:
    found = document(outputs, "--calls", "1M", "--calls", "ship=10k")
    order, ship, approve = found["workflows"]
    assert (order["calls"], ship["calls"], approve["waits"]) == (1e6, 1e4, 1)
    parts = ("api", "stepFunctions", "status", "events", "logs")
    for row in found["workflows"]:
        assert row["sum"] == pytest.approx(sum(row[part] for part in parts))
        assert row["lambdaProxy"] > row["api"]
        assert all(value >= 0 for value in row["options"].values())
    assert found["sum"] == pytest.approx(sum(row["sum"] for row in found["workflows"]))
    assert ship["status"] > 10_000 * PRICES["apiRequest"].usd  # it waits
    assert found["options"] == pytest.approx({"alarms": 0.70, "dashboard": 3.00})
    assert found["prices"]["alarm"] == {
        "usd": 0.10,
        "unit": "alarm and month",
        "known": "2026-06",
        "source": "https://aws.amazon.com/cloudwatch/pricing/",
    }


def test_costs_grow_with_the_load_alone(outputs: Path) -> None:
    once, twice = (document(outputs, "--calls", calls)["sum"] for calls in ("1M", "2M"))
    assert twice == pytest.approx(2 * once)


def test_people_get_two_tables_and_the_age_of_the_prices(outputs: Path) -> None:
    lines = run(outputs).splitlines()
    assert lines[0].split()[:3] == ["WORKFLOW", "CALLS", "API"]
    assert [line.split()[0] for line in lines[1:4]] == ["place-order", "ship", "approve"]
    assert any("ALL LOGS" in line for line in lines)
    assert "as known from 2025-12 to 2026-06, not read from AWS now" in lines[-1]
