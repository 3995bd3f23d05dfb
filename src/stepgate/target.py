"""Where the program that runs now is deployed."""

from contextvars import ContextVar

ON_EMULATOR: ContextVar[bool] = ContextVar("ON_EMULATOR", default=False)
"""Whether the local engine previews the program: then what the emulator lacks is reported too."""
