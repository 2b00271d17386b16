"""Which part of a roll is meant: all conditions must hold, and of one condition any of its values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, NamedTuple


class Band(NamedTuple):
    """Ages in whole years; both ends belong to it, ``None`` is no end."""

    youngest: int | None
    oldest: int | None


AGES: Final = {
    "to24": Band(None, 24),
    "25to34": Band(25, 34),
    "35to44": Band(35, 44),
    "45to54": Band(45, 54),
    "from55": Band(55, None),
}


@dataclass(frozen=True)
class Conditions:
    """What is asked of a membership, its person and its union; what is empty is not asked.

    ``query``: a part of the name, or a whole number. ``ages``: keys of ``AGES``. ``industries``: letters of
    GB/T 4754-2017. ``has_login``: whether she has bound one.
    """

    query: str = ""
    standings: tuple[str, ...] = ()
    sexes: tuple[str, ...] = ()
    ages: tuple[str, ...] = ()
    skill_grades: tuple[int, ...] = ()
    employments: tuple[str, ...] = ()
    front_line: bool | None = None
    has_login: bool | None = None
    industries: tuple[str, ...] = ()
    holdings: tuple[str, ...] = ()


class Born(NamedTuple):
    """Behind the first day, up to the last one; ``None`` is no bound."""

    after: dt.date | None
    until: dt.date | None


def born_in(band: Band, *, on: dt.date) -> Born:
    """When somebody was born who is of these ages on a day; she is a year older from her birthday on."""
    after = None if band.oldest is None else years_before(on, band.oldest + 1)
    until = None if band.youngest is None else years_before(on, band.youngest)
    return Born(after, until)


def years_before(day: dt.date, years: int) -> dt.date:
    """The same day so many years before; the last of February for a 29th that was none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
