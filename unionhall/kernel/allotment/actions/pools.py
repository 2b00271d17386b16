from __future__ import annotations

import datetime as dt

from django.db import transaction

from unionhall.base.clock import now_in_database
from unionhall.base.ledger import actions as ledger
from unionhall.kernel.allotment import rules
from unionhall.kernel.allotment.models import Pool
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
    by: User | None = None,
) -> Pool:
    """Put ``capacity`` things up for claiming from ``opens_at`` until ``closes_at`` (always, when these are None).

    Pools of one ``family`` share "one per member". A claim lapses at the end of the ``valid_days``-th day after its
    own or at ``valid_until``, whichever is earlier. The seed of a later draw is fixed here and its hash told at once.
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
    )
    ledger.record("allotment.pool_opened", pool, by=by, capacity=capacity, seed_hash=pool.seed_hash)
    return pool


@transaction.atomic
def resize(pool: Pool, *, capacity: int, by: User | None) -> Pool:
    """Change the number of things while people are claiming; never below what is taken: ``TooSmall``."""
    now = Pool.objects.select_for_update(no_key=True).get(pk=pool.pk)
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
    moment = now_in_database()
    if now.closes_at is None or moment < now.closes_at:
        ledger.record("allotment.pool_closed", pool, by=by, taken=now.taken)
        now.closes_at = moment
        now.save(update_fields=["closes_at"])
    return now
