"""Runs state machines for tests: LocalStack's interpreter with its corrections, on a test's clock.

Reads requests from standard input and writes answers to standard output, each a line of JSON. In a
run it asks for the answer to each call. Runs in the emulator's own environment, which does not have
this package; ends with the process that started it.
"""

import datetime
import json
import logging
import os
import queue
import sys
import threading
import traceback
from pathlib import Path

# Last, so that nothing here ever replaces one of the emulator's packages.
sys.path.append(str(Path(__file__).parent))

from in_process import without_services  # noqa: F401 before what imports the interpreter

# isort: split
from corrections import choices, definitions, errors, jsonata, maps
from in_process import execution, tasks, trace

RECURSION = 50_000
"""The interpreter calls itself for each item of a Map."""


class Aborted(Exception):  # noqa: N818 - it says what has happened
    """A call has no answer, so the process that started the run has ended it."""


def main():
    logging.disable()
    sys.setrecursionlimit(RECURSION)
    for part in (choices, definitions, errors, jsonata, maps, execution, tasks, trace):
        part.apply()
    requests = queue.SimpleQueue()
    threading.Thread(target=read_lines, args=(requests,), daemon=True).start()
    while True:
        write(answer(requests.get(), requests))


def read_lines(requests):
    """Also while a state machine runs: the end of the input ends the process at once."""
    for line in sys.stdin:
        requests.put(json.loads(line))
    os._exit(0)


def write(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def answer(request, requests):
    def ask(call):
        write({"call": call})
        answered = requests.get()
        if "abort" in answered:
            raise Aborted
        return answered

    try:
        if "template" in request:
            from in_process.response import rendered  # noqa: PLC0415 it takes a moment to import

            return {"rendered": rendered(request)}
        now = datetime.datetime.fromisoformat(request["now"])
        return {"ended": execution.run(request["machine"], now, ask)}
    except Aborted:
        return {"aborted": True}
    except execution.DefinitionRefused as error:
        return {"refused": str(error)}
    except Exception:
        return {"defect": traceback.format_exc()}


if __name__ == "__main__":
    main()
