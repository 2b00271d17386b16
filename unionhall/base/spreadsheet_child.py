"""The program that opens a workbook of unknown origin, in a process of its own.

Reads the file from standard input and writes lines of JSON: a line for each row, then the last
line with the sheets and how many of the rows are theirs. It imports nothing of the house and
needs no settings; memory and CPU are capped before the first byte is looked at. A refusal is a
last line ``{"refused": "<code>"}``.

A cell is ``null``, a text, a number, a truth value, or a pair: ``["d", day]``, ``["t", time]``,
``["e", error]``, ``["f", formula, value]``. An old workbook does not tell a formula's text.
"""

import datetime as dt
import io
import json
import math
import re
import resource
import struct
import sys
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from xml.etree import ElementTree as ET
from xml.parsers import expat

MEMORY, CPU_SECONDS = 1 << 30, 40
INFLATED, RATIO = 200 << 20, 100
SMALL = 1 << 20  # below this the ratio says nothing
ENTRIES = 2_000
ROWS, COLUMNS = 200_000, 256
OUTPUT = 96 << 20
STORED, DEFLATED, ENCRYPTED = 0, 8, 0x1
CHUNK = 1 << 16
BOF, EOF, FORMULA, BOOL_ERR = 0x0809, 0x000A, 0x0006, 0x0205  # [MS-XLS] 2.3
FILE_PASS, DATE_1904, BOUND_SHEET = 0x002F, 0x0022, 0x0085
STORED_ERROR, STORED_BLANK = 2, 3
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
DOCTYPES = ["<!DOCTYPE".encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]
ODD = (  # a formula or an error; first what is quicker to look for
    [b"<f", b":f", b'="e"', b"='e'"],
    [b"<f>", b"<f ", b"<f/", b":f>", b":f ", b":f/", b't="e"', b"t='e'"],
)
LONGEST_NEEDLE = 32
_json = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps would make one for each row


class RefusedError(Exception):
    """The code that the parent turns into words."""


def main() -> None:
    """Answer on standard output; the exit status is 0 unless a limit ended the process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", errors="replace", newline="\n")
    try:
        last = _answer(sys.stdin.buffer.read(), out)
    except RefusedError as refusal:
        last = {"refused": str(refusal)}
    except MemoryError:
        last = {"refused": "too_large"}
    except BaseException as error:  # noqa: BLE001 — a reader's panic is no Exception
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        last = {"refused": "damaged"}
    out.write(json.dumps(last, ensure_ascii=False))
    out.flush()


def _answer(content: bytes, out: io.TextIOWrapper) -> "dict[str, object]":
    if content.startswith(OLD_OFFICE):
        return _old(content, out)
    if not content.startswith(b"PK\x03\x04"):
        raise RefusedError("not_a_workbook")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        _check_directory(archive, len(content))
        odd = _check_streams(archive, content)
        names = [name.lower() for name in archive.namelist()]
        if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
            raise RefusedError("macros")
        if "xl/workbook.xml" not in names:
            raise RefusedError("not_a_workbook")
        paths, epoch_1904 = _parts(archive)
        oddities = {
            name: _OddCells().read(archive, path) for name, path in paths.items() if path in odd
        }
        return {"sheets": _write(content, oddities, out), "epoch_1904": epoch_1904}


# == The archive ==


def _check_directory(archive: zipfile.ZipFile, size: int) -> None:
    entries = archive.infolist()
    if len(entries) > ENTRIES:
        raise RefusedError("bomb")
    declared = sum(entry.file_size for entry in entries)
    if declared > INFLATED or (declared > SMALL and declared > RATIO * size):
        raise RefusedError("bomb")
    if len({entry.filename for entry in entries}) < len(entries):
        raise RefusedError("damaged")  # which of two a reader takes differs from reader to reader
    for entry in entries:
        if entry.flag_bits & ENCRYPTED:
            raise RefusedError("locked")
        if entry.compress_type not in {STORED, DEFLATED}:
            raise RefusedError("damaged")


def _check_streams(archive: zipfile.ZipFile, content: bytes) -> "set[str]":
    """The directory may lie: count what really comes out, and look for document types.

    Returns the entries that may hold formulas or errors.
    """
    left, odd, end = INFLATED, set(), 0
    for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
        start = entry.header_offset
        if start < end:  # two entries made of the same bytes: a bomb's trick
            raise RefusedError("bomb")
        start += 30 + sum(struct.unpack("<HH", content[start + 26 : start + 30]))
        end = start + entry.compress_size
        body = content[start:end]
        chunks = _inflated(body) if entry.compress_type == DEFLATED else iter([body])
        seen, told = b"", entry.file_size
        for chunk in chunks:
            left, told = left - len(chunk), told - len(chunk)
            if min(left, told) < 0:
                raise RefusedError("bomb")
            seen = seen[-LONGEST_NEEDLE:] + chunk
            if any(needle in seen for needle in DOCTYPES):
                raise RefusedError("damaged")
            if entry.filename not in odd and all(any(one in seen for one in some) for some in ODD):
                odd.add(entry.filename)
    return odd


def _inflated(body: bytes) -> "Iterator[bytes]":
    stream = zlib.decompressobj(-15)
    try:
        while not stream.eof:
            chunk = stream.decompress(body, CHUNK)
            body = stream.unconsumed_tail
            yield chunk
            if not chunk and not body:
                break
    except zlib.error as error:
        raise RefusedError("damaged") from error


def _parts(archive: zipfile.ZipFile) -> "tuple[dict[str, str], bool]":
    """Where each sheet's XML is, and whether the workbook counts its days from 1904."""
    # No document types get here (_check_streams), so there are no entities to expand.
    book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    relations = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {one.get("Id", ""): one.get("Target", "") for one in relations}
    paths = {}
    for sheet in book.iterfind(".//{*}sheet"):
        key = next((value for name, value in sheet.items() if name.endswith("}id")), "")
        target = targets.get(key, "")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        paths[sheet.get("name", "")] = path
    settings = book.find("{*}workbookPr")
    old = settings is not None and settings.get("date1904", "0") in {"1", "true"}
    return paths, old


