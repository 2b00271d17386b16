from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from unionhall.base.invariant import Invariant

WITHOUT_A_MONTH = "SELECT id, at FROM ledger_entry_other ORDER BY id LIMIT 100"
MISSING_MONTHS = """
    SELECT months.entries FROM (
        SELECT 'ledger_entry_' || to_char(date_trunc('month', now() AT TIME ZONE 'UTC')
            + make_interval(months => ahead), 'YYYY_MM') AS entries FROM generate_series(0, 1) AS ahead
    ) AS months WHERE to_regclass(months.entries) IS NULL
"""
SLEEPING_GUARDS = """
    SELECT wanted.name FROM unnest(ARRAY['ledger_refuses_changes', 'ledger_refuses_truncate']) AS wanted (name)
    WHERE NOT EXISTS (
        SELECT FROM pg_trigger WHERE tgname = wanted.name AND tgrelid = 'ledger_entry'::regclass AND tgenabled <> 'D'
    )
"""


def _without_a_month() -> Iterator[str]:
    return (f"entry {entry} of {at:%F}" for entry, at in _rows(WITHOUT_A_MONTH))


def _missing_months() -> Iterator[str]:
    return (str(entries) for (entries,) in _rows(MISSING_MONTHS))


def _sleeping_guards() -> Iterator[str]:
    return (str(trigger) for (trigger,) in _rows(SLEEPING_GUARDS))


def _rows(query: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


INVARIANTS = [
    Invariant("Every entry lies in the partition of its month", _without_a_month),
    Invariant("The ledger has a partition for this month and the next", _missing_months),
    Invariant("The ledger's guards are awake", _sleeping_guards),
]
