"""The Pulumi CLI, which Pulumi's Automation API works through."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pulumi.automation import CommandError, CommandResult, LocalWorkspace, PulumiCommand
from pulumi.automation.errors import InvalidVersionError, create_command_error

from ci.errors import CiError
from ci.interruption import Interruption


class Cli(PulumiCommand):
    """A CLI that a signal ends in good order.

    Each command has a session of its own: from a terminal it would be told of Ctrl-C beside this
    program, and a second SIGINT makes it give up at once, with resources half made.

    Raises:
        CiError: there is no CLI, or it is too old.
    """

    def __init__(self, interruption: Interruption) -> None:
        self._interruption = interruption
        try:
            super().__init__()
        except FileNotFoundError:
            raise CiError(
                "there is no pulumi on PATH; see https://www.pulumi.com/docs/install/"
            ) from None
        except subprocess.CalledProcessError as error:  # Ctrl-C, for it has no session of its own
            interruption.check()
            raise CiError(str(error)) from None
        except InvalidVersionError as error:
            raise CiError(str(error)) from None

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
    ) -> CommandResult:
        """Runs a command to its end; what happens meanwhile is told through its events.

        Raises:
            StoppedError: a signal has come.
            pulumi.automation.CommandError: the command fails, a signal's end included.
        """
        assert on_output is on_error is None, "output is not followed"
        self._interruption.check()
        with (
            subprocess.Popen(
                [self.command, "--non-interactive", *args],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                env={**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"},
                text=True,
                start_new_session=True,
            ) as process,
            self._interruption.ends(lambda: process.send_signal(signal.SIGINT)),
        ):
            output, errors = process.communicate()
        self._interruption.check()
        result = CommandResult(output, errors, process.returncode)
        if result.code != 0:
            raise create_command_error(result)
        return result


class Workspace(LocalWorkspace):
    """A project's folder, where the stack that somebody has selected stays selected."""

    def create_stack(self, stack_name: str) -> None:
        secrets = ("--secrets-provider", self.secrets_provider) if self.secrets_provider else ()
        self._pulumi("stack", "init", stack_name, "--no-select", *secrets)

    def select_stack(self, stack_name: str) -> None:
        """
        Raises:
            pulumi.automation.StackNotFoundError: there is none of this name.
        """
        self._pulumi("stack", "--stack", stack_name, "--show-name")

    def remove_stack(
        self, stack_name: str, force: bool | None = None, preserve_config: bool | None = None
    ) -> None:
        # A list of all stacks would fail while another run removes its own.
        selected = ""
        with suppress(CommandError):  # none is
            selected = self._pulumi("stack", "--show-name").stdout.strip()
        super().remove_stack(stack_name, force, preserve_config)  # after that none is selected
        if selected and selected != stack_name:
            with suppress(CommandError):  # it is gone
                self._pulumi("stack", "select", selected)

    def exported(self, stack_name: str) -> dict[str, Any]:
        """The stack's state with its secrets encrypted; the SDK's own has them in plain text."""
        return json.loads(self._pulumi("stack", "export", "--stack", stack_name).stdout)

    def import_(self, stack_name: str, state: dict[str, Any]) -> None:
        with TemporaryDirectory() as folder:
            file = Path(folder, "state.json")
            file.write_text(json.dumps(state))
            self._pulumi("stack", "import", "--stack", stack_name, "--file", str(file))

    def _pulumi(self, *arguments: str) -> CommandResult:
        return self.pulumi_command.run([*arguments], self.work_dir, {})
