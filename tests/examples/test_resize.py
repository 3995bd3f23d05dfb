"""The function of examples/resize: pictures in PNG, read and written."""

import struct
import zlib
from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
from typing import Any

import pytest

from tests.conftest import REPOSITORY


def _module() -> Any:
    spec = spec_from_file_location("png", REPOSITORY / "examples/resize/function/png.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


png = _module()
ROWS = [bytes((7 * x * y + 31 * x) % 256 for x in range(5 * 3)) for y in range(4)]
PICTURE = png.Picture(5, 4, 2, ROWS)
GRAY = 0


def filtered(kind: int) -> bytes:
    """The picture as an encoder writes it that has chosen a filter.

    https://www.w3.org/TR/png-3/#9Filter-types
    """
    lines: list[bytes] = []
    for above, row in pairwise([bytes(15), *ROWS]):
        lefts, corners = bytes(3) + row, bytes(3) + above
        predicted = [
            [0, left, up, (left + up) // 2, paeth(left, up, corner)][kind]
            for left, up, corner in zip(lefts, above, corners, strict=False)
        ]
        differences = [(a - b) % 256 for a, b in zip(row, predicted, strict=True)]
        lines.append(bytes([kind, *differences]))
    return b"".join(lines)


def paeth(a: int, b: int, c: int) -> int:
    p = a + b - c
    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
    if pa <= pb and pa <= pc:
        return a
    return b if pb <= pc else c


def file(pixels: bytes, *, width: int = 5, height: int = 4, bits: int = 8) -> bytes:
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)),
        (b"tEXt", b"Comment\0any"),
        (b"IDAT", zlib.compress(pixels)),
        (b"IEND", b""),
    ]
    parts = (
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", 0)
        for kind, content in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("kind", range(5))
def test_rows_with_each_filter_are_read(kind: int) -> None:
    assert png.read(file(filtered(kind))) == PICTURE


def test_what_is_written_is_read() -> None:
    assert png.read(PICTURE.to_png()) == PICTURE


def test_a_thumbnail_has_the_proportions_of_the_picture_and_its_nearest_pixels() -> None:
    rows = [bytes(10 * y + x for x in range(8)) for y in range(4)]
    shrunk = png.Picture(8, 4, GRAY, rows).shrunk_to(4)
    assert (shrunk.width, shrunk.height) == (4, 2)
    assert shrunk.rows == [bytes([11, 13, 15, 17]), bytes([31, 33, 35, 37])]
    assert PICTURE.shrunk_to(1).height == 1
    assert PICTURE.shrunk_to(100) == PICTURE, "it is never made larger"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        PICTURE.to_png()[:40],
        file(filtered(0), bits=16),
        file(filtered(0), width=100_000, height=100_000),
        file(filtered(0), width=0),
        file(filtered(0), height=5),
        file(b"\x05" + filtered(0)[1:]),
        file(filtered(0)).replace(b"IDAT", b"iDAT"),
    ],
)
def test_what_is_no_such_picture_is_an_error_of_its_own(data: bytes) -> None:
    with pytest.raises(png.UnsupportedPictureError):
        png.read(data)
