"""Days as the civil code counts them (民法典, book one, ch. 10).

The day on which a term begins is not counted (art. 201), and a last day that is a day of rest moves to the first working
day behind it (art. 203).

Which days are worked the State Council says year by year; ``chinesecalendar`` has its notices. Behind the last one
nobody knows, and neither does this file: ``CalendarUnknownError``, never a guess.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from dataclasses import dataclass
from enum import StrEnum

from chinese_calendar import is_workday
from chinese_calendar.constants import holidays, workdays

from unionhall.base.wording import Text

ONE_DAY = dt.timedelta(days=1)


class CalendarUnknownError(LookupError):
    """Whether ``day`` is worked was not announced yet."""

    def __init__(self, day: dt.date) -> None:
        super().__init__(f"Nobody has said yet which days of {day.year} are worked.")
        self.day = day


class Unit(StrEnum):
    """What a term is counted in."""

    DAYS = "days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"


@dataclass(frozen=True)
class Term:
    """So many units, and where that is written: a law, or the house's own promise."""

    number: int
    unit: Unit
    source: Text

    def last_day(self, begun: dt.date) -> dt.date:
        """The last day of the term that began on ``begun``; raises ``CalendarUnknownError``."""
        if self.unit is Unit.WORKING_DAYS:
            return working_days_after(begun, self.number)
        if self.unit is Unit.MONTHS:
            return rolled(months_after(begun, self.number))
        return rolled(begun + self.number * ONE_DAY)


def known_until() -> dt.date:
    """The last day of which it is known whether it is worked: the year's end of the newest notice."""
    return dt.date(max(*holidays, *workdays).year, 12, 31)


def is_worked(day: dt.date) -> bool:
    """Whether ``day`` is a working day; raises ``CalendarUnknownError`` where that was not announced yet."""
    if day > known_until():
        raise CalendarUnknownError(day)
    return bool(is_workday(day))


def working_days_after(begun: dt.date, number: int) -> dt.date:
    """The ``number``-th working day behind ``begun``, which is not counted itself (art. 201)."""
    day, left = begun, number
    while left:
        day += ONE_DAY
        left -= is_worked(day)
    return day


def months_after(begun: dt.date, number: int) -> dt.date:
    """The same day of the month so many months later; where that month has none, its last (art. 202)."""
    months = begun.month - 1 + number
    year, month = begun.year + months // 12, months % 12 + 1
    return dt.date(year, month, min(begun.day, monthrange(year, month)[1]))


def rolled(day: dt.date) -> dt.date:
    """``day``, or the first working day behind it if it is one of rest (art. 203)."""
    while not is_worked(day):
        day += ONE_DAY
    return day
