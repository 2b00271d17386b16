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
FIRST = struct.pack("<H", BOF)
OLD_OFFICE = b"\xd0\xcf\x11\xe0"


def look_into(content: bytes) -> tuple[dict[int, OddMarks], bool]:
    """The odd cells of each sheet by its place, and whether days are counted from 1904.

    Raises ``RefusedError`` for what is locked, has macros, or is no workbook.
    """
    if _entry_of(content, "EncryptedPackage") or _entry_of(content, "EncryptionInfo"):
        raise RefusedError("locked")
    if _entry_of(content, "_VBA_PROJECT_CUR") or _entry_of(content, "_VBA_PROJECT"):
        raise RefusedError("macros")
    entry = _entry_of(content, "Workbook") or _entry_of(content, "Book")
    if not entry:
        raise RefusedError("not_a_workbook" if _entry_of(content, "Root Entry") else "damaged")
    stream = _stream_of(content, entry)
    if stream[:2] != FIRST:  # short streams are kept elsewhere; no program writes one
        raise RefusedError("damaged")
    epoch_1904, starts = _globals(stream)
    return {at: _odd_cells(stream, start) for at, start in enumerate(starts)}, epoch_1904


def _entry_of(content: bytes, name: str) -> int:
    """Where the directory speaks of this stream; 0 when it does not. Entries are 128 bytes."""
    key = (name + "\0").encode("utf-16-le")
    length = struct.pack("<H", len(key))
    at = content.find(key, 512)
    while at > 0 and (at % 128 or content[at + 64 : at + 66] != length):
        at = content.find(key, at + 1)
    return max(at, 0)


def _stream_of(content: bytes, entry: int) -> bytes:
    """The sectors of a stream in their order."""
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    if size not in {512, 4096}:
        raise RefusedError("damaged")

    def sector(at: int) -> bytes:
        return content[(at + 1) * size : (at + 2) * size]

    fat_sectors = list(struct.unpack_from("<109I", content, 76))
    more, extent = struct.unpack_from("<I", content, 68)[0], len(content) // size
    for _ in range(extent):
        if more >= extent:
            break
        *some, more = struct.unpack(f"<{size // 4}I", sector(more))
        fat_sectors += some
    fat = array("I", b"".join(sector(at) for at in fat_sectors if at < extent))
    at, length = struct.unpack_from("<II", content, entry + 116)
    chain: list[bytes] = []
    while at < min(extent, len(fat)) and len(chain) <= min(length // size, extent):
        chain.append(sector(at))
        at = fat[at]
    return b"".join(chain)[:length]


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
