"""How a sheet of a workbook looks on paper."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unionhall.base.wording import Text

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

A4 = 9
LONGEST_MARK = 240  # of the 255 units of UTF-16 that head or foot may have
NO_MARK = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]+")
HIGH_ENOUGH = 30  # points, to sign in


@dataclass(frozen=True, slots=True)
class PrintedPage:
    """``mark`` stands at head and foot of each page; ``rows`` are printed on one.

    The mark is read after the rows were written, so that it may be lazy and tell of them.

    With ``rows`` the sheet is for signing by hand: a grid of lines high enough for it.
    """

    mark: Text
    rows: int = 0


def lay_out(book: Workbook, page: Worksheet, printed: PrintedPage, *, columns: int) -> None:
    """After the rows were written: paper, head and foot, where a page ends."""
    mark = _plain(str(printed.mark))
    page.set_paper(A4)
    page.set_header(f"&L {mark}")
    page.set_footer(f"&L {mark}&R&P / &N")
    page.repeat_rows(0)
    if not printed.rows:
        page.fit_to_pages(1, 0)  # which would take away the ends of pages that we set
        return
    last = max(page.dim_rowmax or 0, 1)
    page.set_h_pagebreaks(list(range(1 + printed.rows, last + 1, printed.rows)))
    page.set_default_row(HIGH_ENOUGH)
    grid = {"type": "formula", "criteria": "=TRUE", "format": book.add_format({"border": 1})}
    page.conditional_format(0, 0, last, columns - 1, grid)


def _plain(mark: str) -> str:
    """In head and foot ``&`` begins a code, and XlsxWriter takes a doubled one for a picture."""
    units = NO_MARK.sub(" ", mark.replace("&", "＆")).encode("utf-16-le")
    return units[: 2 * LONGEST_MARK].decode("utf-16-le", "ignore")
