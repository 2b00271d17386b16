"""How often something was done in a window of time; the row decides who is over."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.db.models import F

from unionhall.people.accounts.models import Tally


def count_one(key: str, *, most: int, until: dt.datetime) -> bool:
    """Count one more under ``key``, which names the window; false when there were ``most`` already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_tally AS tally (key, count, forget_at) VALUES (%s, 1, %s)"
            " ON CONFLICT (key) DO UPDATE SET count = tally.count + 1 WHERE tally.count < %s",
            [key, until, most],
        )
        return bool(cursor.rowcount)


def count_one_less(key: str) -> None:
    """Take back one that was counted in this transaction."""
    Tally.objects.filter(key=key).update(count=F("count") - 1)
