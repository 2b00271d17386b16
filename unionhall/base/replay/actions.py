"""The same request key gets the same answer again.

Called first in the transaction of a deed whose answer can be told again from its own rows. The key is kept if and only
if the deed commits: what was refused or broke leaves nothing behind, and is asked anew under the same key.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.utils import timezone

from unionhall.base.replay.models import Seen
from unionhall.base.replay.rules import KEY, KeyMiswritten, KeyReused, StillRunning

KEPT = dt.timedelta(days=3)  # the contract asks for a day at least
TWINS = 7341  # the first half of the advisory key; the second is of whose key it is

# The lock is let go after the row can be seen, so who gets it and still meets the row looks once more.
ENTER = """
    WITH alone AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(%(twins)s, hashtext(%(whose)s)) AS mine),
    entered AS (
        INSERT INTO replay_seen (user_id, key, deed, at)
        SELECT %(user)s, %(key)s, %(deed)s, clock_timestamp() FROM alone WHERE mine
        ON CONFLICT (user_id, key) DO NOTHING RETURNING deed
    )
    SELECT mine, (SELECT deed FROM entered), (SELECT deed FROM replay_seen WHERE user_id = %(user)s AND key = %(key)s)
    FROM alone
"""


def is_replay(key: str, *, user_id: int, deed: str) -> bool:
    """Whether ``deed`` was done under this key before; if not, it is from now on, should this transaction commit.

    ``deed``: see ``rules.deed_of``. Raises ``KeyMiswritten``, ``KeyReused`` (the key is of another deed) and
    ``StillRunning`` (a twin of this request is not decided yet: nobody waits for it here).
    """
    if not KEY.fullmatch(key):
        raise KeyMiswritten
    asked: dict[str, str | int] = {
        "twins": TWINS,
        "whose": f"{user_id} {key}",
        "user": user_id,
        "key": key,
        "deed": deed,
    }
    with connection.cursor() as cursor:
        cursor.execute(ENTER, asked)
        mine, entered, before = cursor.fetchone()
    if not mine:
        raise StillRunning
    if before is not None and before != deed:
        raise KeyReused
    if before is None and entered is None:
        return is_replay(key, user_id=user_id, deed=deed)  # it came between the look and the lock
    return before is not None


def forget_old_keys(limit: int = 5000) -> int:
    """Drop keys that nobody may ask about any more; returns how many."""
    old = Seen.objects.filter(at__lt=timezone.now() - KEPT).order_by("at").values("pk")[:limit]
    dropped, _each = Seen.objects.filter(pk__in=old).delete()
    return dropped
