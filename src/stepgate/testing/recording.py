"""What all runs of this process have taken, for those who measure coverage."""

from collections.abc import Callable, Sequence

from stepgate.testing.machine import Machine
from stepgate.testing.visits import Visit

Recorder = Callable[[Machine, Sequence[Visit]], None]

recorders: list[Recorder] = []
"""Called after each run, with each execution's machine and its own visits."""
