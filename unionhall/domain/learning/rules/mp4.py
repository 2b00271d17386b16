"""How long an mp4 is, read from its own header (ISO/IEC 14496-12 §8.2.2), and whether it is one."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Protocol

MOST_HEADER = 64 << 20  # a "moov" box bigger than this is not ours to read
MOST_BOXES = 10_000  # on one level; a film that is sent in pieces has some hundreds
LONGEST_MS = 24 * 60 * 60 * 1000  # a day: what says more is no lecture
VERSION_1 = 1


class Seekable(Protocol):
    """An open file, whoever opened it."""

    def read(self, size: int, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...


class NotMp4Error(ValueError):
    """The file is no mp4, or a broken one."""


def length_ms(video: Seekable) -> int:
    """The movie's duration in milliseconds; raises ``NotMp4Error``. Leaves the file at its start."""
    try:
        return _length_ms(video)
    except (struct.error, ZeroDivisionError) as broken:
        raise NotMp4Error from broken
    finally:
        video.seek(0)


def _length_ms(video: Seekable) -> int:
    end = video.seek(0, 2)
    boxes = list(_boxes(video, 0, end))
    if not boxes or boxes[0][0] != b"ftyp":
        raise NotMp4Error
    for name, begin, stop in boxes:
        if name == b"moov" and stop - begin <= MOST_HEADER:
            return _movie_length(video, begin, stop)
    raise NotMp4Error


def _movie_length(video: Seekable, begin: int, stop: int) -> int:
    for name, inner, _ in _boxes(video, begin, stop):
        if name == b"mvhd":
            video.seek(inner)
            version = video.read(4)[0:1]
            wide = version == bytes([VERSION_1])
            layout = ">QQIQ" if wide else ">IIII"
            _, _, timescale, duration = struct.unpack(layout, video.read(struct.calcsize(layout)))
            milliseconds = int(duration * 1000 // timescale)
            if not 0 < milliseconds <= LONGEST_MS:
                raise NotMp4Error
            return milliseconds
    raise NotMp4Error


def _boxes(video: Seekable, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name and bounds of the content of each box between ``begin`` and ``end``."""
    for _nth in range(MOST_BOXES):
        if begin + 8 > end:
            return
        video.seek(begin)
        size, name = struct.unpack(">I4s", video.read(8))
        head = 8
        if size == 1:
            size, head = struct.unpack(">Q", video.read(8))[0], 16
        elif size == 0:
            size = end - begin
        if size < head or begin + size > end:
            raise NotMp4Error
        yield name, begin + head, begin + size
        begin += size
    raise NotMp4Error
