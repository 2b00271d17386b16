"""Spreadsheets in and out, safely.

In: a workbook is opened by a child process with capped memory, CPU and time; text is decoded
strictly. Out, beside ``written_tables``: the sender's own table with the reasons beside its rows.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from signal import SIGXCPU
from typing import overload

import orjson
import xlsxwriter

from unionhall.base.tables import (
    EPOCH_1900,
    EPOCH_1904,
    Cell,
    CellError,
    Formula,
    Row,
    Sheet,
    as_text,
)
from unionhall.base.text_tables import decoded, rows_of
from unionhall.base.typed_records import ENDING as RECORDS_ENDING
from unionhall.base.typed_records import checked_lines
from unionhall.base.unreadable import UnreadableFile
from unionhall.base.written_tables import (
    FORMATS,
    LONGEST_SHEET_NAME,
    Column,
    Kind,
    SheetToWrite,
    Written,
    sheet_name,
    write_csv,
    write_text,
    write_xlsx,
)

MAX_BYTES = 20 << 20
WALL_SECONDS = 60
CHILD = Path(__file__).with_name("spreadsheet_child.py")
TEXT_ENDINGS = (".csv", ".txt", ".tsv", ".tab")
_WEB_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype html|html|table|head|meta)\b", re.IGNORECASE)
SPACE = 0x20

__all__ = [
    "Column",
    "Kind",
    "SheetToWrite",
    "UnreadableFile",
    "Written",
    "annotated",
    "read_workbook",
    "write_csv",
    "write_xlsx",
]


def read_workbook(content: bytes, *, name: str) -> list[Sheet]:
    """The sheets of an xlsx, an old xls, a table of text or of JSON lines; ``UnreadableFile``.

    ``name`` is the file's own name: it only decides whether text is a table. Rows are decoded
    as they are read. Dates come as dates, blank cells as ``None``; a csv has text only.
    """
    if not content.strip(b"\0 \t\r\n"):
        raise UnreadableFile("empty")
    if len(content) > MAX_BYTES:
        raise UnreadableFile("too_many_bytes")
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return _from_workbook(content)
    if _WEB_PAGE.match(content):
        raise UnreadableFile("web_page")
    if name.lower().endswith(RECORDS_ENDING):
        return [Sheet(Path(name).stem[:LONGEST_SHEET_NAME], _JsonRows(checked_lines(content)))]
    if not name.lower().endswith(TEXT_ENDINGS):
        raise UnreadableFile("not_a_workbook" if _is_binary(content) else "text_inside")
    return [Sheet(Path(name).stem[:LONGEST_SHEET_NAME], rows_of(decoded(content)))]


def _is_binary(content: bytes) -> bool:
    head = content[:512]
    return head.startswith(b"%PDF") or any(byte < SPACE and byte not in b"\t\r\n" for byte in head)


def _from_workbook(content: bytes) -> list[Sheet]:
    try:
        child = subprocess.run(  # noqa: S603 — our own program; the file goes to its input
            [sys.executable, "-I", str(CHILD)],
            input=content,
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile("too_long") from error
    body, _newline, last = child.stdout.rpartition(b"\n")
    if child.returncode or not last:  # a limit ended it: CPU (SIGXCPU) or memory (abort)
        raise UnreadableFile("too_long" if child.returncode == -SIGXCPU else "too_large")
    told = json.loads(last)
    if "refused" in told:
        raise UnreadableFile(told["refused"])
    lines = body.split(b"\n")
    epoch = EPOCH_1904 if told["epoch_1904"] else EPOCH_1900
    sheets, start = [], 0
    for one in told["sheets"]:
        rows = _JsonRows(lines[start : start + one["rows"]])
        name = one["name"][:LONGEST_SHEET_NAME]
        sheets.append(Sheet(name, rows, epoch, hidden=one["hidden"]))
        start += one["rows"]
    return sheets


class _JsonRows(Sequence[Row]):
    """Rows kept as the child wrote them and decoded when asked for: a tenth of the memory."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        if isinstance(at, slice):
            return _JsonRows(self._lines[at])
        told = orjson.loads(self._lines[at])
        return [_cell(cell) if type(cell) is list else cell for cell in told]

    def __iter__(self) -> Iterator[Row]:
        return (self[at] for at in range(len(self)))


def _cell(told: str | float | list[str] | None) -> Cell:
    if not isinstance(told, list):
        return told
    kind, text = told[0], told[1]
    if kind == "d":
        return date.fromisoformat(text)
    if kind == "t":
        return datetime.fromisoformat(text)
    if kind == "e":
        return CellError(text)
    value = _cell(told[2])
    return Formula(text, None if isinstance(value, Formula) else value)


_COLOURED = "#FFE3E0"  # light enough for black text; the reason beside it says the same in words
_NOTE_WIDTH = 60
_NARROWEST, _WIDEST = 6, 40  # of the sender's columns, in half-width characters
_MEASURED = 200  # rows that tell how wide a column is
_SHOWN_WHOLE = 10**11  # from here on a program shows a number as 1.1E+11
_FIRST_DAY = date(1904, 1, 2)  # both epochs count from before it


