"""The program that opens a workbook of unknown origin, in a process of its own.

Reads the file from standard input and writes lines of JSON: first the sheets, then their rows.
It imports nothing of the house and needs no settings; memory and CPU are capped before the
first byte is looked at. A refusal is one line ``{"refused": "<code>"}``.

A cell is ``null``, a text, a number, a truth value, or a pair: ``["d", day]``, ``["t", time]``,
``["e", error]``, ``["f", formula, value]``.
"""

import datetime as dt
import io
import json
import re
import resource
import sys
import zipfile
import zlib
from xml.etree import ElementTree as ET
from xml.parsers import expat

MEMORY = 1 << 30
CPU_SECONDS = 40
INFLATED = 200 << 20
RATIO = 100
SMALL = 1 << 20  # below this the ratio says nothing
ENTRIES = 2_000
ROWS = 200_000
COLUMNS = 256
OUTPUT = 96 << 20
STORED, DEFLATED = 0, 8
ENCRYPTED = 0x1
CHUNK = 1 << 16
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class RefusedError(Exception):
    """The code that the parent turns into words."""


def main() -> None:
    """Answer on standard output; the exit status is 0 unless a limit ended the process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        _answer(sys.stdin.buffer.read())
    except RefusedError as refusal:
        sys.stdout.write(json.dumps({"refused": str(refusal)}))
    except MemoryError:
        sys.stdout.write(json.dumps({"refused": "too_large"}))
    except (zipfile.BadZipFile, ET.ParseError, expat.ExpatError, KeyError, ValueError):
        sys.stdout.write(json.dumps({"refused": "damaged"}))


def _answer(content: bytes) -> None:
    if content.startswith(OLD_OFFICE):
        raise RefusedError("old_or_locked")
    if not content.startswith(b"PK\x03\x04"):
        raise RefusedError("not_a_workbook")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        _check_directory(archive, len(content))
        _check_streams(archive, content)
        names = archive.namelist()
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            raise RefusedError("macros")
        if "xl/workbook.xml" not in names:
            raise RefusedError("not_a_workbook")
        _write(content, archive)


def _check_directory(archive: zipfile.ZipFile, size: int) -> None:
    entries = archive.infolist()
    if len(entries) > ENTRIES:
        raise RefusedError("bomb")
    declared = sum(entry.file_size for entry in entries)
    if declared > INFLATED or (declared > SMALL and declared > RATIO * size):
        raise RefusedError("bomb")
    for entry in entries:
        if entry.flag_bits & ENCRYPTED:
            raise RefusedError("old_or_locked")
        if entry.compress_type not in {STORED, DEFLATED}:
            raise RefusedError("damaged")


def _check_streams(archive: zipfile.ZipFile, content: bytes) -> None:
    """The directory may lie: count what really comes out, and look for document types."""
    left = INFLATED
    for entry in archive.infolist():
        start = entry.header_offset
        header = content[start : start + 30]
        start += (
            30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        )
        body = memoryview(content)[start : start + entry.compress_size]
        if entry.compress_type == DEFLATED:
            left -= _inflated(body, left, is_xml=entry.filename.endswith((".xml", ".rels")))
        else:
            left -= len(body)
        if left < 0:
            raise RefusedError("bomb")


def _inflated(body: memoryview, most: int, *, is_xml: bool) -> int:
    stream, rest, total, first = zlib.decompressobj(-15), bytes(body), 0, True
    try:
        while not stream.eof and (rest or first):
            chunk = stream.decompress(rest, CHUNK)
            rest = stream.unconsumed_tail
            if first and is_xml and b"<!DOCTYPE" in chunk:
                raise RefusedError("damaged")
            first = False
            total += len(chunk)
            if total > most:
                raise RefusedError("bomb")
            if not chunk and not rest:
                break
    except zlib.error as error:
        raise RefusedError("damaged") from error
    return total


def _write(content: bytes, archive: zipfile.ZipFile) -> None:
    import python_calamine  # noqa: PLC0415 — after the limits are set

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
    except (python_calamine.CalamineError, OSError) as error:
        raise RefusedError("damaged") from error
    visible = python_calamine.SheetVisibleEnum.Visible
    hidden = {meta.name for meta in book.sheets_metadata if meta.visible != visible}
    paths, epoch_1904 = _parts(archive)
    head, lines, written = [], [], 0
    for sheet in sheets:
        _check_extent(sheet)
        odd = _odd_cells(archive, paths.get(sheet.name))
        rows = 0
        for at, row in enumerate(sheet.to_python(skip_empty_area=False)):
            line = json.dumps(_plain_row(row, odd.get(at)), ensure_ascii=False)
            lines.append(line)
            rows += 1
            written += len(line)
            if written > OUTPUT:
                raise RefusedError("too_large")
        head.append({"name": sheet.name, "hidden": sheet.name in hidden, "rows": rows})
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", errors="replace", newline="\n")
    out.write(json.dumps({"sheets": head, "epoch_1904": epoch_1904}, ensure_ascii=False) + "\n")
    out.writelines(f"{line}\n" for line in lines)
    out.flush()


def _check_extent(sheet: object) -> None:
    if sheet.total_height > ROWS or sheet.total_width > COLUMNS:  # type: ignore[attr-defined]
        raise RefusedError("too_large")


def _plain_row(row: list, odd: "dict[int, list] | None") -> list:  # type: ignore[type-arg]
    cells = [_plain(cell) for cell in row]
    for at, mark in (odd or {}).items():
        cells += [None] * (at + 1 - len(cells))
        if mark[0] == "f":
            mark[2] = mark[2] if mark[2] is None or isinstance(mark[2], list) else cells[at]
        cells[at] = mark
    return cells


def _plain(cell: object) -> object:
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool | int | float | str):
        return cell
    if isinstance(cell, dt.datetime):
        return ["t", cell.isoformat()]
    if isinstance(cell, dt.date):
        return ["d", cell.isoformat()]
    return str(cell)


def _parts(archive: zipfile.ZipFile) -> "tuple[dict[str, str], bool]":
    """Where each sheet's XML is, and whether the workbook counts its days from 1904."""
    # No document types get here (_check_streams), so there are no entities to expand.
    book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    relations = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {one.get("Id", ""): one.get("Target", "") for one in relations}
    paths = {}
    for sheet in book.iter(f"{MAIN}sheet"):
        target = targets.get(sheet.get(RELATION, ""), "")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        paths[sheet.get("name", "")] = path
    settings = book.find(f"{MAIN}workbookPr")
    old = settings is not None and settings.get("date1904", "0") in {"1", "true"}
    return paths, old


