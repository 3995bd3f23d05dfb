"""The dashboard as it is run, and what its pages are sent."""

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any, Self

import httpx

from tests.cli.command import Running, Stepgate
from tests.local.processes import await_

JSON = {"Content-Type": "application/json"}
SECONDS = 60


@dataclass(frozen=True)
class Served:
    """A running `stepgate dashboard`.

    Attributes:
        printed: its address with the token.
        client: has opened it, as a browser does.
    """

    printed: str
    running: Running
    client: httpx.Client

    @property
    def url(self) -> str:
        return self.printed.partition("/?")[0]

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.client.get(path, params=query)

    def post(self, path: str, body: str, **query: str) -> httpx.Response:
        return self.ask("POST", path, content=body, params=query)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """As a page does."""
        headers = {**JSON, "Origin": self.url, **options.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **options)


@contextmanager
def served(
    folder: Path,
    outputs: dict[str, Any],
    port: int,
    environment: dict[str, str],
    options: Sequence[str] = ("--own-queue",),
) -> Generator[Served]:
    """The dashboard of a stack with these outputs."""
    file = folder / ".local/outputs.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(outputs))
    arguments = ["dashboard", "--port", str(port), "--json", *options]
    with Stepgate(folder).start(*arguments, stdin=b"", terminal="", **environment) as running:
        running.await_output("\n")
        printed = json.loads(running.output.text)["url"]
        with httpx.Client(base_url=printed.partition("?")[0], timeout=SECONDS) as client:
            client.get(printed)
            yield Served(printed, running, client)


@dataclass
class Page:
    """What a page knows that is connected.

    Attributes:
        names: of the events that it was sent.
        state: the snapshot, with all changes since; `executions` by their ids, as
            summaries, those that have changed since.
    """

    dashboard: Served
    names: list[str] = field(default_factory=list[str])
    state: dict[str, Any] = field(default_factory=dict[str, Any])
    is_connected: bool = True

    @classmethod
    @contextmanager
    def of(cls, dashboard: Served) -> Generator[Self]:
        page = cls(dashboard)
        with dashboard.client.stream("GET", "/events") as answer:
            Thread(target=page._follow, args=[answer.iter_lines()], daemon=True).start()
            await_(lambda: page.state, "a snapshot")
            yield page

    def _follow(self, lines: Iterator[str]) -> None:
        try:
            for line in lines:
                if line.startswith("event: "):
                    self.names.append(line.removeprefix("event: "))
                elif line.startswith("data: "):
                    self._merge(json.loads(line.removeprefix("data: ")))
        except httpx.TransportError:
            pass
        self.is_connected = False

    def _merge(self, data: dict[str, Any]) -> None:
        executions = self.state.get("executions", {})
        executions |= {each["id"]: each for each in data.pop("executions", [])}
        known = {name: value for name, value in data.items() if value is not None}
        self.state |= known | {"executions": executions}

    def record(self, id_: str) -> dict[str, Any]:
        """Its summary, once there was a change of it while the page was connected."""
        return self.state["executions"].get(id_, {})

    def _listed(self, id_: str) -> dict[str, Any]:
        """Its summary, as of what was there before."""
        found: list[dict[str, Any]] = self.dashboard.get("/executions", limit="500").json()[
            "executions"
        ]
        return {name: value for each in found if each["id"] == id_ for name, value in each.items()}

    def await_record(self, id_: str, **members: Any) -> dict[str, Any]:
        """All about it, once its summary has these members."""

        def matching() -> dict[str, Any]:
            record = self.record(id_) or self._listed(id_)
            return record if record == {**record, **members} else {}

        await_(matching, f"{id_} with {members}, and not {self.record(id_)}")
        record = self.record(id_)
        if record.get("mode") == "async":
            opened = self.dashboard.get(
                "/execution", workflow=record["workflow"], execution=record["execution"]
            )
            if opened.is_success:  # others are made up by messages
                return opened.json()
        return self.dashboard.get("/record", id=id_).json()


def path_of(record: dict[str, Any]) -> list[str]:
    return [each["name"] for each in record["states"]]