def annotated(
    content: bytes, *, name: str, notes: Mapping[tuple[str, int], str], heading: str
) -> bytes:
    """The sender's own table as xlsx, with a column at its right for what is wrong with a row.

    ``notes``: (sheet, row as the spreadsheet program shows it) -> words; such rows are coloured.
    Sheets, rows, columns and values stay where and what they are, hidden sheets hidden; of a
    formula its stored value, so nothing is computed. ``heading`` stands in row 1 of the new
    column; a column that an earlier round left there is replaced. Raises ``UnreadableFile``.
    """
    sheets = read_workbook(content, name=name)
    beside: dict[str, dict[int, str]] = {}
    for (noted, row), text in notes.items():
        beside.setdefault(noted, {})[row] = text
    out = io.BytesIO()
    options = {"in_memory": True, "date_1904": any(one.epoch == EPOCH_1904 for one in sheets)}
    with xlsxwriter.Workbook(out, options) as book:
        looks = {colour: _looks(book, colour) for colour in ("", _COLOURED)}
        for sheet, plain in zip(sheets, _sheet_names(sheets), strict=True):
            page = book.add_worksheet(plain)
            if sheet.hidden and not all(one.hidden for one in sheets):
                page.hide()
            _annotate(page, sheet, beside.get(sheet.name, {}), heading, looks)
        for page, sheet in zip(book.worksheets(), sheets, strict=True):
            if not sheet.hidden:
                page.activate()
                page.set_first_sheet()
                break
    return out.getvalue()


def _looks(book: xlsxwriter.Workbook, colour: str) -> dict[str, xlsxwriter.format.Format]:
    kinds = {**FORMATS, "text": "@", "integer": "0", "number": "General", "note": "@"}
    fill = {"bg_color": colour} if colour else {}
    looks = {kind: book.add_format({"num_format": as_, **fill}) for kind, as_ in kinds.items()}
    looks["note"].set_text_wrap()
    return looks


def _sheet_names(sheets: Sequence[Sheet]) -> list[str]:
    """Names that a workbook can hold; two that would be one get a number."""
    names: dict[str, str] = {}
    for sheet in sheets:
        plain, at = sheet_name(sheet.name), 1
        while plain.casefold() in names:
            at += 1
            plain = f"{sheet_name(sheet.name)[: LONGEST_SHEET_NAME - 4]} {at}"
        names[plain.casefold()] = plain
    return list(names.values())


def _annotate(
    page: xlsxwriter.worksheet.Worksheet,
    sheet: Sheet,
    notes: Mapping[int, str],
    heading: str,
    looks: Mapping[str, Mapping[str, xlsxwriter.format.Format]],
) -> None:
    head = list(sheet.rows[0]) if len(sheet.rows) else []
    last = head.index(heading) if heading in head else max(map(len, sheet.rows), default=0)
    widths = [_NARROWEST] * last
    for at, row in enumerate(sheet.rows):
        note = notes.get(at + 1, "")
        look = looks[_COLOURED if note else ""]
        for column, cell in enumerate(row[:last]):
            if cell is not None or note:
                _write_cell(page, at, column, cell, look)
            if at < _MEASURED:
                widths[column] = max(widths[column], _width(cell))
        if note:
            write_text(page, at, last, note, look["note"])
    for column, width in enumerate(widths):
        page.set_column(column, column, min(width, _WIDEST), looks[""]["text"])
    if notes:
        page.set_column(last, last, _NOTE_WIDTH)
        write_text(page, 0, last, "\n".join(filter(None, [heading, notes.get(1)])))


def _write_cell(
    page: xlsxwriter.worksheet.Worksheet,
    row: int,
    at: int,
    cell: Cell,
    look: Mapping[str, xlsxwriter.format.Format],
) -> None:
    """Write a cell as what it is."""
    value = cell.value if isinstance(cell, Formula) else cell
    if isinstance(cell, Formula) and value is None:
        value = f"={cell.text}"
    if value is None:
        page.write_blank(row, at, None, look["text"])
    elif isinstance(value, bool):
        page.write_boolean(row, at, value, look["number"])
    elif isinstance(value, int | float):
        kind = "integer" if float(value).is_integer() and abs(value) >= _SHOWN_WHOLE else "number"
        page.write_number(row, at, value, look[kind])
    elif isinstance(value, date) and date(*value.timetuple()[:3]) >= _FIRST_DAY:
        kind = "datetime" if isinstance(value, datetime) else "date"
        page.write_datetime(row, at, value, look[kind])
    else:
        write_text(page, row, at, as_text(value), look["text"])


def _width(cell: Cell) -> int:
    """In half-width characters: a Chinese one is two."""
    return len(as_text(cell).encode("gb18030", "replace"))


REPORT_HEADINGS = ("sheet", "row", "verdict", "reason_codes", "normalisations", "warnings")


def write_report(
    rows: Iterable[tuple[str, int, str, Sequence[str], Sequence[str], Sequence[str]]],
) -> bytes:
    """The report on an import, a line for each row; several codes are joined by ``;``."""
    return write_csv(
        REPORT_HEADINGS,
        ([sheet, row, verdict, *map(";".join, codes)] for sheet, row, verdict, *codes in rows),
    )
