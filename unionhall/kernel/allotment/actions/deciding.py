"""The statements that decide: the claim that enters, the pool's row that gives it a place, the claim that changes."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.conf import settings
from django.db import OperationalError, connection

from unionhall.kernel.allotment import rules
from unionhall.kernel.allotment.models import Claim, ClaimQuerySet, Pool

# Who is in already stays out. If the same member's twin is being decided right now, this waits for the outcome.
ENTER = """
    INSERT INTO allotment_claim (pool_id, family, member_id, number, state, claimed_at)
    SELECT %(pool)s, %(family)s, given.member_id, given.number, 'held', clock_timestamp()
    FROM unnest(%(members)s::bigint[], %(numbers)s::text[]) AS given (member_id, number)
    ON CONFLICT (family, member_id) WHERE state IN ('held', 'used') DO NOTHING
    RETURNING member_id, id
"""

# The last day of a validity in days ends at midnight, and the day of the claim itself is not counted
# (Civil Code of the PRC, articles 201 and 203).
TAKE = """
    WITH taken AS (
        UPDATE allotment_pool SET taken = taken + %(n)s, handed_out = handed_out + %(n)s
        WHERE id = %(pool)s AND taken + %(n)s <= capacity
        RETURNING handed_out - %(n)s AS before, opens_at, closes_at, clock_timestamp() AS moment, valid_until,
            valid_days
    )
    UPDATE allotment_claim
    SET place = taken.before + given.nth, claimed_at = taken.moment, expires_at = LEAST(taken.valid_until,
        ((taken.moment AT TIME ZONE %(zone)s)::date + taken.valid_days + 1)::timestamp AT TIME ZONE %(zone)s)
    FROM taken, unnest(%(claims)s::bigint[]) WITH ORDINALITY AS given (id, nth)
    WHERE allotment_claim.id = given.id
    RETURNING allotment_claim.id, member_id, family, number, place, claimed_at, expires_at, opens_at, closes_at
"""

# The same for one claim on a pool in slices: any slice that has something left, of those that nobody holds. Nobody ever
# waits for a slice: who finds that hers was emptied this moment still holds its row, and each would wait for the other.
# The window is the slice's own.
TAKE_OF_A_SLICE = """
    WITH one AS (
        SELECT id FROM allotment_pool_slice WHERE pool_id = %(pool)s AND taken < capacity
        ORDER BY (nth + %(start)s) %% %(slices)s LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE allotment_pool_slice part SET taken = part.taken + 1, handed_out = part.handed_out + 1
        FROM one WHERE part.id = one.id AND part.taken < part.capacity
        RETURNING (part.handed_out - 1) * %(slices)s + part.nth + 1 AS place, opens_at, closes_at,
            clock_timestamp() AS moment
    )
    UPDATE allotment_claim
    SET place = taken.place, claimed_at = taken.moment, expires_at = LEAST(pool.valid_until,
        ((taken.moment AT TIME ZONE %(zone)s)::date + pool.valid_days + 1)::timestamp AT TIME ZONE %(zone)s)
    FROM taken, allotment_pool pool
    WHERE allotment_claim.id = %(claim)s AND pool.id = %(pool)s
    RETURNING allotment_claim.id, member_id, allotment_claim.family, number, allotment_claim.place, claimed_at, expires_at,
        taken.opens_at, taken.closes_at
"""
ANY_LEFT = "SELECT FROM allotment_pool_slice WHERE pool_id = %(pool)s AND taken < capacity"
LOOK_AGAIN_S, PATIENCE_S = (
    0.005,
    3.0,
)  # at the last ones, until whoever holds them has taken them or given up

Values: TypeAlias = "dict[str, int | str | list[int] | list[str]]"

GIVING_MANY = 7340  # the first half of the advisory key; the second is of the family
CLAIM = ("id", "member_id", "family", "number", "place", "claimed_at", "expires_at")


@dataclass(frozen=True)
class Decision:
    """What the row said: the claims with their places, and the window against the clock once the row was ours."""

    claims: list[Claim]
    moment: dt.datetime
    opens_at: dt.datetime | None
    closes_at: dt.datetime | None


def give_many_alone(pool: Pool) -> None:
    """Until commit nobody else of the family gives to many at once.

    Each would hold claims of members whom the other wants to enter next, and wait for the other for ever. Who enters
    a single claim holds none while she waits for one, so she may go on meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [GIVING_MANY, pool.family_key]
        )


def enter(pool: Pool, member_ids: Sequence[int]) -> dict[int, int]:
    """Write claims without a place yet; member id -> claim id of those who had none in this family."""
    members = sorted(
        member_ids
    )  # everybody in one order, so that two of these never wait for each other
    numbers = [rules.new_number() for _member in members]
    values: Values = {
        "pool": pool.pk,
        "family": pool.family_key,
        "members": members,
        "numbers": numbers,
    }
    with connection.cursor() as cursor:
        cursor.execute(ENTER, values)
        return dict(cursor.fetchall())


def take(pool: Pool, claim_ids: Sequence[int]) -> Decision | None:
    """Take one for each claim, places in the order given; ``None`` and no change when there are not so many left."""
    if pool.slices:
        return _take_of_a_slice(pool, *claim_ids)
    values: Values = {
        "pool": pool.pk,
        "claims": list(claim_ids),
        "n": len(claim_ids),
        "zone": settings.TIME_ZONE,
    }
    return _decision(pool, _answer(TAKE, values))


def _take_of_a_slice(pool: Pool, claim_id: int) -> Decision | None:
    values: Values = {
        "pool": pool.pk,
        "slices": pool.slices,
        "start": secrets.randbelow(pool.slices),
        "claim": claim_id,
        "zone": settings.TIME_ZONE,
    }
    give_up = time.monotonic() + PATIENCE_S
    while not (rows := _answer(TAKE_OF_A_SLICE, values)) and _is_any_left(values):
        if time.monotonic() > give_up:
            message = "The last slices were held for too long."
            raise OperationalError(message)
        time.sleep(LOOK_AGAIN_S)
    return _decision(pool, rows)


def _is_any_left(values: Values) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(ANY_LEFT, values)
        return cursor.fetchone() is not None


def _answer(query: str, values: Values) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _decision(pool: Pool, rows: list[tuple[Any, ...]]) -> Decision | None:
    if not rows:
        return None
    claims = [Claim(pool=pool, **dict(zip(CLAIM, row, strict=False))) for row in rows]
    moment, _expires_at, opens_at, closes_at = rows[0][-4:]
    return Decision(sorted(claims, key=lambda claim: claim.place or 0), moment, opens_at, closes_at)


def turn(still: ClaimQuerySet, **values: object) -> bool:
    """Change the claim that ``still`` finds; ``False`` and no change when it is no longer as ``still`` says.

    Of two at once one waits for the other's outcome, and looks again then.
    """
    return bool(still.update(**values))