class _OddCells:
    """Formulas and errors by row and column, which the fast reader does not tell apart."""

    def __init__(self) -> None:
        self.found: dict[int, dict[int, list]] = {}  # type: ignore[type-arg]
        self.row, self.column = -1, -1
        self.kind = ""
        self.formula: str | None = None
        self.value: str | None = None
        self.texts: list[str] | None = None

    def read(self, archive: zipfile.ZipFile, path: str) -> "dict[int, dict[int, list]]":  # type: ignore[type-arg]
        """One pass over a sheet's XML."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        with archive.open(path) as file:
            parser.ParseFile(file)
        return self.found

    def _start(self, tag: str, attributes: "dict[str, str]") -> None:
        name = tag.rpartition(" ")[2]
        if name == "row":
            self.row, self.column = int(attributes.get("r", self.row + 2)) - 1, -1
        elif name == "c":
            self._go_to(attributes.get("r", ""))
            self.kind = attributes.get("t", "n")
            self.formula = self.value = None
        elif name in {"f", "v"}:
            self.texts = []

    def _go_to(self, reference: str) -> None:
        """A cell need not say where it is: then it is the next one."""
        place = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", reference)
        self.column += 1
        if place:
            letters, digits = place.groups()
            self.row = int(digits) - 1
            self.column = sum(
                (ord(letter) - 64) * 26**at for at, letter in enumerate(reversed(letters))
            ) - 1  # fmt: skip

    def _text(self, text: str) -> None:
        if self.texts is not None:
            self.texts.append(text)

    def _end(self, tag: str) -> None:
        name = tag.rpartition(" ")[2]
        if name in {"f", "v"}:
            text = "".join(self.texts or [])
            self.texts = None
            if name == "f":
                self.formula = text
            else:
                self.value = text
        elif name == "c":
            self._keep()

    def _keep(self) -> None:
        error = ["e", self.value or "#"] if self.kind == "e" else None
        if self.formula is not None:
            stored = error or (None if self.value in {None, ""} else True)
            self.found.setdefault(self.row, {})[self.column] = ["f", self.formula, stored]
        elif error:
            self.found.setdefault(self.row, {})[self.column] = error


# == Workbooks of before 2007 ([MS-CFB], [MS-XLS]) ==


def _old(content: bytes, out: io.TextIOWrapper) -> "dict[str, object]":
    if _entry_of(content, "EncryptedPackage") or _entry_of(content, "EncryptionInfo"):
        raise RefusedError("locked")
    if _entry_of(content, "_VBA_PROJECT_CUR") or _entry_of(content, "_VBA_PROJECT"):
        raise RefusedError("macros")
    entry = _entry_of(content, "Workbook") or _entry_of(content, "Book")
    if not entry:
        raise RefusedError("not_a_workbook" if _entry_of(content, "Root Entry") else "damaged")
    stream = _stream_of(content, entry)
    epoch_1904, starts = _old_globals(stream)
    oddities = {at: _old_odd_cells(stream, start) for at, start in enumerate(starts)}
    return {"sheets": _write(content, oddities, out), "epoch_1904": epoch_1904}


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


def _records(stream: bytes, at: int) -> "Iterator[tuple[int, bytes]]":
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


def _old_globals(stream: bytes) -> "tuple[bool, list[int]]":
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


def _old_odd_cells(stream: bytes, start: int) -> "dict[int, dict[int, list]]":  # type: ignore[type-arg]
    found: dict[int, dict[int, list]] = {}  # type: ignore[type-arg]
    for kind, data in _records(stream, start):
        if kind == BOOL_ERR and data[7:8] == b"\1":  # BoolErr
            mark: list[object] = ["e", ERRORS.get(data[6], "#")]
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


# == The cells ==


def _write(content: bytes, oddities: "dict", out: io.TextIOWrapper) -> "list[object]":  # type: ignore[type-arg]
    """Write each row; returns the sheets. ``oddities``: by a sheet's name or its place."""
    import python_calamine  # noqa: PLC0415 — after the limits are set

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except python_calamine.PasswordError as error:
        raise RefusedError("locked") from error
    head: list[object] = []
    written = 0
    for at, meta in enumerate(book.sheets_metadata):
        if meta.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        odd = oddities.get(at) or oddities.get(meta.name, {})
        rows = 0
        for rows, row in enumerate(_rows_of(book.get_sheet_by_name(meta.name)), start=1):
            line = _json(_plain_row(row, odd.get(rows - 1)))
            written += out.write(f"{line}\n")
            if written > OUTPUT:
                raise RefusedError("too_large")
        hidden = meta.visible != python_calamine.SheetVisibleEnum.Visible
        head.append({"name": meta.name, "hidden": hidden, "rows": rows})
    return head


