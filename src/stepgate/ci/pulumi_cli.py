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

from stepgate.ci.errors import CiError
from stepgate.ci.interruption import Interruption


class PulumiCli(PulumiCommand):
    """The CLI, ended by a signal in good order.

    Each command has a session of its own: otherwise a terminal sends Ctrl-C to it as well, and a
    second SIGINT makes it stop at once, with resources half created.

    Raises:
        CiError: the CLI is missing or too old.
    """

    def __init__(self, interruption: Interruption) -> None:
        self._interruption = interruption
        try:
            super().__init__()
        except FileNotFoundError:
            raise CiError(
                "pulumi is not on PATH: see https://www.pulumi.com/docs/install/"
            ) from None
        except subprocess.CalledProcessError as error:  # Ctrl-C: it has no session of its own
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
        """Runs a command to its end; its events report what happens meanwhile.

        Raises:
            StoppedError: a signal came.
            pulumi.automation.CommandError: the command fails.
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
    """A project's folder, where the stack that the user has selected stays selected."""

    def create_stack(self, stack_name: str) -> None:
        secrets = ("--secrets-provider", self.secrets_provider) if self.secrets_provider else ()
        self._pulumi("stack", "init", stack_name, "--no-select", *secrets)

    def select_stack(self, stack_name: str) -> None:
        """
        Raises:
            pulumi.automation.StackNotFoundError: it does not exist.
        """
        self._pulumi("stack", "--stack", stack_name, "--show-name")

    def remove_stack(
        self, stack_name: str, force: bool | None = None, preserve_config: bool | None = None
    ) -> None:
        # Listing all stacks would fail while another run removes its own.
        selected = ""
        with suppress(CommandError):  # none is
            selected = self._pulumi("stack", "--show-name").stdout.strip()
        super().remove_stack(stack_name, force, preserve_config)  # after that none is selected
        if selected and selected != stack_name:
            with suppress(CommandError):  # it is gone
                self._pulumi("stack", "select", selected)

    def export_state(self, stack_name: str) -> dict[str, Any]:
        """The stack's state with its secrets encrypted; the SDK's own has them in plain text."""
        return json.loads(self._pulumi("stack", "export", "--stack", stack_name).stdout)

    def import_state(self, stack_name: str, state: dict[str, Any]) -> None:
        with TemporaryDirectory() as folder:
            file = Path(folder, "state.json")
            file.write_text(json.dumps(state))
            self._pulumi("stack", "import", "--stack", stack_name, "--file", str(file))

    def _pulumi(self, *arguments: str) -> CommandResult:
        return self.pulumi_command.run([*arguments], self.work_dir, {})
