"""Pictures in PNG, with the standard library alone: 8 bits a channel, no palette, not interlaced.

A function that takes every picture brings Pillow in a layer, and keeps its handler.
https://www.w3.org/TR/png-3/
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
"""By color type: gray, RGB, gray with alpha, RGB with alpha."""
LARGEST = 16_000_000
"""Bytes of a picture's pixels: a few seconds for a function."""


class UnsupportedPictureError(Exception):
    """It is not a PNG, or not one that this module reads."""


@dataclass(frozen=True)
class Picture:
    width: int
    height: int
    color: int
    rows: list[bytes]

    def shrunk_to(self, width: int) -> "Picture":
        """At most so wide, in the same proportions, of the nearest pixels."""
        width = min(width, self.width)
        height = max(1, self.height * width // self.width)
        channels = CHANNELS[self.color]
        columns = [(2 * x + 1) * self.width // (2 * width) * channels for x in range(width)]
        rows = [self.rows[(2 * y + 1) * self.height // (2 * height)] for y in range(height)]
        pixels = [b"".join(row[x : x + channels] for x in columns) for row in rows]
        return Picture(width, height, self.color, pixels)

    def to_png(self) -> bytes:
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, self.color, 0, 0, 0)
        data = zlib.compress(b"".join(b"\0" + row for row in self.rows))
        chunks = [(b"IHDR", header), (b"IDAT", data), (b"IEND", b"")]
        return SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def read(data: bytes) -> Picture:
    """
    Raises:
        UnsupportedPictureError: it is not a PNG that this module reads.
    """
    try:
        chunks = [*_chunks(data)]
        width, height, bits, color, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
        if (bits, interlaced) != (8, 0) or color not in CHANNELS:
            raise UnsupportedPictureError("only PNGs of 8 bits a channel, not interlaced, are read")
        length = width * CHANNELS[color]
        if not 0 < length * height <= LARGEST:
            raise UnsupportedPictureError(f"its {width} x {height} pixels are too many")
        compressed = b"".join(content for kind, content in chunks if kind == b"IDAT")
        # No more than the header says, whatever it was compressed from.
        pixels = zlib.decompressobj().decompress(compressed, (length + 1) * height)
    except (struct.error, zlib.error, IndexError) as error:
        raise UnsupportedPictureError("it is not a PNG, or damaged") from error
    if len(pixels) < (length + 1) * height:
        raise UnsupportedPictureError("it is damaged: pixels are missing")
    return Picture(width, height, color, _unfiltered(pixels, length, CHANNELS[color]))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not data.startswith(SIGNATURE):
        raise UnsupportedPictureError("it is not a PNG")
    start = len(SIGNATURE)
    while start < len(data):
        length, kind = struct.unpack_from(">I4s", data, start)
        yield kind, data[start + 8 : start + 8 + length]
        start += length + 12


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def _unfiltered(pixels: bytes, length: int, channels: int) -> list[bytes]:
    """The rows, each of which has the differences to a neighbor that its first byte names."""
    rows: list[bytes] = []
    above = bytes(length)
    for start in range(0, len(pixels), length + 1):
        kind, row = pixels[start], bytearray(pixels[start + 1 : start + 1 + length])
        for i in range(length) if kind else ():
            left, corner = (row[i - channels], above[i - channels]) if i >= channels else (0, 0)
            row[i] = (row[i] + _predicted(kind, left, above[i], corner)) % 256
        rows.append(above := bytes(row))
    return rows


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    match kind:
        case 1:
            return left
        case 2:
            return up
        case 3:
            return (left + up) // 2
        case 4:
            near = left + up - corner
            return min(left, up, corner, key=lambda value: abs(near - value))
        case _:
            raise UnsupportedPictureError(f"it is damaged: there is no filter {kind}")
