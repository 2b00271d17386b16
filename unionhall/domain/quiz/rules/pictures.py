"""Pictures of questions: only PNG and JPEG, and of those only what draws.

A PNG is taken apart to its pixels and packed anew; of a JPEG, whose pixels the standard library
cannot read, every segment is read and only those that draw are kept. Either way places, cameras,
names, comments and whatever hides behind the end are gone.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from unionhall.domain.quiz.rules.questions import Picture

LARGEST = 512 << 10  # bytes
LONGEST_SIDE = 4_000  # pixels
LONGEST_TEXT = 200  # characters
_PNG = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type, PNG specification 11.2.1
_SCAN, _END = 0xDA, 0xD9
_BARE = {0x01, *range(0xD0, 0xD8)}  # markers without a length, ITU-T T.81 B.1.1.3
_FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive: what browsers show
_DRAWS = {*_FRAMES, 0xC4, 0xDB, 0xDD, 0xE0, 0xEE}  # tables, restarts, JFIF, Adobe's colours


class PictureError(ValueError):
    """Not a picture that can be shown."""


class Kind(NamedTuple):
    suffix: str
    content_type: str


def kind_of(content: bytes) -> Kind:
    """By its first bytes; raises ``PictureError``."""
    if content.startswith(_PNG):
        return Kind("png", "image/png")
    if content.startswith(b"\xff\xd8\xff"):
        return Kind("jpg", "image/jpeg")
    raise PictureError("neither PNG nor JPEG")


def cleaned(content: bytes, *, text: str) -> Picture:
    """The picture without anything that does not draw. Raises ``PictureError``."""
    if len(content) > LARGEST:
        raise PictureError("too large")
    try:
        drawn = _png(content) if kind_of(content).suffix == "png" else _jpeg(content)
    except (struct.error, IndexError, KeyError, zlib.error) as error:
        raise PictureError("damaged") from error
    return Picture(drawn, text[:LONGEST_TEXT].strip())


def _png(content: bytes) -> bytes:
    chunks: dict[bytes, bytes] = {}
    for name, data in _chunks(content):
        chunks[name] = chunks.get(name, b"") + data
    width, height, depth, colour, _method, _filter, interlaced = struct.unpack(
        ">IIBBBBB", chunks[b"IHDR"]
    )
    _refuse_size(width, height)
    if interlaced or depth not in {1, 2, 4, 8, 16}:
        raise PictureError("interlaced")
    wanted = height * (1 + (width * depth * _CHANNELS[colour] + 7) // 8)
    unpacker = zlib.decompressobj()
    pixels = unpacker.decompress(chunks[b"IDAT"], wanted + 1)
    if len(pixels) != wanted:
        raise PictureError("not as many pixels as it says")
    packed = {**chunks, b"IDAT": zlib.compress(pixels, 9), b"IEND": b""}
    drawn = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
    return _PNG + b"".join(_chunk(name, packed[name]) for name in drawn if name in packed)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, name = len(_PNG), b""
    while name != b"IEND":
        (length,) = struct.unpack_from(">I", content, at)
        name, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        (told,) = struct.unpack_from(">I", content, at + 8 + length)
        if zlib.crc32(name + data) != told:
            raise PictureError("damaged")
        yield name, data
        at += 12 + length


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _jpeg(content: bytes) -> bytes:
    kept, at, framed = [b"\xff\xd8"], 2, False
    while content[at + 1] != _END:
        if content[at] != 0xFF:  # noqa: PLR2004 — where a marker begins
            raise PictureError("damaged")
        marker = content[at + 1]
        (length,) = struct.unpack_from(">H", content, at + 2)
        segment = content[at : at + 2 + length]
        if len(segment) != 2 + length or length < 2:  # noqa: PLR2004 — it counts itself
            raise PictureError("damaged")
        at += len(segment)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", segment, 5)
            _refuse_size(width, height)
            framed = True
        if marker == _SCAN:
            scan = _scan(content, at)
            kept += [segment, scan]
            at += len(scan)
        elif marker in _DRAWS:
            kept.append(segment)
        elif not 0xE0 <= marker <= 0xFE:  # noqa: PLR2004 — what applications add, and comments
            raise PictureError("a kind of JPEG that browsers do not show")
    if not framed:
        raise PictureError("damaged")
    return b"".join([*kept, b"\xff\xd9"])


def _scan(content: bytes, start: int) -> bytes:
    """The packed pixels, up to the next marker that is none of their own."""
    at = start
    while not (content[at] == 0xFF and content[at + 1] not in {0, 0xFF, *_BARE}):  # noqa: PLR2004
        at += 1
    return content[start:at]


def _refuse_size(width: int, height: int) -> None:
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE):
        raise PictureError("too large")