def _rows_of(sheet: object) -> "Iterator[list]":  # type: ignore[type-arg]
    end = sheet.end  # type: ignore[attr-defined]
    if end is None:
        return iter(())
    if end[0] >= ROWS or end[1] >= COLUMNS:
        raise RefusedError("too_large")
    # The reader leaves out the columns before the first cell.
    return ([""] * (end[1] + 1 - len(row)) + row for row in sheet.iter_rows())  # type: ignore[attr-defined]


def _plain_row(row: list, odd: "dict[int, list] | None") -> list:  # type: ignore[type-arg]
    cells = [(cell or None) if type(cell) is str else _plain(cell) for cell in row]
    for at, mark in (odd or {}).items():
        cells += [None] * (at + 1 - len(cells))
        if mark[0] == "f":
            mark[2] = mark[2] if mark[2] is None or isinstance(mark[2], list) else cells[at]
        cells[at] = mark
    return cells


def _plain(cell: object) -> object:
    if cell is None or cell == "":
        return None
    if isinstance(cell, float) and not math.isfinite(cell):
        return ["e", "#NUM!"]
    if isinstance(cell, bool | int | float | str):
        return cell
    if isinstance(cell, dt.datetime):
        return ["t", cell.isoformat()]
    if isinstance(cell, dt.date):
        return ["d", cell.isoformat()]
    return str(cell)


if __name__ == "__main__":
    main()
