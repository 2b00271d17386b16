"""When a term of office ends, and when to say so."""

from __future__ import annotations

import datetime as dt

TERMS = (
    3,
    5,
)  # years: a committee of the grassroots three or five, above five (Trade Union Law 16)
REMINDED_BEFORE = 90  # days: a re-election is prepared, reported upwards and announced in these


def ends_on(held_on: dt.date, years: int) -> dt.date:
    """The same day so many years later; of 29 February the last of the month."""
    try:
        return held_on.replace(year=held_on.year + years)
    except ValueError:
        return dt.date(held_on.year + years, 2, 28)
