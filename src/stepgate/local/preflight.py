"""A preview of the program: what is wrong with it, before anything is started or stopped.

`python -m stepgate.local.preflight PROJECT STACK` runs the whole program, in a process of its own:
what a program leaves behind in Pulumi's runtime and in its modules does not reach the deployment.
The configuration comes as JSON from standard input, and one document goes to standard output.
"""

import json
import logging
import os
import re
import subprocess
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, cast

import pulumi
from pulumi.output import Unknown
from pulumi.runtime import Mocks
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

from stepgate.checks import emulation, lint_emulation
from stepgate.checks.findings import Finding, Findings, shared_lines
from stepgate.checks.rule import RuleContext, rule_id
from stepgate.code_location import error_text, file_and_line, raised_at
from stepgate.local.config import checked_config
from stepgate.local.errors import CommandError, unknown_function, unknown_type, wrong_input
from stepgate.local.program import UnknownAnswer, error_lines, run_program
from stepgate.local.runtimes import lacking_runtime, other_version
from stepgate.local.stack_references import TYPE as STACK_REFERENCE
from stepgate.local.stack_references import referenced_state
from stepgate.project import FILE, Project, read_project
from stepgate.reports import PREVIEW, Preview
from stepgate.resource_types import FUNCTIONS, RESOURCE_TYPES
from stepgate.resource_types.function import Offline
from stepgate.resource_types.inputs import DOCUMENTS, Inputs, argument, read_inputs
from stepgate.resource_types.lambda_ import FUNCTION
from stepgate.resource_types.rehearsal import Rehearsal, input_errors
from stepgate.resource_types.sfn import STATE_MACHINE
from stepgate.workflow import Definition

ANY_REGION = "us-east-1"
"""For a program whose settings lack one."""

LOCAL_ENGINE = "local-engine"
"""The rule of resources, functions and references to stacks that the local engine lacks."""

LOCAL_RULES = frozenset(
    {LOCAL_ENGINE, *map(rule_id, (*emulation.ERROR_RULES, *emulation.WARNING_RULES))}
)
"""The rules of what is lacking here only, and not on AWS."""

UNKNOWN_ANSWER = "unknown-answer"
"""The rule of what a preview cannot see, and a deployment can."""

NO_RESOURCES = Finding(LOCAL_ENGINE, "the program creates no resources")

STATE_MACHINE_COMPONENT = "stepgate:index:StateMachine"

PROGRAM = "program"
"""The rule of what the program, or Pulumi in it, says itself."""


def preflight(project: Project, stack: str) -> list[str]:
    """Runs the project's program as a preview, and returns its warnings, before it is deployed.

    Raises:
        CommandError: what is wrong with the stack's settings and with the program, one line for
            each error.
    """
    errors, warnings = program_findings(project, stack)
    if errors:
        raise CommandError("\n".join(map(str, errors)))
    return [*shared_lines(found for found in warnings if found.rule != UNKNOWN_ANSWER)]


def program_findings(project: Project, stack: str) -> Findings:
    """What a preview of the project's program finds; files are relative to the project's folder.

    Raises:
        CommandError: there is no program that could be run, or it ended its own process.
    """
    _require_python(project)
    config, wrong = checked_config(project.folder, stack)
    if "aws:region" not in config:
        wrong["aws:region"] = (
            f"aws:region has no value in Pulumi.{stack}.yaml; set it to a Region, for example "
            f"aws:region: {ANY_REGION}"
        )
    found = _run_preview(project, stack, {"aws:region": ANY_REGION} | config)
    # The program may find the same settings wrong.
    errors = [error for error in found.errors if not any(_names(str(error), key) for key in wrong)]
    settings = [Finding("settings", line) for line in wrong.values()]
    return Findings([*settings, *errors], found.warnings)


def _require_python(project: Project) -> None:
    file = project.main / "__main__.py" if project.main.is_dir() else project.main
    if project.runtime != "python":
        raise CommandError(
            f"{project.folder / FILE} has runtime: {project.runtime}; the local engine runs "
            "programs in Python only"
        )
    if not file.exists():
        raise CommandError(
            f"{file} is missing: write the program there, or name its file with main in {FILE}"
        )


