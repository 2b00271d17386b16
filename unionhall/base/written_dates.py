"""Days as people and spreadsheets write them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from unionhall.base.tables import EPOCH_1900, Cell
from unionhall.base.written_text import to_half_width, without_invisible

_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_DAY = re.compile(
    r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})[日号]?(?: ?\d\d?:\d\d(?::\d\d)?(?:\.\d+)?)?"
)
_DAY_8 = re.compile(r"(\d{4})(\d\d)(\d\d)")
_MONTH = re.compile(r"(\d{4})[-./年](\d{1,2})月?")
_MONTH_6 = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])")
_AMBIGUOUS = re.compile(r"\d{1,2}[-./年月]\d{1,2}[-./月日]\d{1,4}[日号]?")
_SERIAL_TEXT = re.compile(r"[1-6]\d{4}")  # a serial that a csv shows as it is: 1927 to 2091
REMEMBERED = 1 << 15
_LAST_SERIAL = 110_000  # the year 2201: a larger number is a date written without dots


_FIRST_YEAR, _LAST_YEAR = (
    1900,
    2100,
)  # as serials they are days of 1905, when nobody on a roll was born


class WrittenDay(NamedTuple):
    """A day (the first of the month when only that was written), how it was written, or why not."""

    day: date | None = None
    how: Literal["", "text", "serial"] = ""
    month_only: bool = False
    problem: Literal["", "ambiguous", "invalid"] = ""


BLANK = WrittenDay()
INVALID = WrittenDay(problem="invalid")


@lru_cache(REMEMBERED, typed=True)  # few days are somebody's only one
def read_day(cell: Cell, epoch: date = EPOCH_1900) -> WrittenDay:
    """Read a cell as a day; a blank cell gives no day and no problem.

    Date cells and ISO text are ``how=""``. ``epoch`` is the day 0 of the workbook's serials.
    """
    if isinstance(cell, datetime):
        return WrittenDay(cell.date())
    if isinstance(cell, date):
        return WrittenDay(cell)
    if cell is None:
        return BLANK
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return INVALID
    if isinstance(cell, str) and _SERIAL_TEXT.fullmatch(cell.strip()):
        return _from_number(int(cell), epoch)
    return _from_text(cell) if isinstance(cell, str) else _from_number(cell, epoch)


def _from_number(number: float, epoch: date) -> WrittenDay:
    if _FIRST_YEAR <= number < _LAST_YEAR:
        return _from_year_and_month(number)
    if 1 <= number <= _LAST_SERIAL:
        return WrittenDay(epoch + timedelta(days=int(number)), "serial")
    return _from_text(f"{number:.0f}") if number % 1 == 0 else INVALID


def _from_year_and_month(number: float) -> WrittenDay:
    """2019.3 typed as a number is no day of 1905. 2019.1 may have been 2019.10; 2019 says too little."""
    written = f"{number:.10g}"
    return WrittenDay(problem="ambiguous") if written.endswith(".1") else _from_text(written)


def _from_text(written: str) -> WrittenDay:
    text = re.sub(r"\s+", " ", without_invisible(to_half_width(written))).strip()
    if not text:
        return BLANK
    if found := _DAY.fullmatch(text) or _DAY_8.fullmatch(text):
        how: Literal["", "text"] = "" if _ISO.fullmatch(written) else "text"
        return _day(found.groups(), how, month_only=False)
    if found := _MONTH.fullmatch(text) or _MONTH_6.fullmatch(text):
        return _day((*found.groups(), "1"), "text", month_only=True)
    return WrittenDay(problem="ambiguous" if _AMBIGUOUS.fullmatch(text) else "invalid")


def _day(
    parts: tuple[str | None, ...], how: Literal["", "text"], *, month_only: bool
) -> WrittenDay:
    year, month, day = (int(part or 0) for part in parts)
    try:
        return WrittenDay(date(year, month, day), how, month_only)
    except ValueError:
        return INVALID
