"""A table given back to its sender, with the reasons beside the rows that were not taken.

A workbook of today is mended in place, by the program that opens files of unknown origin; any
other table, and a workbook of an unusual shape, is written anew.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import xlsxwriter

from unionhall.base.spreadsheets import CHILD, WALL_SECONDS, read_workbook
from unionhall.base.tables import EPOCH_1904, Cell, Formula, Sheet, as_text
from unionhall.base.unreadable import UnreadableFile
from unionhall.base.written_tables import FORMATS, LONGEST_SHEET_NAME, sheet_name, write_text

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

    ``notes``: (sheet, row as the spreadsheet program shows it) -> words. Sheets, rows, columns
    and values stay where and what they are, and what is hidden stays hidden; of a formula its
    stored value, so nothing is computed. ``heading`` stands in row 1 of the new column; a column
    that an earlier round left there is replaced. Raises ``UnreadableFile``.
    """
    beside: dict[str, dict[int, str]] = {}
    for (sheet, row), text in notes.items():
        beside.setdefault(sheet, {})[row] = text
    in_place = _in_place(content, beside, heading) if content.startswith(b"PK") else b""
    return in_place or _written_anew(read_workbook(content, name=name), beside, heading)


def _in_place(content: bytes, beside: Mapping[str, Mapping[int, str]], heading: str) -> bytes:
    """Empty when the file is not to be mended in place, for whatever reason."""
    notes = {sheet: list(rows.items()) for sheet, rows in beside.items()}
    asked = json.dumps({"notes": notes, "heading": heading}).encode()
    try:
        child = subprocess.run(  # noqa: S603 — our own program; the file goes to its input
            [sys.executable, "-I", str(CHILD), "beside"],
            input=asked + b"\n" + content,
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile("too_long") from error
    whole = child.returncode == 0 and child.stdout.startswith(b"PK")
    return child.stdout if whole else b""


# == Written anew ==


def _written_anew(
    sheets: Sequence[Sheet], beside: Mapping[str, Mapping[int, str]], heading: str
) -> bytes:
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
