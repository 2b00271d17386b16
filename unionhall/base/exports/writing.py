"""A list as a file, with the mark of who took it, when and what for."""

from __future__ import annotations

import codecs
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from unionhall.base.exports.lists import ListColumn, ListToExport
from unionhall.base.exports.models import Export
from unionhall.base.printed_sheets import PrintedPage
from unionhall.base.written_tables import Column, SheetToWrite, Written, write_csv, write_xlsx

Row = TypeVar("Row")


def mark_of(export: Export, who: str, narrowed: str) -> str:
    """One sentence; ``who`` took it along, ``narrowed`` to a part of the list."""
    words = _("{who}导出，{at:%Y-%m-%d %H:%M}，用途：{purpose}，第 {number} 号，{rows:,} 行")
    mark = words.format(
        who=who,
        at=timezone.localtime(export.asked_at),
        purpose=export.get_purpose_display(),
        number=export.pk,
        rows=export.rows,
    )
    return _("{mark}，条件：{narrowed}").format(mark=mark, narrowed=narrowed) if narrowed else mark


def file_of(
    export: Export,
    listed: ListToExport[Row],
    rows: Iterable[Row],
    *,
    who: str,
    mark: Callable[[], str],
) -> bytes:
    """The chosen columns of ``rows``, typed. ``mark`` is asked for after the last row.

    In a workbook it is head and foot of each printed page, a sheet behind the list, so that the list
    still begins in the first row, and stands in the properties of the document, with ``who`` as its
    author; a csv has no such places, there it is the first line.
    """
    columns = listed.picked(export.columns)
    readers = [column.reader() for column in columns]
    values = ([read(row) for read in readers] for row in rows)
    if export.format == Export.Format.CSV:
        return _text_table([str(column.heading) for column in columns], values, mark)
    printed = PrintedPage(lazy(mark, str)(), rows=listed.rows_on_a_page)
    sheet = SheetToWrite(str(listed.title), [_as_written(one) for one in columns], values, printed)
    behind = SheetToWrite(_("来历"), [Column(_("来历"), width=100)], _once(mark))

    def properties() -> dict[str, str]:
        purpose = str(export.get_purpose_display())
        return {"title": export.title, "subject": purpose, "author": who, "comments": mark()}

    return write_xlsx(sheet, behind, properties=properties)


def _text_table(
    headings: Sequence[str], rows: Iterable[Sequence[Written]], mark: Callable[[], str]
) -> bytes:
    below = write_csv(headings, ([_in_csv(value) for value in row] for row in rows))
    return write_csv([mark()], []) + below.removeprefix(codecs.BOM_UTF8)


def _once(mark: Callable[[], str]) -> Iterator[Sequence[Written]]:
    yield [mark()]


def _as_written(column: ListColumn[Row]) -> Column:
    return Column(str(column.heading), column.kind, column.width)


def _in_csv(value: Written) -> object:
    """Dates as a spreadsheet program reads them; numbers stay numbers."""
    if isinstance(value, dt.datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        return f"{local:%Y-%m-%d %H:%M}"
    return "" if value is None else value
