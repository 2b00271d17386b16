"""Rows as a program pushes them, heading -> cell, and the pages that are kept of them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

Cell: TypeAlias = str | int | float
Row: TypeAlias = Mapping[str, object]  # of cells, once ``odd_cell`` found none that is odd

# The limits of one push, and of a file: see ``base.text_tables`` and ``base.spreadsheets``.
MAX_PAGES = 2000
ROWS_A_PAGE = 1000
MAX_ROWS = 199_999  # a header stands above them
MAX_COLUMNS = 256
LONGEST_HEADING = 200
EXACT = 2**53  # from here on a spreadsheet's number, and JavaScript's, has lost digits


class OddCell(NamedTuple):
    """What cannot stand in a row: which one, counted from 1 on its page, under which heading."""

    row: int
    heading: str
    kind: str  # bool null nested number heading columns


def odd_cell(rows: Iterable[Row]) -> OddCell | None:
    """The first cell that is neither text nor a number, or heading that is none."""
    for at, row in enumerate(rows, start=1):
        if len(row) > MAX_COLUMNS:
            return OddCell(at, "", "columns")
        for heading, cell in row.items():
            kind = "" if 0 < len(heading) <= LONGEST_HEADING else "heading"
            kind = kind or _odd_kind(cell)
            if kind:
                return OddCell(at, heading[:LONGEST_HEADING], kind)
    return None


def _odd_kind(cell: object) -> str:
    if isinstance(cell, str):
        return ""
    if isinstance(cell, bool):
        return "bool"
    if isinstance(cell, int):
        return "" if abs(cell) <= 10**300 else "number"
    if isinstance(cell, float):
        return "" if math.isfinite(cell) else "number"
    return "null" if cell is None else "nested"


def as_page(rows: Sequence[Row]) -> str:
    """Rows as one page of JSON: the headings as they first occur, then the cells of each row."""
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    records = [[_kept(row.get(heading)) for heading in headings] for row in rows]
    written = json.dumps([headings, *records], ensure_ascii=False, separators=(",", ":"))
    return written.encode("utf-8", "replace").decode()  # half of a pair is no character


def _kept(cell: object) -> object:
    """A number as a spreadsheet keeps it; white space as nothing, as of every file."""
    if isinstance(cell, str):
        return cell if cell.strip() else None
    return float(cell) if isinstance(cell, int) and abs(cell) > EXACT else cell


def headings_of_page(written: str) -> list[str]:
    """The headings that stand on it."""
    headings: list[str] = json.loads(written)[0]
    return headings


def rows_of_page(written: str) -> list[dict[str, Cell]]:
    """The rows of a page, without blank cells."""
    headings, *records = json.loads(written)
    return [
        {heading: cell for heading, cell in zip(headings, record, strict=True) if cell is not None}
        for record in records
    ]
