"""The server's clock: the database's, at the moment of asking."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Reading:
    """When something was read from the database, and the database's clock carried on since then.

    Two stamps of this process's own clock, which never jumps: how old a reading is counts from before its question,
    the database's time from when its answer was here. So both err to one side: older than it is, never ahead.
    """

    begun: float
    told: dt.datetime  # by the database's clock, after the reading
    heard: float
    within: dt.timedelta  # its answer was on its way no longer

    @property
    def age(self) -> float:
        """Seconds since it was read, rather too many than too few."""
        return time.monotonic() - self.begun

    @property
    def now(self) -> dt.datetime:
        """By the database's clock: never ahead of it, and behind it by ``within`` at most."""
        return self.told + dt.timedelta(seconds=time.monotonic() - self.heard)


def read_since(begun: float) -> Reading:
    """Of what was just read; the process's clock stood at ``begun`` before the question."""
    asked = time.monotonic()
    told = now_in_database()
    heard = time.monotonic()
    return Reading(begun, told, heard, within=dt.timedelta(seconds=heard - asked))
