from __future__ import annotations

from django.db import connection

from unionhall.base.invariant import Invariant


def _sql(query: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [" ".join(str(value) for value in row) for row in cursor.fetchall()]


def _invariant(sentence: str, query: str) -> Invariant:
    """``query`` finds the offenders, each row one of them."""
    return Invariant(sentence, lambda: _sql(query))


INVARIANTS = [
    _invariant(
        "A pool's count of what is taken is that of its live claims",
        """
        SELECT 'pool', pool.id, 'says', taken, 'has', count(claim.id)
        FROM allotment_pool pool LEFT JOIN allotment_claim claim
            ON claim.pool_id = pool.id AND claim.state IN ('held', 'used')
        WHERE slices = 0 GROUP BY pool.id HAVING taken <> count(claim.id)
        """,
    ),
    _invariant(
        "A pool has no more live claims than its capacity",
        """
        SELECT 'pool', pool.id, 'of', capacity, 'has', count(*)
        FROM allotment_pool pool JOIN allotment_claim claim
            ON claim.pool_id = pool.id AND claim.state IN ('held', 'used')
        GROUP BY pool.id HAVING count(*) > capacity
        """,
    ),
    _invariant(
        "The places of a pool go from 1 to the number handed out, each given once",
        """
        SELECT 'pool', pool.id, 'handed out', handed_out, 'places', count(place), 'up to', max(place)
        FROM allotment_pool pool LEFT JOIN allotment_claim claim ON claim.pool_id = pool.id
        WHERE slices = 0 GROUP BY pool.id
        HAVING (handed_out, handed_out, handed_out) <> (count(place), count(DISTINCT place), coalesce(max(place), 0))
            OR min(place) < 1
        """,
    ),
    _invariant(
        "A slice's counts are those of its claims, each place given once and without a gap",
        """
        SELECT 'pool', pool.id, 'slice', part.nth, 'taken', part.taken, 'handed out', part.handed_out
        FROM allotment_pool pool JOIN allotment_pool_slice part ON part.pool_id = pool.id
        LEFT JOIN allotment_claim claim
            ON claim.pool_id = pool.id AND (claim.place - 1) % pool.slices = part.nth
        GROUP BY pool.id, part.id
        HAVING part.taken <> count(claim.id) FILTER (WHERE claim.state IN ('held', 'used'))
            OR (part.handed_out, part.handed_out) <>
                (count(DISTINCT place), coalesce((max(place) - 1) / pool.slices + 1, 0))
        """,
    ),
    _invariant(
        "The slices of a pool add up to it",
        """
        SELECT 'pool', pool.id, 'of', pool.capacity, 'slices', count(part.id), 'hold', sum(part.capacity)
        FROM allotment_pool pool LEFT JOIN allotment_pool_slice part ON part.pool_id = pool.id
        GROUP BY pool.id HAVING count(part.id) <> pool.slices
            OR (pool.slices > 0 AND sum(part.capacity) <> pool.capacity)
        """,
    ),
    _invariant(
        "Every claim has a place",
        "SELECT 'claim', id FROM allotment_claim WHERE place IS NULL",
    ),
    _invariant(
        "The order of places is that of the times at which they were given",
        """
        SELECT 'claim', id, 'place', place FROM (
            SELECT id, place, claimed_at, lag(claimed_at) OVER (PARTITION BY pool_id ORDER BY place) AS before
            FROM allotment_claim WHERE pool_id IN (SELECT id FROM allotment_pool WHERE slices = 0)
        ) AS line WHERE claimed_at < before
        """,
    ),
    _invariant(
        "A member has at most one live claim of a family",
        """
        SELECT 'member', member_id, 'family', family, count(*)
        FROM allotment_claim WHERE state IN ('held', 'used') GROUP BY member_id, family HAVING count(*) > 1
        """,
    ),
    _invariant(
        "A claim is of its pool's family",
        """
        SELECT 'claim', claim.id, claim.family
        FROM allotment_claim claim JOIN allotment_pool pool ON pool.id = claim.pool_id
        WHERE claim.family <> coalesce(nullif(pool.family, ''), 'pool:' || pool.id)
        """,
    ),
    _invariant(
        "What was used says when and by whom, and nothing else does",
        """
        SELECT 'claim', id, state FROM allotment_claim
        WHERE (state = 'used') <> (used_at IS NOT NULL) OR (state = 'used') <> (used_by_id IS NOT NULL)
        """,
    ),
    _invariant(
        "What has lapsed does not stay usable for more than an hour",
        """
        SELECT 'claim', id, 'since', expires_at FROM allotment_claim
        WHERE state = 'held' AND expires_at < now() - interval '1 hour'
        """,
    ),
    _invariant(
        "A seed is the one that was committed to",
        """
        SELECT 'pool', id FROM allotment_pool WHERE seed_hash <> encode(sha256(convert_to(seed, 'UTF8')), 'hex')
        """,
    ),
    _invariant(
        "Every claim stands in the ledger, with its place",
        """
        SELECT 'claim', claim.id, 'place', place FROM allotment_claim claim WHERE NOT EXISTS (
            SELECT FROM ledger_entry entry
            WHERE entry.subject_type = 'allotment.claim' AND entry.subject_id = claim.id
                AND entry.action = 'allotment.thing_claimed' AND entry.detail ->> 'place' = claim.place::text
        )
        """,
    ),
]
