"""The same request key gets the same answer again.

Called first in the transaction of a deed whose answer can be told again from its own rows. The key is kept if and only
if the deed commits: what was refused or broke leaves nothing behind, and is asked anew under the same key. (Stripe tells
a 500 again, for what broke there may have been done by half; here it is not done at all.)
"""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.utils import timezone

from unionhall.base.replay.models import Seen
from unionhall.base.replay.rules import KEY, KeyMiswritten, KeyReused, StillRunning, TooManyKeys

KEPT = dt.timedelta(days=3)  # the contract asks for a day at least
MOST = 200  # keys of one caller in that time; a page has one, and keeps it only if its deed is done
TWINS = 7341  # the first half of the advisory key; the second is of whose key it is

# The lock is let go after the row can be seen, so who gets it and still meets the row looks once more.
ENTER = """
    WITH alone AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(%(twins)s, hashtext(%(whose)s)) AS mine),
    held AS (
        SELECT count(*) >= %(most)s AS too_many FROM (SELECT FROM replay_seen WHERE user_id = %(user)s LIMIT %(most)s) AS hers
    ),
    entered AS (
        INSERT INTO replay_seen (user_id, key, deed, at)
        SELECT %(user)s, %(key)s, %(deed)s, clock_timestamp() FROM alone, held WHERE mine AND NOT too_many
        ON CONFLICT (user_id, key) DO NOTHING RETURNING deed
    )
    SELECT mine, too_many, (SELECT deed FROM entered),
        (SELECT deed FROM replay_seen WHERE user_id = %(user)s AND key = %(key)s)
    FROM alone, held
"""


def is_replay(key: str, *, user_id: int, deed: str) -> bool:
    """Whether ``deed`` was done under this key before; if not, it is from now on, should this transaction commit.

    ``deed``: see ``rules.deed_of``. Raises ``KeyMiswritten``, ``KeyReused`` (the key is of another deed),
    ``StillRunning`` (a twin of this request is not decided yet: nobody waits for it here) and ``TooManyKeys``.
    """
    if not KEY.fullmatch(key):
        raise KeyMiswritten
    asked: dict[str, str | int] = {
        "twins": TWINS,
        "whose": f"{user_id} {key}",
        "user": user_id,
        "key": key,
        "deed": deed,
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(ENTER, asked)
        mine, too_many, entered, before = cursor.fetchone()
    if not mine:
        raise StillRunning
    if before is not None and before != deed:
        raise KeyReused
    if before is None and too_many:
        raise TooManyKeys
    if before is None and entered is None:
        return is_replay(key, user_id=user_id, deed=deed)  # it came between the look and the lock
    return before is not None


def forget_old_keys(at_once: int = 5000) -> int:
    """Drop all keys that nobody may ask about any more, some at once; returns how many."""
    until = timezone.now() - KEPT
    dropped = batch = _forget_some(until, at_once)
    while batch == at_once:
        batch = _forget_some(until, at_once)
        dropped += batch
    return dropped


def _forget_some(until: dt.datetime, at_once: int) -> int:
    old = Seen.objects.filter(at__lt=until).order_by("at").values("pk")[:at_once]
    dropped, _each = Seen.objects.filter(pk__in=old).delete()
    return dropped
