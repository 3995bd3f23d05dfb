"""The command `stepgate`: see docs/command.md."""

import sys


def main() -> None:
    """Runs the command and exits with an `ExitCode`."""
    try:
        from stepgate.cli import app  # noqa: PLC0415 Ctrl-C while it is imported is not a defect
    except KeyboardInterrupt:
        sys.exit(130)
    app.main()


__all__ = ["main"]