def _odd_cells(archive: zipfile.ZipFile, path: "str | None") -> "dict[int, dict[int, list]]":  # type: ignore[type-arg]
    """Formulas and errors by row and column, which the fast reader does not tell apart."""
    if path is None or path not in archive.namelist():
        return {}
    xml = archive.read(path)
    if b"<f" not in xml and b't="e"' not in xml:
        return {}
    return _OddCells().read(xml)


class _OddCells:
    """One pass over a sheet's XML."""

    def __init__(self) -> None:
        self.found: dict[int, dict[int, list]] = {}  # type: ignore[type-arg]
        self.place = (0, 0)
        self.kind = ""
        self.formula: str | None = None
        self.value: str | None = None
        self.texts: list[str] | None = None

    def read(self, xml: bytes) -> "dict[int, dict[int, list]]":  # type: ignore[type-arg]
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(xml, True)
        return self.found

    def _start(self, tag: str, attributes: "dict[str, str]") -> None:
        name = tag.rpartition(" ")[2]
        if name == "c":
            self.place = _place(attributes.get("r", ""))
            self.kind = attributes.get("t", "n")
            self.formula = self.value = None
        elif name in {"f", "v"}:
            self.texts = []

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
        row, column = self.place
        if self.formula is not None:
            stored = error or (None if self.value in {None, ""} else True)
            self.found.setdefault(row, {})[column] = ["f", self.formula, stored]
        elif error:
            self.found.setdefault(row, {})[column] = error


def _place(reference: str) -> "tuple[int, int]":
    letters, digits = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", reference).groups()  # type: ignore[union-attr]
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(digits) - 1, column - 1


if __name__ == "__main__":
    main()
