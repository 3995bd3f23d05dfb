"""docs/command.md, and the help, name what there is."""

from stepgate.command.app import Format, app
from stepgate.command.exits import ExitCode

from tests.client.command.stepgate import Stepgate
from tests.conftest import PROJECT

TEXT = (PROJECT / "docs/command.md").read_text()
COMMANDS = [command.callback.__name__ for command in app.registered_commands if command.callback]


def test_every_command_has_its_part_with_an_example() -> None:
    parts = {part.split("\n")[0]: part for part in TEXT.split("\n## ")[1:]}
    assert [*parts] == [*COMMANDS, "Errors and exit codes"]
    for command in COMMANDS:
        assert f"stepgate {command}" in parts[command]
    for written_as in Format:
        assert written_as in parts["diagram"].lower()


def test_every_exit_code_stands_in_one_table_and_in_the_help(stepgate: Stepgate) -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| ") and line[2].isdigit()]
    assert rows == [f"| {code:d} | {code.meaning} |" for code in ExitCode]
    ended = stepgate.run()  # without arguments it is the help
    assert (ended.code, ended.errors) == (0, "")
    for code in ExitCode:
        assert f"  {code:<5d}{code.meaning}\n" in ended.output


def test_the_diagram_is_what_is_printed(stepgate: Stepgate) -> None:
    printed = stepgate.run("diagram", "greet").output
    assert f"$ stepgate diagram greet\n{printed}```" in TEXT
