from __future__ import annotations

import datetime as dt

import pytest

from unionhall.base.days import (
    CalendarUnknownError,
    Term,
    Unit,
    is_worked,
    known_until,
    months_after,
    rolled,
    working_days_after,
)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("begun", "number", "last"),
    [
        ("2026-11-23", 1, "2026-11-24"),  # Monday: the day itself is not counted
        ("2026-11-20", 1, "2026-11-23"),  # Friday: two days of rest between
        ("2026-11-23", 5, "2026-11-30"),
        ("2026-09-30", 1, "2026-10-08"),  # the National Day holidays are no working days
        ("2026-02-13", 2, "2026-02-24"),  # Saturday the 14th is worked instead of a holiday
    ],
)
def test_working_days_leave_out_the_first_day_and_days_of_rest(begun, number, last):
    assert working_days_after(day(begun), number) == day(last)


@pytest.mark.parametrize(
    ("number", "unit", "begun", "last"),
    [
        (15, Unit.DAYS, "2026-11-03", "2026-11-18"),
        (15, Unit.DAYS, "2026-11-06", "2026-11-23"),  # the 21st is a Saturday: Monday
        (20, Unit.DAYS, "2026-09-11", "2026-10-08"),  # 1 October: the first working day behind
        (1, Unit.MONTHS, "2026-01-31", "2026-02-28"),  # worked, though a Saturday
        (3, Unit.MONTHS, "2026-07-20", "2026-10-20"),
    ],
)
def test_a_last_day_of_rest_moves_to_the_next_working_day(number, unit, begun, last):
    assert Term(number, unit, "").last_day(day(begun)) == day(last)


def test_a_month_ends_on_its_last_day_where_the_day_is_missing():
    assert months_after(day("2026-10-31"), 4) == day("2027-02-28")
    assert months_after(day("2027-10-31"), 4) == day("2028-02-29")
    assert months_after(day("2026-12-15"), 1) == day("2027-01-15")


def test_behind_the_last_notice_nobody_guesses():
    horizon = known_until()
    assert is_worked(horizon) in {True, False}
    with pytest.raises(CalendarUnknownError):
        is_worked(horizon + dt.timedelta(days=1))
    with pytest.raises(CalendarUnknownError):
        working_days_after(horizon, 1)
    with pytest.raises(CalendarUnknownError):
        rolled(horizon + dt.timedelta(days=1))
