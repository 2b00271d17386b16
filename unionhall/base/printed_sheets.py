"""How a sheet of a workbook looks on paper."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
MARGIN = 0.4  # inches
PRINTED_WIDTH = 7.4  # inches of A4 between the margins
# Pixels, 96 to an inch, in a program that has not the standard font and takes a wider one.
WIDTH_OF_A_CHARACTER, BESIDE_IT = 10, 5


@dataclass(frozen=True, slots=True)
class PrintedPage:
    """``mark`` stands at head and foot of each page; ``rows`` are printed on one.

    The mark is read after the rows were written, so that it may be lazy and tell of them.

    With ``rows`` the sheet is for signing by hand: a grid of lines high enough for it.
    """

    mark: Text
    rows: int = 0


def lay_out(
    book: Workbook, page: Worksheet, printed: PrintedPage, *, widths: Sequence[float]
) -> None:
    """After the rows were written: paper, head and foot, where a page ends. ``widths`` of its columns."""
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
    scale = _scale(widths)
    page.set_margins(MARGIN, MARGIN)
    page.set_print_scale(scale)
    page.set_default_row(HIGH_ENOUGH * 100 / scale)
    grid = {"type": "formula", "criteria": "=TRUE", "format": book.add_format({"border": 1})}
    page.conditional_format(0, 0, last, len(widths) - 1, grid)


def _scale(widths: Sequence[float]) -> int:
    """Per cent at which all columns are on one page: such a scale leaves our page ends alone."""
    pixels = sum(int(width * WIDTH_OF_A_CHARACTER) + BESIDE_IT for width in widths)
    return max(10, min(100, int(100 * PRINTED_WIDTH * 96 / pixels)))


def _plain(mark: str) -> str:
    """In head and foot ``&`` begins a code, and XlsxWriter takes a doubled one for a picture."""
    units = NO_MARK.sub(" ", mark.replace("&", "＆")).encode("utf-16-le")
    return units[: 2 * LONGEST_MARK].decode("utf-16-le", "ignore")