def _names(line: str, key: str) -> bool:
    return re.search(rf"(?<![\w:-]){re.escape(key)}(?![\w-])", line) is not None


def _run_preview(project: Project, stack: str, config: dict[str, str]) -> Findings:
    """What `preview` returns, from a process of its own."""
    run = subprocess.run(
        [sys.executable, "-m", "stepgate.local.preflight", str(project.folder), stack],
        input=json.dumps(config),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        process_group=0,  # Ctrl-C ends this process, and that ends the other
    )
    if not run.stdout:
        raise CommandError(
            f"{project.main} ended the process with exit status {run.returncode}; remove the call "
            "that exits, for example os._exit"
        )
    return Findings(*([Finding(*each) for each in found] for found in json.loads(run.stdout)))


class _Preview(Mocks):
    """Makes nothing, and collects what the local engine lacks. It is called from several threads.

    Attributes:
        lacking: one line for each resource, function and reference to a stack, and for each input
            that no resource can be created from.
        warnings: one line for each runtime of Lambda that has another version here.
        machines: what the emulator lacks for the state machines that the program makes itself.
        has_resources: whether there is anything to create.
    """

    def __init__(self, project: Path, config: dict[str, str]) -> None:
        self._project = project
        self._config = config
        self._cloud = Rehearsal(config["aws:region"])
        self._components: set[str] = set()
        self.has_resources = False
        self.lacking: set[str] = set()
        self.warnings: set[str] = set()
        self.machines = Findings([], [])

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ == STACK_REFERENCE:
            return self._stack_reference(str(args.resource_id))
        if not args.custom:
            if args.typ == STATE_MACHINE_COMPONENT:
                self._components.add(args.name)
            return None, {}
        self.has_resources = True
        record = RESOURCE_TYPES.get(args.typ)
        if record is None or record.create is None:
            self.lacking.add(unknown_type(args.typ, args.name))
        inputs = cast("dict[str, Any]", args.inputs)  # pyright: ignore[reportUnknownMemberType]
        wrong: set[str] = set()
        if record and record.create:
            known = _known(inputs)
            for error in input_errors(
                record.create, self._cloud, args.name, known, are_all=known.keys() == inputs.keys()
            ):
                self.lacking.add(wrong_input(args.typ, args.name, error))
                wrong.add(error.argument)
        if args.typ == STATE_MACHINE and args.name not in self._components:
            self._lint(args.name, inputs)
        if args.typ == FUNCTION:
            if error := lacking_runtime(args.name, inputs):
                self.lacking.add(error)
            elif warning := other_version(inputs):
                self.warnings.add(warning)
        # Pulumi refuses an output of another type than it declares, in words of its own.
        wrong |= {argument(key) for key in DOCUMENTS if isinstance(inputs.get(key), dict)}
        return "", {key: value for key, value in inputs.items() if argument(key) not in wrong}

    def _lint(self, name: str, inputs: Mapping[str, Any]) -> None:
        """What a WorkflowApi makes, that has checked itself."""
        try:
            definition = json.loads(inputs.get("definition", ""))
        except (ValueError, TypeError):
            return  # it is reported as an input, or unknown
        if isinstance(definition, dict):
            mode = "sync" if inputs.get("type") == "EXPRESS" else "async"
            found = lint_emulation(
                RuleContext(cast("Definition", definition), mode), f"state machine {name!r}"
            )
            self.machines.errors.extend(found.errors)
            self.machines.warnings.extend(found.warnings)

    def _stack_reference(self, stack: str) -> tuple[str, dict[str, Any]]:
        try:
            return stack, referenced_state(stack, self._project, self._config)
        except CommandError as error:
            self.lacking.add(str(error))
            return stack, {"name": stack}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        function = FUNCTIONS.get(args.token)
        if isinstance(function, Offline):
            arguments = read_inputs(cast("dict[str, Any]", args.args))  # pyright: ignore[reportUnknownMemberType]
            return function.answer(self._config["aws:region"], arguments), []
        if function is None:
            self.lacking.add(unknown_function(args.token))
        raise UnknownAnswer


