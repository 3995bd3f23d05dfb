"""What `stepgate dashboard` says when it cannot serve. What it serves: tests/dashboard."""

import sys
from urllib.parse import urlsplit

import pytest

from stepgate.cli.app import main
from tests.cli.command import Stepgate

pytestmark = pytest.mark.proof


def test_it_says_where_the_page_is(stepgate: Stepgate) -> None:
    with stepgate.start("dashboard", "--port", "0") as running:
        running.await_output("until Ctrl-C.\n")
        ended = running.interrupt()
    assert ended.output.startswith("local stack: the dashboard is at http://127.0.0.1:")
    assert ended.errors == "stepgate: the dashboard is closed; executions continue\n"
    assert ended.code == 130


def test_a_port_in_use_is_told(stepgate: Stepgate) -> None:
    with stepgate.start("dashboard", "--port", "0") as running:
        running.await_output("until Ctrl-C.\n")
        port = str(urlsplit(running.output.text.split()[6]).port)
        ended = stepgate.run("dashboard", "--port", port)
    assert (ended.code, ended.output) == (2, "")
    said = f"127.0.0.1:{port} is not available: Address already in use; choose another port"
    assert said in ended.errors


@pytest.mark.parametrize("port", ["-1", "65536", "x"])
def test_a_port_that_is_none_is_a_wrong_argument(stepgate: Stepgate, port: str) -> None:
    ended = stepgate.run("dashboard", "--port", port)
    assert (ended.code, ended.output) == (2, "")
    assert "--port" in ended.errors


def test_without_its_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, stepgate: Stepgate, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(stepgate.folder)
    monkeypatch.setattr(sys, "argv", ["stepgate", "dashboard"])
    monkeypatch.delitem(sys.modules, "stepgate.dashboard.app", raising=False)
    monkeypatch.setitem(sys.modules, "starlette.applications", None)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    line = (
        "stepgate: stepgate dashboard needs the extra dashboard: "
        "install pulumi-stepgate[dashboard]\n"
    )
    assert capfd.readouterr().err == line
