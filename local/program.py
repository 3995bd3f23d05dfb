"""A Pulumi program run without the Pulumi CLI, by Pulumi's own interface for mocks.

The mocks are handed each resource that the program registers, after everything that it depends
on and several at a time. https://www.pulumi.com/docs/iac/concepts/testing/unit/
"""

import asyncio
import logging
import runpy
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import Mocks, set_all_config, set_mocks
from pulumi.runtime.settings import SETTINGS, get_root_resource
from pulumi.runtime.stack import Stack, run_pulumi_func

from local.config import project_name

Outputs = dict[str, Any]


def run_program(
    project: Path,
    stack: str,
    config: dict[str, str],
    mocks: Mocks,
    *,
    preview: bool = False,
    log: logging.Handler | None = None,
) -> Outputs:
    """Runs the project's `__main__.py` and returns the stack's outputs.

    Args:
        config: what the program is given as its configuration, see `local.config`.
        mocks: what makes the resources, called from several threads.
        preview: whether ids and outputs that the mocks leave out are unknown, as in a preview.
        log: what is given the program's messages; they are dropped without one.

    Raises:
        Exception: the first that the program or the mocks raise, as it is.
    """

    async def run() -> Outputs:
        logger = logging.Logger(stack)
        logger.addHandler(log or logging.NullHandler())
        set_mocks(mocks, project=project_name(project), stack=stack, preview=preview, logger=logger)
        set_all_config(config)
        # A refused run leaves its tasks here, whose loop is closed: the next would wait for them.
        SETTINGS.outputs.clear()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
        root = get_root_resource()
        assert isinstance(root, Stack)
        await run_pulumi_func(lambda: _run(project / "__main__.py"))
        outputs = pulumi.Output.from_input(root.outputs)
        return await outputs.future(with_unknowns=True) or {}

    with _runner() as runner:
        return runner.run(run())


def _run(file: Path) -> None:
    runpy.run_path(str(file), run_name="__main__")


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
