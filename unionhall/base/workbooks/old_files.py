"""Workbooks of before 2007 ([MS-CFB], [MS-XLS]): what the fast reader does not tell of them."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator

from unionhall.base.workbooks.odd_cells import Mark, OddMarks
from unionhall.base.workbooks.refusals import RefusedError

BOF, EOF, FORMULA, BOOL_ERR = 0x0809, 0x000A, 0x0006, 0x0205  # [MS-XLS] 2.3
FILE_PASS, DATE_1904, BOUND_SHEET = 0x002F, 0x0022, 0x0085
STORED_ERROR, STORED_BLANK = 2, 3
SMALL_SECTOR = 64
ROOT = "Root Entry"
FIRST = struct.pack("<H", BOF)
OLD_OFFICE = b"\xd0\xcf\x11\xe0"


def look_into(content: bytes) -> tuple[dict[int, OddMarks], bool]:
    """The odd cells of each sheet by its place, and whether days are counted from 1904.

    Raises ``RefusedError`` for what is locked, has macros, or is no workbook.
    """
    file = _CompoundFile(content)
    if {"EncryptedPackage", "EncryptionInfo"} & set(file.streams):
        raise RefusedError("locked")
    if {"_VBA_PROJECT_CUR", "_VBA_PROJECT"} & set(file.streams):
        raise RefusedError("macros")
    name = next((one for one in ("Workbook", "Book") if one in file.streams), "")
    if not name:
        raise RefusedError("not_a_workbook" if ROOT in file.streams else "damaged")
    stream = file.read(name)
    if stream[:2] != FIRST:
        raise RefusedError("damaged")
    epoch_1904, starts = _globals(stream)
    return {at: _odd_cells(stream, start) for at, start in enumerate(starts)}, epoch_1904


class _CompoundFile:
    """Its streams by name: where each begins and how long it is ([MS-CFB] 2.2, 2.6)."""

    def __init__(self, content: bytes) -> None:
        self._size = 1 << struct.unpack_from("<H", content, 30)[0]
        if self._size not in {512, 4096}:
            raise RefusedError("damaged")
        self._body = content[self._size :]
        self._fat = _numbers(self._fat_sectors(content))
        first, self._cutoff, self._small_fat = struct.unpack_from("<I4xII", content, 48)
        directory = _chain(self._body, self._fat, first, self._size)
        self.streams: dict[str, tuple[int, int]] = {}
        for at in range(0, len(directory) - 127, 128):
            (length,) = struct.unpack_from("<H", directory, at + 64)
            name = directory[at : at + min(length, 64)].decode("utf-16-le", "replace").rstrip("\0")
            self.streams.setdefault(name, struct.unpack_from("<II", directory, at + 116))

    def read(self, name: str) -> bytes:
        """A short stream is kept in small sectors inside the root's."""
        start, length = self.streams[name]
        if length >= self._cutoff:
            return _chain(self._body, self._fat, start, self._size)[:length]
        small_fat = _numbers(_chain(self._body, self._fat, self._small_fat, self._size))
        root = _chain(self._body, self._fat, self.streams[ROOT][0], self._size)
        return _chain(root, small_fat, start, SMALL_SECTOR)[:length]

    def _fat_sectors(self, content: bytes) -> bytes:
        sectors = list(struct.unpack_from("<109I", content, 76))
        more, extent = struct.unpack_from("<I", content, 68)[0], len(content) // self._size
        for _ in range(extent):
            if more >= extent:
                break
            *some, more = _numbers(self._body[more * self._size : (more + 1) * self._size])
            sectors += some
        return b"".join(
            self._body[at * self._size : (at + 1) * self._size] for at in sectors if at < extent
        )


def _numbers(content: bytes) -> array[int]:
    return array("I", content[: len(content) // 4 * 4])


def _chain(body: bytes, fat: array[int], at: int, size: int) -> bytes:
    """From one sector to the next, as often as there are sectors at most."""
    extent = min(len(body) // size + 1, len(fat))
    chain: list[bytes] = []
    while at < extent and len(chain) < extent:
        chain.append(body[at * size : (at + 1) * size])
        at = fat[at]
    return b"".join(chain)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Of one substream, without those nested in it."""
    depth = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        depth += (kind == BOF) - (kind == EOF)
        if depth <= 0:
            break
        if depth == 1:
            yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _globals(stream: bytes) -> tuple[bool, list[int]]:
    epoch_1904, starts = False, []
    for kind, data in _records(stream, 0):
        if kind == FILE_PASS:
            raise RefusedError("locked")
        if kind == DATE_1904:
            epoch_1904 = data[:1] == b"\1"
        if kind == BOUND_SHEET:
            start, _hidden, sort = struct.unpack_from("<IBB", data)
            if sort in {1, 6}:  # a sheet of macros, a module
                raise RefusedError("macros")
            starts.append(start)
    return epoch_1904, starts


ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
          0x24: "#NUM!", 0x2A: "#N/A"}  # fmt: skip


def _odd_cells(stream: bytes, start: int) -> OddMarks:
    found: OddMarks = {}
    for kind, data in _records(stream, start):
        if kind == BOOL_ERR and data[7:8] == b"\1":  # BoolErr
            mark: Mark = ["e", ERRORS.get(data[6], "#")]
        elif kind == FORMULA:
            special = data[12:14] == b"\xff\xff"
            stored: object = None if special and data[6] == STORED_BLANK else True
            if special and data[6] == STORED_ERROR:
                stored = ["e", ERRORS.get(data[8], "#")]
            mark = ["f", "", stored]
        else:
            continue
        row, column = struct.unpack_from("<HH", data)
        found.setdefault(row, {})[column] = mark
    return found
