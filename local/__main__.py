"""`python -m local up | down | demo`: the commands of the Makefile."""

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

from local.cloud import Cloud
from local.config import stack_config
from local.demo import Demo
from local.errors import CommandError
from local.preflight import preflight
from local.program import Outputs
from local.stack import NAME, STOP_SIGNALS, LocalStack
from local.steps import Steps

PROJECT = Path(__file__).parent.parent
STACK = LocalStack(PROJECT / ".local")
DEMO_STACK = LocalStack(PROJECT / ".local/demo")

DEFAULT_PORT = 4566
LAST_PORT = 65535


def up(steps: Steps) -> None:
    with STACK.locked():
        if STACK.is_current(PROJECT, _port()):
            steps.tell("The stack is running, and nothing has changed since it was deployed.")
            _show_routes(STACK.outputs(), steps)
            return
        _preflight(steps)  # what is wrong does not cost the running stack
        if STACK.down():
            steps.tell("The program, its settings or the port changed: the stack is made anew.")
        outputs = STACK.up(PROJECT, _port(), steps)
        steps.tell(f"The stack's outputs are in {STACK.outputs_file.relative_to(PROJECT)}.")
        _show_routes(outputs, steps)


def down(steps: Steps) -> None:
    with STACK.locked(), DEMO_STACK.locked():
        stopped = [stack.down() for stack in (STACK, DEMO_STACK)]
    steps.tell("The stack is stopped." if any(stopped) else "There is no stack running.")


def demo(steps: Steps) -> None:
    with DEMO_STACK.locked():
        _preflight(steps)
        DEMO_STACK.down()
        outputs = DEMO_STACK.up(PROJECT, _port(), steps)
        try:
            config = stack_config(PROJECT, NAME)
            Demo(
                outputs,
                Cloud(f"http://127.0.0.1:{_port()}", config["aws:region"]),
                steps,
                delay=config["stepgate:delaySeconds"],
                usual_delay=stack_config(PROJECT, "dev")["stepgate:delaySeconds"],
            ).run()
        finally:
            steps.tell()
            with steps.step("Take everything down"):
                DEMO_STACK.down()
    steps.tell("All of it was as it should be. Next: make up, and call the routes yourself.")


def _preflight(steps: Steps) -> None:
    for warning in preflight(PROJECT, NAME, stack_config(PROJECT, NAME)):
        steps.tell(f"advice: {warning}", "yellow")


def _show_routes(outputs: Outputs, steps: Steps) -> None:
    key = " -H 'x-api-key: KEY'" if "apiKey" in outputs else ""
    if key:
        steps.tell("KEY is apiKey in the stack's outputs.")
    for name, route in outputs["routes"].items():
        steps.tell()
        steps.tell(f"{name} ({route['mode']})", "bold")
        steps.tell(f"  curl {route['url']}{key} -H 'Content-Type: application/json' -d '{{}}'")


def _port() -> int:
    text = os.environ.get("STEPGATE_PORT") or str(DEFAULT_PORT)
    if not text.isdecimal() or not 0 < int(text) <= LAST_PORT:
        raise CommandError(f"STEPGATE_PORT is {text!r}; write a port from 1 to {LAST_PORT}")
    return int(text)


class Interruption:
    """The first signal ends the command, which then cleans up; more of them do not stop that."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        for each in STOP_SIGNALS:
            signal.signal(each, self._interrupt)

    def _interrupt(self, number: int, _: FrameType | None) -> NoReturn:
        for each in STOP_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        self.signal = signal.Signals(number)
        raise KeyboardInterrupt


def main() -> int:
    interruption = Interruption()
    commands = {"up": up, "down": down, "demo": demo}
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("command", choices=commands)
    command = commands[parser.parse_args().command]
    try:
        command(Steps())
    except CommandError as error:
        for line in str(error).splitlines():
            print(f"stepgate: {line}", file=sys.stderr)
        return 1
    except BaseException:
        if interruption.signal is None:
            raise
        print(f"stepgate: stopped by {interruption.signal.name}", file=sys.stderr, flush=True)
        # At once: calls of a deployment that was given up may still hang in their threads.
        os._exit(128 + interruption.signal)
    return 0


if __name__ == "__main__":
    sys.exit(main())
