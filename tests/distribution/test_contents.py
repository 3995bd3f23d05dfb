"""What is in the wheel and the sdist, and what an index makes of them."""

import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path, PurePosixPath

from scripts.release import version
from tests.conftest import REPOSITORY

PACKAGE = "stepgate/"
DATA = {
    "stepgate/py.typed",
    "stepgate/dashboard/page/index.html",
    "stepgate/dashboard/page/dashboard.js",
    "stepgate/dashboard/page/dashboard.css",
    "stepgate/emulator/requirements.txt",
    "stepgate/emulator/runtimes/bootstrap.mjs",
    "stepgate/permissions/reference.json",
}
"""Files that no import would miss."""


def sources() -> set[str]:
    """The package's files that git keeps, or would, by their names in the wheel."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "src/stepgate"]
    names = subprocess.run(listed, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True)
    return {
        name.removeprefix("src/")
        for name in names.stdout.splitlines()
        if (REPOSITORY / name).exists()
    }


def test_the_wheel_has_the_packages_files_and_no_others(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name for name in names if name.startswith(PACKAGE)} == sources()
    assert names >= DATA
    info = f"pulumi_stepgate-{version()}.dist-info"
    assert {name for name in names if not name.startswith(PACKAGE)} == {
        f"{info}/{name}"
        for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")
    }


def test_no_test_is_published(wheel: Path, sdist: Path) -> None:
    with zipfile.ZipFile(wheel) as archive, tarfile.open(sdist) as source:
        names = [*archive.namelist(), *source.getnames()]
    for name in map(PurePosixPath, names):
        if "stepgate/ci/smoke/" in str(name):  # what `stepgate ci smoke` runs
            continue
        assert "tests" not in name.parts, name
        assert not name.name.startswith(("test_", "conftest")), name
        assert ".test." not in name.name, name


def test_the_sdist_builds_the_same_wheel(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as source:
        source.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    names = {path.name for path in folder.iterdir()}
    assert names >= {"LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml", "PKG-INFO", "src"}
    build = [REPOSITORY / ".venv/bin/hatchling", "build", "--target", "wheel"]
    subprocess.run(build, cwd=folder, capture_output=True, check=True)
    (built,) = (folder / "dist").iterdir()
    assert built.read_bytes() == wheel.read_bytes()


def test_an_index_accepts_both(wheel: Path, sdist: Path) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "twine", "--no-color", "check", "--strict", wheel, sdist],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.count("PASSED") == 2


def test_the_metadata_names_the_version_the_license_and_no_requirement_by_url(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"pulumi_stepgate-{version()}.dist-info/METADATA").decode()
    metadata = message_from_string(text)
    assert (metadata["Name"], metadata["Version"]) == ("pulumi-stepgate", version())
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Description-Content-Type"] == "text/markdown"
    for requirement in metadata.get_all("Requires-Dist", []):
        assert "@" not in requirement, "an index refuses direct references"
