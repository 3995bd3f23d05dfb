"""Runs a function's process, which ends with the emulator in whatever way that ends.

`supervisor.py SOCKET COMMAND…` hands the socket, by its number, to the command. When standard input
is closed, as the system does for an emulator that is killed, it kills the process and what that
has started. It ends with the process's exit status, of a signal as shells have it.
"""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

handed = int(sys.argv[1])
process = subprocess.Popen(
    sys.argv[2:], stdin=subprocess.DEVNULL, pass_fds=[handed], start_new_session=True
)
os.close(handed)  # so that the emulator sees when the process closes it


def kill():
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def kill_with_emulator():
    sys.stdin.buffer.read()
    kill()


threading.Thread(target=kill_with_emulator, daemon=True).start()
status = process.wait()
kill()  # what it has left running
os._exit(status if status >= 0 else 128 - status)
