from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

from unionhall.base.clock import now_in_database
from unionhall.base.ledger import actions as ledger
from unionhall.kernel.allotment import queries, rules
from unionhall.kernel.allotment.models import Pool, PoolSlice
from unionhall.kernel.audience.rules import EVERYBODY, Audience
from unionhall.people.accounts.models import User


@transaction.atomic
def open_pool(
    *,
    label: str,
    capacity: int,
    audience: Audience | None = None,
    opens_at: dt.datetime | None = None,
    closes_at: dt.datetime | None = None,
    family: str = "",
    valid_days: int | None = None,
    valid_until: dt.datetime | None = None,
    slices: int = 0,
    by: User | None = None,
) -> Pool:
    """Put ``capacity`` things up for claiming from ``opens_at`` until ``closes_at`` (always, when these are None).

    Pools of one ``family`` share "one per member". A claim lapses at the end of the ``valid_days``-th day after its
    own or at ``valid_until``, whichever is earlier. The seed of a later draw is fixed here and its hash told at once.
    With ``slices`` the stock stands in so many counter rows: many can claim at once, and a place says nothing about
    the order. Such a pool keeps its size, and is not drawn.
    """
    seed = rules.new_seed()
    pool = Pool.objects.create(
        label=label,
        capacity=capacity,
        audience=audience or EVERYBODY,
        opens_at=opens_at,
        closes_at=closes_at,
        family=family,
        valid_days=valid_days,
        valid_until=valid_until,
        seed=seed,
        seed_hash=rules.commitment_to(seed),
        slices=slices,
    )
    _cut(pool)
    ledger.record("allotment.pool_opened", pool, by=by, capacity=capacity, seed_hash=pool.seed_hash)
    return pool


def _cut(pool: Pool) -> None:
    if not pool.slices:
        return
    PoolSlice.objects.bulk_create(
        PoolSlice(
            pool=pool, nth=nth, capacity=share, opens_at=pool.opens_at, closes_at=pool.closes_at
        )
        for nth, share in enumerate(rules.shares_of(pool.capacity, pool.slices))
    )


@transaction.atomic
def resize(pool: Pool, *, capacity: int, by: User | None) -> Pool:
    """Change the number of things while people are claiming; never below what is taken: ``TooSmall``."""
    now = Pool.objects.select_for_update(no_key=True).get(pk=pool.pk)
    rules.demand_strict(now.slices)
    if capacity < now.taken:
        raise rules.TooSmall(asked=capacity, taken=now.taken)
    if capacity != now.capacity:
        ledger.record("allotment.pool_resized", pool, by=by, before=now.capacity, capacity=capacity)
        now.capacity = capacity
        now.save(update_fields=["capacity"])
    return now


@transaction.atomic
def close_pool(pool: Pool, *, by: User | None) -> Pool:
    """End claiming now, by the database's clock; what was given stays given. Closed already: nothing changes."""
    now = Pool.objects.select_for_update(no_key=True).get(pk=pool.pk)
    parts = PoolSlice.objects.filter(pool=pool)
    list(parts.order_by("nth").select_for_update(no_key=True).values_list("pk"))
    queries.count_slices([now])  # its own row may lag behind; the ledger must not
    moment = now_in_database()
    if now.closes_at is None or moment < now.closes_at:
        ledger.record("allotment.pool_closed", pool, by=by, taken=now.taken)
        now.closes_at = moment
        now.save(update_fields=["closes_at"])
        parts.update(closes_at=moment)
    return now


def tell_sliced_pools() -> int:
    """Let the rows of sliced pools say what their slices add up to, for lists; returns how many rows were changed."""
    with connection.cursor() as cursor:
        cursor.execute(TELL)
        told: int = cursor.rowcount
    return told


TELL = """
    UPDATE allotment_pool pool SET taken = now.taken, handed_out = now.handed_out
    FROM (
        SELECT pool_id, sum(taken) AS taken, sum(handed_out) AS handed_out
        FROM allotment_pool_slice GROUP BY pool_id
    ) AS now
    WHERE pool.id = now.pool_id AND (pool.taken, pool.handed_out) <> (now.taken, now.handed_out)
"""
