"""A Pulumi program run without the Pulumi CLI, by Pulumi's own interface for mocks.

The mocks are handed each resource that the program registers, after everything that it depends
on and several at a time. https://www.pulumi.com/docs/iac/concepts/testing/unit/
"""

import asyncio
import gc
import logging
import re
import runpy
import warnings
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, cast

import pulumi
from pulumi.output import UNKNOWN
from pulumi.runtime import Mocks, set_all_config, set_mocks
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.proto.resource_pb2 import (
    RegisterResourceRequest,
    RegisterResourceResponse,
    ResourceInvokeRequest,
    ResourceInvokeResponse,
)
from pulumi.runtime.settings import SETTINGS, get_root_resource
from pulumi.runtime.stack import Stack, run_pulumi_func

from stepgate.code_location import error_text, raised_at
from stepgate.project import program_folder, read_project

Outputs = dict[str, Any]


class UnknownAnswer(Exception):  # noqa: N818
    """Raised by mocks in a preview: the answer to a function is not known yet."""


def run_program(
    folder: Path,
    stack: str,
    config: dict[str, str],
    mocks: Mocks,
    *,
    preview: bool = False,
    log: logging.Handler | None = None,
) -> Outputs:
    """Runs a project's program as the CLI does, and returns the stack's outputs.

    Args:
        folder: the project's.
        config: what the program is given as its configuration, see `stepgate.local.config`.
        mocks: what makes the resources, called from several threads.
        preview: whether ids and outputs that the mocks leave out are unknown, as in a preview.
        log: what is given the program's warnings and errors; they are dropped without one.

    Raises:
        ProjectError: see `read_project`.
        Exception: the first that the program or the mocks raise, as it is.
    """
    project = read_project(folder)
    # Pulumi leaves them behind when a program that reads a StackReference is refused.
    warnings.filterwarnings("ignore", r"coroutine 'Output\..*' was never awaited", RuntimeWarning)

    async def run() -> Outputs:
        logger = logging.Logger(stack, logging.WARNING)
        logger.addHandler(log or logging.NullHandler())
        set_mocks(
            mocks,
            project=project.name,
            stack=stack,
            preview=preview,
            logger=logger,
            monitor=_Monitor(mocks, logger),
        )
        set_all_config(config)
        # A refused run leaves its tasks here, whose loop is closed: the next would wait for them.
        SETTINGS.outputs.clear()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
        root = get_root_resource()
        assert isinstance(root, Stack)
        await run_pulumi_func(lambda: _run(project.main))
        return await _resolved(root.outputs)

    with program_folder(project), _rare_garbage_collection(), _runner() as runner:
        return runner.run(run())


def error_lines(error: BaseException, folder: Path) -> list[str]:
    """What a person is shown of an error that `run_program` raises: a line for each mistake.

    A `pulumi.RunError` is quoted. Of another exception it is one line, with the last place in the
    project's own code that it went through.

    Args:
        folder: the project's.
    """
    if isinstance(error, pulumi.RunError):
        # A line that is indented continues the one above: Pulumi says what to do there.
        return re.sub(r"\n\s+", "; ", str(error)).splitlines()
    return [f"{raised_at(error, folder) or '__main__.py'}: {error_text(error)}"]


async def _resolved(value: Any) -> Any:
    """A value without Outputs. Output.from_input would make one of each node of a document."""
    if isinstance(value, pulumi.Output):
        output = cast("pulumi.Output[Any]", value)
        if await output.is_known():
            return await _resolved(await output.future())
        found = await output.future(with_unknowns=True)
        return UNKNOWN if found is None else found
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        return {key: await _resolved(member) for key, member in members}
    if isinstance(value, list | tuple):
        return [await _resolved(item) for item in cast("list[Any]", value)]
    return value


class _Monitor(MockMonitor):
    """Answers "unknown" as an engine does; from mocks alone Pulumi takes values only.

    Mocks get secrets as their values and resources as their ids, as AWS does.

    As an engine does, it logs an error for a second resource of one name, type and parent's type.
    https://www.pulumi.com/docs/iac/concepts/resources/names/#urns
    """

    def __init__(self, mocks: Mocks, logger: logging.Logger) -> None:
        super().__init__(mocks)
        self._logger = logger
        self._lock = Lock()
        self._registered: set[str] = set()
        self._repeated: set[str] = set()

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """With the types of all parents; MockMonitor has that of the nearest only."""
        above = f"{parent.split('::')[2]}$" if parent else ""
        return super().make_urn("", f"{above}{type_}", name)

    def RegisterResource(self, request: RegisterResourceRequest) -> RegisterResourceResponse:  # noqa: N802
        urn = self.make_urn(request.parent, request.type, request.name)
        with self._lock:
            is_new_repetition = urn in self._registered and urn not in self._repeated
            self._registered.add(urn)
            if is_new_repetition:
                self._repeated.add(urn)
            is_inside = request.parent in self._repeated  # one line for both
        if is_new_repetition and not is_inside:
            self._logger.error(
                f"{request.name}: two resources of type {request.type} have this name; rename one"
            )
        return super().RegisterResource(request)  # pyright: ignore[reportUnknownMemberType]

    def GetDeploymentInfo(self, request: object) -> Any:  # noqa: N802
        info = super().GetDeploymentInfo(request)  # pyright: ignore[reportUnknownMemberType]
        info.supportedFeatures.remove(resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS)
        info.supportedFeatures.remove(resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES)
        return info

    def Invoke(self, request: ResourceInvokeRequest) -> ResourceInvokeResponse:  # noqa: N802
        try:
            return super().Invoke(request)  # pyright: ignore[reportUnknownMemberType]
        except UnknownAnswer:
            return ResourceInvokeResponse(unknown=True)


async def _run(file: Path) -> None:
    """Returns when nothing is under way any more, or something fails.

    Pulumi would wait, too, but for the first of its thousands of tasks, and then for all again: of
    100 resources that takes a fifth of the time.
    """
    runpy.run_path(str(file), run_name="__main__")
    while pending := [task for task in _tasks() if not task.done()]:
        done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
        if any(task.cancelled() or task.exception() for task in done):
            return


def _tasks() -> list[asyncio.Task[Any]]:
    with SETTINGS.lock:  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
        return [*SETTINGS.outputs]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]


@contextmanager
def _rare_garbage_collection() -> Generator[None]:
    """Python would look for cycles after each 700 new objects, which takes half of the time in
    which Pulumi registers 100 resources, as `tests.local.benchmark` has them.
    """
    thresholds = gc.get_threshold()
    gc.set_threshold(100_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


@contextmanager
def _runner() -> Generator[asyncio.Runner]:
    """An event loop for the program, and one for each thread that the mocks are called in.

    Pulumi would make the threads' loops itself, and leave them open.
    """
    loops: list[asyncio.AbstractEventLoop] = []

    def give_thread_a_loop() -> None:
        loops.append(loop := asyncio.new_event_loop())
        asyncio.set_event_loop(loop)

    threads = ThreadPoolExecutor(initializer=give_thread_a_loop)
    try:
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            loop.set_default_executor(threads)
            # One failure fails all that waits for it: the first is raised, the rest is noise.
            loop.set_exception_handler(lambda _, __: None)
            try:
                yield runner
            finally:
                threads.shutdown(wait=False, cancel_futures=True)
    finally:
        for loop in loops:
            loop.close()
