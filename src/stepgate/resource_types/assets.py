"""What files a program hands over: as `pulumi.Asset`, or several as `pulumi.Archive`.

https://www.pulumi.com/docs/iac/concepts/inputs-outputs/assets-archives/
"""

import io
import os
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from stepgate.resource_types.inputs import InputError, argument, wrong

File = tuple[str, bytes, int]
"""A file's name in an archive, its content and its mode."""


def content(key: str, value: Any) -> bytes:
    """An asset's bytes, or an archive's as a zip file.

    Raises:
        InputError: the file under this key cannot be read, or it is to be downloaded.
    """
    match value:
        case str() as path:
            return _read(key, Path(path))
        case object(text=str() as text):
            return text.encode()
        case object(path=str() as path) if not Path(path).is_dir():
            return _read(key, Path(path))
        case _:
            return _zip(key, value)


def zip_file(key: str, value: Any) -> bytes:
    """An archive as a zip file.

    Raises:
        InputError: see `content`; or it is not an archive.
    """
    match value:
        case object(path=str() as path) if zipfile.is_zipfile(path):
            return _read(key, Path(path))
        case _:
            return _zip(key, value)


def _zip(key: str, archive: Any) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data, mode in _files(key, archive):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            file.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _files(key: str, archive: Any) -> Iterator[File]:
    match archive:
        case object(assets=dict()):
            for name, each in cast("Any", archive).assets.items():
                if type(each).__name__.endswith("Archive"):
                    for inside, data, mode in _files(key, each):
                        yield f"{name}/{inside}", data, mode
                else:
                    yield name, content(key, each), 0o644
        case object(path=str() as path) if Path(path).is_dir():
            for folder, _, names in os.walk(path):
                for file in sorted(Path(folder, name) for name in names):
                    mode = file.stat().st_mode
                    yield file.relative_to(path).as_posix(), _read(key, file), mode
        case object(path=str() as path):
            yield from _unpacked(key, path)
        case _:
            cure = "write a pulumi.FileArchive or a pulumi.AssetArchive"
            raise wrong(argument(key), archive, cure)


def _unpacked(key: str, path: str) -> Iterator[File]:
    data = _read(key, Path(path))
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(io.BytesIO(data)) as file:
                for each in file.infolist():
                    if not each.is_dir():
                        yield each.filename, file.read(each), each.external_attr >> 16 or 0o644
        else:
            with tarfile.open(fileobj=io.BytesIO(data)) as file:
                for each in file:
                    if each.isfile() and (opened := file.extractfile(each)):
                        yield each.name.removeprefix("./"), opened.read(), each.mode
    except (tarfile.TarError, zipfile.BadZipFile):
        cure = "name a folder, or a .zip, .tar or .tar.gz file"
        raise wrong(argument(key), path, cure) from None


def _read(key: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        name = argument(key)
        raise InputError(f"the input {name} is {str(path)!r}: {error.strerror}", name) from None
