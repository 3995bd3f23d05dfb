"""The Pulumi CLI: the one on PATH, or one that Go builds from source.

Go does not install programs of a module with `replace` directives, so modules in go/ ask for them.
The CLI and the language host of YAML share one, so that what both are made of is compiled once. The
language host of Python is that of 2023, the last one whose source is in a module that can be asked
for; it runs today's Python SDK.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.locks import locked

MODULES = Path(__file__).parent / "go"
# Without it the CLI calls itself version 0, and refuses what asks for a newer one.
LINKED = "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.206.0"


class BuildError(RuntimeError):
    """The CLI cannot be built."""


def can_be_had() -> bool:
    """Whether there is a CLI, or what builds one."""
    return any(map(shutil.which, ("pulumi", "go")))


def search_path(build: Path, tell: Callable[[str], object]) -> str:
    """A PATH with the CLI and its language hosts, in the folder `build` if they are built.

    They are built once, and again when the versions in go/ change.

    Raises:
        BuildError: with what Go says.
    """
    if shutil.which("pulumi"):
        return os.environ["PATH"]
    with locked(build):
        stamp, digest = build / "sources.sha256", _digest()
        if not stamp.exists() or stamp.read_text() != digest:
            tell("Go builds the Pulumi CLI, once, in 2 to 4 minutes ...")
            _build(build)
            stamp.write_text(digest)
    return f"{build / 'bin'}{os.pathsep}{os.environ['PATH']}"


def _digest() -> str:
    files = [Path(__file__), *sorted(file for file in MODULES.rglob("*") if file.is_file())]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _build(build: Path) -> None:
    """One after the other: each takes all processors."""
    for folder in ("bin", "host"):
        shutil.rmtree(build / folder, ignore_errors=True)
    cli, host = MODULES / "cli", MODULES / "host"
    _go(host, "build", "-buildvcs=false", "-o", f"{build / 'host'}/", "tool")
    _go(cli, "build", "-buildvcs=false", "-o", f"{build / 'bin'}/", "-ldflags", LINKED, "tool")
    sdk = _go(host, "list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3")
    shutil.copy(Path(sdk, "python/cmd/pulumi-language-python-exec"), build / "host")
    shutil.copy(host / "plugin-python", build / "host")
    shutil.copy(host / "pulumi-language-python", build / "bin")


def _go(module: Path, *arguments: str) -> str:
    run = subprocess.run(
        ["go", *arguments], cwd=module, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise BuildError(f"go {arguments[0]} in {module.name} failed:\n{run.stderr}")
    return run.stdout.strip()
