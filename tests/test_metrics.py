"""The body of a dashboard."""

from typing import Any, get_args

from stepgate.http.access_log import ACCESS_LOG
from stepgate.metrics import Watched, dashboard_body
from stepgate.workflow import Mode

ARN = "arn:aws:states:eu-central-1:123456789012:stateMachine:"


def watched(**changes: Any) -> Watched:
    given: dict[str, Any] = {
        "region": "eu-central-1",
        "api_name": "shop-dev-shop",
        "stage": "v1",
        "modes": {"price": "sync", "order": "async"},
        "machines": {"price": f"{ARN}price", "order": f"{ARN}order"},
        "queues": {},
        "alarms": [],
    }
    return Watched(**given | changes)


def metrics(widget: dict[str, Any]) -> list[str]:
    return [line[1] for line in widget["properties"]["metrics"]]


def test_a_graph_has_the_metrics_of_its_type_of_state_machine() -> None:
    requests, latency, price, order = dashboard_body(watched())["widgets"]
    assert metrics(requests) == ["Count", "4XXError", "5XXError"]
    assert [line[-1]["stat"] for line in latency["properties"]["metrics"]] == ["p50", "p99"]
    common = ["ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut"]
    assert metrics(price) == [*common, "ExecutionTime"]
    assert metrics(order) == [*common, "ExecutionsAborted", "ExecutionThrottled", "ExecutionTime"]
    assert price["properties"]["metrics"][0] == [
        *("AWS/States", "ExecutionsStarted", "StateMachineArn", f"{ARN}price"),
        {"stat": "Sum"},
    ]
    assert price["properties"]["metrics"][-1][-1] == {
        "stat": "p99",
        "label": "ExecutionTime p99",
        "yAxis": "right",
    }


def test_widgets_cover_each_other_nowhere_and_are_in_the_grid() -> None:
    queues = {"Progress": "progress.fifo", "Dead letters": "dead-letters.fifo"}
    widgets = dashboard_body(watched(alarms=["a"], queues=queues))["widgets"]
    cells = {
        (column, w["y"])
        for w in widgets
        for column in range(w["x"], w["x"] + w["width"])
        if column < 24
    }
    assert len(cells) == sum(w["width"] for w in widgets)


def test_the_largest_api_stays_within_a_dashboards_quotas() -> None:
    for mode in get_args(Mode):
        names = [f"w{number}" for number in range(299)]
        body = dashboard_body(
            watched(
                modes=dict.fromkeys(names, mode),
                machines={name: ARN + name for name in names},
                alarms=[f"alarm-{number}" for number in range(900)],
            )
        )
        assert len(body["widgets"]) <= 500
        graphs = [w["properties"] for w in body["widgets"] if w["type"] == "metric"]
        assert sum(len(graph["metrics"]) for graph in graphs) <= 2_500
        shown = [len(w["properties"]["alarms"]) for w in body["widgets"] if w["type"] == "alarm"]
        assert sum(shown) == 900
        assert max(shown) <= 100


def test_a_line_of_the_access_log_has_nothing_that_a_caller_could_put_a_quote_in() -> None:
    variables = set(ACCESS_LOG.values())
    assert all(variable.startswith("$context.") for variable in variables)
    for of_callers in (
        *("path", "identity.userAgent", "error.message", "error.validationErrorString"),
        *("authorizer.claims", "authorizer.principalId", "identity.apiKey", "xrayTraceId"),
    ):
        assert f"$context.{of_callers}" not in variables
