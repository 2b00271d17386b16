"""Who answers a request for transfer, and when somebody above may answer instead."""

from __future__ import annotations

import datetime as dt

WAIT = dt.timedelta(days=10)  # our own choice: no rule names a number of days


def decidable_from(asked_at: dt.datetime, *, old_side: bool, staffed: bool) -> dt.datetime:
    """From when an officer who is in charge of the old union may answer.

    ``old_side``: she is not in charge of the new one as well. ``staffed``: somebody of the old
    side is in office; when nobody is, nobody is waited for.
    """
    return asked_at if old_side or not staffed else asked_at + WAIT
