"""Tables out: workbooks and text tables that are safe to open.

Text stays text (no cell of ours is ever a formula or a link), rare characters come out whole.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain, islice
from typing import Literal

import xlsxwriter
from django.utils import timezone
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from unionhall.base.printed_sheets import PrintedPage, lay_out
from unionhall.base.written_text import without_invisible

LONGEST_PROPERTY = 255  # characters
LONGEST_TEXT = 32_767  # what one cell of a workbook holds, in units of UTF-16
LONGEST_SHEET_NAME = 31  # in every spreadsheet program; a file may still claim more
ROWS_OF_A_SHEET = 1_048_576
RUN_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
FORMATS = {"integer": "0", "number": "0.00", "date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm"}
_NOT_IN_SHEET_NAMES = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff\[\]:*?/\\]")
_RESERVED = "history"  # no sheet of Excel may have this name
_FIRST_DAY = date(1900, 1, 1)  # of which a workbook knows; an earlier one is written as text
_RICH = ("<r>", "</r>")

Kind = Literal["text", "integer", "number", "date", "datetime"]
Written = str | float | date | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column to be written. ``width`` in characters of the standard font."""

    heading: str
    kind: Kind = "text"
    width: float = 14


@dataclass(frozen=True, slots=True)
class SheetToWrite:
    """One sheet to be written: rows have a value, or ``None``, for each column."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Written]]
    printed: PrintedPage | None = None


def write_xlsx(
    *sheets: SheetToWrite, properties: Callable[[], Mapping[str, str]] | None = None
) -> bytes:
    """A workbook with a frozen header on every sheet. Times are written in local time.

    Each value is written by its column's kind, so text that begins with ``=`` stays text, also
    when somebody edits its cell. Rows beyond what a sheet holds go on in another one. ``properties``,
    those of the document, are asked for after the last row: ``title``, ``subject``, ``author``, ``comments``.
    """
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        usual, to_sign = _looks(book), _looks(book, text_wrap=True, valign="vcenter")
        for sheet in chain.from_iterable(map(_as_many_as_needed, sheets)):
            is_signed = sheet.printed and sheet.printed.rows
            page = _write_sheet(book, sheet, to_sign if is_signed else usual)
            if sheet.printed:
                widths = [column.width for column in sheet.columns]
                lay_out(book, page, sheet.printed, widths=widths)
        if properties:
            book.set_properties({name: _plain(text) for name, text in properties().items()})
    return out.getvalue()


def _plain(text: str) -> str:
    """What may stand in the XML of a document's properties, and be read in a program's window."""
    return _whole(" ".join(without_invisible(text).split()))[:LONGEST_PROPERTY]


def _looks(book: xlsxwriter.Workbook, **more: object) -> dict[str, Format]:
    looks = {kind: book.add_format({"num_format": as_, **more}) for kind, as_ in FORMATS.items()}
    looks["text"] = book.add_format({"num_format": "@", **more})
    looks["head"] = book.add_format(
        {"num_format": "@", "bold": True, "bottom": 1, "valign": "top", "text_wrap": True}
    )
    return looks


def _as_many_as_needed(sheet: SheetToWrite) -> Iterator[SheetToWrite]:
    """The same rows on sheets that hold them; all but the first have a number behind the name."""
    rows, number = iter(sheet.rows), 1
    first: list[Sequence[Written]] = []
    while first or number == 1:
        part = islice(chain(first, rows), ROWS_OF_A_SHEET - 1)
        ending = f" ({number})" if number > 1 else ""
        name = sheet_name(sheet.name)[: LONGEST_SHEET_NAME - len(ending)] + ending
        yield replace(sheet, name=name, rows=part)
        first, number = list(islice(rows, 1)), number + 1


def _write_sheet(
    book: xlsxwriter.Workbook, sheet: SheetToWrite, looks: dict[str, Format]
) -> Worksheet:
    page = book.add_worksheet(sheet_name(sheet.name))
    page.freeze_panes(1, 0)
    for at, column in enumerate(sheet.columns):
        page.set_column(at, at, column.width, looks[column.kind])
        write_text(page, 0, at, str(column.heading), looks["head"])
    for row, values in enumerate(sheet.rows, start=1):
        for at, (column, value) in enumerate(zip(sheet.columns, values, strict=True)):
            if value is not None:
                _write_value(page, row, at, value, looks[column.kind])
    return page


def _write_value(page: Worksheet, row: int, at: int, value: Written, form: Format) -> None:
    if isinstance(value, str):  # first, for most are
        write_text(page, row, at, value, form)
    elif isinstance(value, datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        page.write_datetime(row, at, local.replace(tzinfo=None), form)
    elif isinstance(value, date) and value >= _FIRST_DAY:
        page.write_datetime(row, at, value, form)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        page.write_number(row, at, value, form)
    else:
        write_text(page, row, at, str(value), form)


def write_text(page: Worksheet, row: int, at: int, text: str, form: Format | None = None) -> None:
    """``text`` as text, whatever it looks like; what a cell cannot hold is cut, which ``…`` shows."""
    text = _whole(text)
    if text.startswith(_RICH[0]) and text.endswith(_RICH[1]):
        # XlsxWriter takes this for XML of its own making and would put it in as it is.
        page.write_rich_string(row, at, text[0], text[1], text[2:], form)
    else:
        page.write_string(row, at, text, form)


def _whole(text: str) -> str:
    """Text that a cell can hold: no half of a pair, no longer than the format allows."""
    text = text.encode("utf-8", "replace").decode()
    text = text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")  # no characters of XML
    if len(text) <= LONGEST_TEXT // 2:  # a character is two units at most
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_TEXT:
        return text
    return units[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", "ignore") + "…"


def sheet_name(name: str) -> str:
    """A name that a sheet may have, as close to ``name`` as can be."""
    plain = _NOT_IN_SHEET_NAMES.sub(" ", str(name)).strip("' ")[:LONGEST_SHEET_NAME].strip("' ")
    return plain if plain and plain.lower() != _RESERVED else f"{plain}1"


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A csv that Chinese spreadsheet programs open right (UTF-8 with BOM).

    Text that a program would run as a formula begins with an apostrophe, in headings, too;
    ``text_tables`` takes it away again. A program whose list separator is no comma may still see
    cells that begin in the middle of ours: whoever fears that takes the workbook.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows(
        [_harmless(cell) if isinstance(cell, str) else cell for cell in row]
        for row in chain([headings], rows)
    )
    return out.getvalue().encode("utf-8-sig", "replace")


def _harmless(text: str) -> str:
    return f"'{text}" if text.lstrip("'").startswith(RUN_AS_FORMULA) else text
