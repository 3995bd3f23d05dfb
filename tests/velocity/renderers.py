"""Renders API Gateway mapping templates, on Apache Velocity 1.7 and on the emulator's engine.

The emulator renders templates with an engine of its own, which accepts what AWS does not. A mapping
template is "a script expressed in Velocity Template Language (VTL)", says AWS's developer guide;
this is that language's own engine. The variables around it, in java/, follow the guide's "API
Gateway mapping template and access logging variable reference".
"""

import hashlib
import json
import select
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, cast

from rich.console import Console

from stepgate.emulator_environment import emulator_python
from stepgate.local.steps import Steps
from tests.locks import locked

SOURCES = Path(__file__).parent

Missing = Literal["nothing", "null"]
"""What a missing value is: on AWS one that prints nothing, on plain Velocity null."""


@dataclass(frozen=True)
class Rendering:
    """What a template made: its text, and what it set through `$context.responseOverride`."""

    text: str
    status: int | None
    headers: dict[str, str]
    ignored_status: str | None = None
    """A status that is not a whole number: AWS ignores it, and answers with the mapped status."""


class TemplateError(ValueError):
    """A template does not parse, or fails while it is rendered."""


class EngineError(RuntimeError):
    """The engine cannot be built, does not answer, or has ended."""


def missing_tools() -> list[str]:
    """The programs that the engine needs and that are not on PATH."""
    return [tool for tool in ("java", "mvn") if shutil.which(tool) is None]


def classpath(build: Path) -> str:
    """The engine's Java class path in the folder `build`, compiled if it is not up to date.

    Maven runs offline first, so that a warm repository of packages is enough.

    Raises:
        EngineError: a tool is missing, or the build fails.
    """
    if tools := missing_tools():
        raise EngineError(f"not on PATH: {', '.join(tools)}; install a JDK 17 and Maven 3.8")
    build = build.resolve()
    with locked(build):
        _compile(build)
    return f"{build / 'classes'}:{build / 'lib'}/*"


def _compile(build: Path) -> None:
    stamp, digest = build / "sources.sha256", _digest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    pom = SOURCES / "pom.xml"
    command = ["mvn", "-q", "-B", "-f", str(pom), f"-Dfolder={build}", "compile"]
    for arguments in ([*command, "-o"], command):
        run = subprocess.run(arguments, capture_output=True, text=True, check=False)
        if run.returncode == 0:
            break
    else:
        raise EngineError(f"mvn compile failed:\n{run.stdout}{run.stderr}")
    stamp.write_text(digest)


def _digest() -> str:
    files = [SOURCES / "pom.xml", *sorted((SOURCES / "java").glob("*.java"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


class Engine:
    """One process that renders templates until it is closed.

    Args:
        command: a program that answers each line of JSON with one, as java/Server.java does.
        timeout: seconds that one rendering may take.
    """

    def __init__(self, command: Sequence[str], timeout: float = 300) -> None:
        self._timeout = timeout
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="ascii",
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def render(
        self,
        template: str,
        *,
        body: str = "",
        path: Mapping[str, str] | None = None,
        querystring: Mapping[str, str] | None = None,
        header: Mapping[str, str] | None = None,
        context: Mapping[str, Any] | None = None,
        stage_variables: Mapping[str, str] | None = None,
        missing: Missing = "nothing",
    ) -> Rendering:
        """The rendering of a template for one request, or for one response with that body.

        Raises:
            TemplateError: the template does not parse, or fails.
            EngineError: the process has ended, or does not answer in time.
        """
        answer = self._exchange(
            {
                "template": template,
                "body": body,
                "params": {
                    "path": dict(path or {}),
                    "querystring": dict(querystring or {}),
                    "header": dict(header or {}),
                },
                "context": dict(context or {}),
                "stageVariables": dict(stage_variables or {}),
                "missing": missing,
            }
        )
        if "error" in answer:
            raise TemplateError(answer["error"])
        return Rendering(
            answer["text"], answer["status"], answer["headers"], answer["ignoredStatus"]
        )

    def _exchange(self, request: Mapping[str, Any]) -> dict[str, Any]:
        line = json.dumps(request) + "\n"
        if self._process.poll() is not None:
            raise self._failure("has ended")
        try:
            self._requests.write(line)
            self._requests.flush()
        except BrokenPipeError as error:
            raise self._failure("has ended") from error
        # One answer follows each request, so nothing is ever left over in the buffer of `_answers`,
        # and the pipe itself tells whether an answer is there.
        if not select.select([self._answers], [], [], self._timeout)[0]:
            raise self._failure(f"gave no answer in {self._timeout} s")
        line = self._answers.readline()
        if not line:
            raise self._failure("has ended")
        return cast("dict[str, Any]", json.loads(line))

    def _failure(self, what: str) -> EngineError:
        self._process.kill()
        _, stderr = self._process.communicate()
        return EngineError(f"the engine's process {what}: {stderr.strip() or 'no message'}")


class Velocity(Engine):
    """Apache Velocity 1.7.

    Args:
        build: the folder for compiled classes and libraries.
        timeout: seconds that one rendering may take.

    Raises:
        EngineError: it cannot be built.
    """

    def __init__(self, build: Path, timeout: float = 300) -> None:
        self.build = build
        # A process of a few seconds: the fast compiler and the small collector start sooner.
        quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
        super().__init__(["java", *quick, "-cp", classpath(build), "Server"], timeout)


class JsonPath(Engine):
    """Jayway's JsonPath, whose syntax the paths of Step Functions have.

    Args:
        build: the folder for compiled classes and libraries.
        timeout: seconds that one answer may take.

    Raises:
        EngineError: it cannot be built.
    """

    def __init__(self, build: Path, timeout: float = 300) -> None:
        super().__init__(["java", "-cp", classpath(build), "Paths"], timeout)

    def refusals(self, paths: Sequence[str]) -> list[str | None]:
        """Why each path does not compile; None for one that does.

        Raises:
            EngineError: the process has ended, or does not answer in time.
        """
        return cast("list[str | None]", self._exchange({"paths": list(paths)})["refusals"])


class Emulated(Engine):
    """The emulator's engine, with the corrections that the emulator runs with."""

    def __init__(self) -> None:
        python = emulator_python(Steps(Console(quiet=True)).step)
        super().__init__([str(python), str(SOURCES / "emulated.py")])
