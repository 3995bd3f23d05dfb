"""The command `stepgate`: see docs/command.md."""

from stepgate.command.app import main

__all__ = ["main"]