def _known(inputs: Mapping[str, Any]) -> Inputs:
    """Those inputs of a resource in which nothing is unknown."""
    return Inputs({k: v for k, v in read_inputs(inputs).items() if not _holds_unknown(v)})


def _holds_unknown(value: Any) -> bool:
    match value:
        case dict():
            return any(map(_holds_unknown, cast("dict[str, Any]", value).values()))
        case list():
            return any(map(_holds_unknown, cast("list[Any]", value)))
        case _:
            return isinstance(value, Unknown)


class Messages(logging.Handler):
    """What the program logs; a logged error fails a deployment as an exception does."""

    def __init__(self) -> None:
        super().__init__()
        self.warnings: set[str] = set()
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING:
            self.warnings.add(record.getMessage())
        elif record.levelno == logging.ERROR:
            self.errors += record.getMessage().splitlines()


STOPPED = (
    "the program stops here in a preview, because it needs the answer of a function of AWS; what "
    "follows is not checked. Call the function that returns an output, for example "
    "get_ami_output instead of get_ami"
)


def preview(project: Path, stack: str, config: dict[str, str]) -> Findings:
    """Runs the program in this process, and returns what it finds."""
    mocks, messages = _Preview(project, config), Messages()
    failed: list[Finding] = []
    stopped: list[Finding] = []
    reported = Preview()
    before = PREVIEW.set(reported)
    try:
        run_program(project, stack, config, mocks, preview=True, log=messages)
    except pulumi.RunError as error:
        failed = _said(error_lines(error, project), reported.findings, project)
    except (Exception, SystemExit) as error:
        file, line = file_and_line(raised_at(error, project))
        finding = Finding(PROGRAM, error_text(error), "", "", file or "__main__.py", line)
        if _needs_an_answer(error):
            stopped = [finding._replace(rule=UNKNOWN_ANSWER, message=STOPPED)]
        elif not reported.has_refused:  # or it may follow from that
            failed = [finding]
    finally:
        PREVIEW.reset(before)
    lacking = [Finding(LOCAL_ENGINE, line) for line in sorted(mocks.lacking)]
    # Two components may have the same workflow, with the same mistake.
    said = _said(dict.fromkeys(messages.errors), reported.findings, project)
    errors = [*lacking, *mocks.machines.errors, *said, *failed]
    return Findings(
        errors,
        [
            *mocks.machines.warnings,
            *(Finding(LOCAL_ENGINE, line) for line in sorted(mocks.warnings)),
            *_said(sorted(messages.warnings), reported.findings, project),
            *stopped,
            *([] if mocks.has_resources or stopped or errors else [NO_RESOURCES]),
        ],
    )


def _said(
    lines: Iterable[str], behind: Mapping[str, Sequence[Finding]], project: Path
) -> list[Finding]:
    """What a program says: the findings behind its lines, or the line itself."""
    program = os.path.relpath(read_project(project).program, project)
    return [
        finding._replace(file=finding.file and os.path.normpath(Path(program, finding.file)))
        for line in lines
        for finding in behind.get(line, [Finding(PROGRAM, line)])
    ]


def _needs_an_answer(error: BaseException) -> bool:
    """Whether the program failed because it cannot go on without an answer that is unknown here.

    Functions that return a value instead of an output (`get_ami`, not `get_ami_output`) read it
    from the answer with `pulumi.get`, which fails when there is none.
    """
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_code is pulumi.get.__code__  # pyright: ignore[reportUnknownMemberType]


def main() -> NoReturn:
    project, stack = Path(sys.argv[1]), sys.argv[2]
    config = json.load(sys.stdin)
    # Nothing but the document goes there: what the program prints is shown by the deployment.
    with os.fdopen(os.dup(1), "w") as document:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        json.dump(preview(project, stack, config), document)
    # At once: threads that the program started may never end.
    os._exit(0)


if __name__ == "__main__":
    main()
