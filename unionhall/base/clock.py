"""The server's clock: the database's, at the moment of asking."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.db.models import DateTimeField, Func


def now_in_database() -> dt.datetime:
    """``clock_timestamp()``: after a lock was waited for, unlike ``now()``, which is when the transaction began."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: dt.datetime = cursor.fetchone()[0]
    return moment


class ClockTimestamp(Func):
    """The same inside a query; it differs from one row to the next."""

    function = "clock_timestamp"
    output_field = DateTimeField()
