"""docs/command.md, and the help, name what there is."""

import pytest

from stepgate.cli.app import Format, app
from stepgate.cli.exit_codes import ExitCode
from tests.cli.command import Stepgate
from tests.conftest import REPOSITORY

TEXT = (REPOSITORY / "docs/command.md").read_text()
COMMANDS = [
    command.name or command.callback.__name__
    for command in app.registered_commands
    if command.callback
]


def test_every_command_has_its_part_with_an_example() -> None:
    parts = {part.split("\n")[0]: part for part in TEXT.split("\n## ")[1:]}
    commands = [*COMMANDS, "local", "ci"]
    assert [*parts] == [*commands, "Errors and exit codes"]
    for command in commands:
        assert f"stepgate {command}" in parts[command]
    for written_as in Format:
        assert written_as in parts["diagram"].lower()


@pytest.mark.parametrize("group", ["local", "ci"])
def test_a_group_without_a_command_prints_its_help(stepgate: Stepgate, group: str) -> None:
    ended = stepgate.run(group)
    assert (ended.code, ended.errors) == (0, "")
    assert ended.output.startswith(f"Usage: stepgate {group} ")
    assert "\nCommands:\n" in ended.output


def test_every_exit_code_stands_in_one_table_and_in_the_help(stepgate: Stepgate) -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| ") and line[2].isdigit()]
    assert rows == [f"| {code:d} | {code.meaning} |" for code in ExitCode]
    ended = stepgate.run()  # without arguments it is the help
    assert (ended.code, ended.errors) == (0, "")
    for code in ExitCode:
        assert f"  {code:<5d}{code.meaning}\n" in ended.output
