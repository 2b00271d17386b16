"""Giving out many at once: by lot, or in an order that somebody else found."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from unionhall.base.clock import ClockTimestamp
from unionhall.base.ledger import actions as ledger
from unionhall.kernel.allotment import queries, rules
from unionhall.kernel.allotment.actions import deciding
from unionhall.kernel.allotment.actions.pools import resize
from unionhall.kernel.allotment.models import Claim, Pool
from unionhall.kernel.audience.queries import members as members_of
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member


class _DrawnMeanwhile(Exception):  # noqa: N818 — never leaves this file
    pass


@transaction.atomic
def draw(pool: Pool, *, among: Sequence[Member], by: User | None) -> list[Claim]:
    """Draw lots for what is left; the claims by place. A pool is drawn once: asked again, the same claims.

    The order is that of SHA-256(seed | member id) with the seed to which ``open_pool`` was committed. Skipped are
    those whom the pool is not for and those who have one of its family.
    """
    now = _as_it_is(pool)
    member_ids = [member.pk for member in among]
    try:
        with transaction.atomic():
            entered = _enter_in_order(now, rules.drawn_order(now.seed, member_ids))
            _mark_drawn(now)
            _give_places(now, entered, by=by)
    except _DrawnMeanwhile:
        return _claims_of(pool)
    ledger.record(
        "allotment.lots_drawn",
        now,
        by=by,
        given=len(entered),
        entries=len(set(member_ids)),
        fingerprint=rules.fingerprint_of(member_ids),
        seed=now.seed,
    )
    return _claims_of(pool)


@transaction.atomic
def grant(pool: Pool, *, members_in_order: Sequence[Member], by: User | None) -> list[Claim]:
    """Give what is left to these members, the first first; their claims by place, old and new.

    Skipped are those whom the pool is not for and those who have one of its family. Asked again, the answer is the
    same as long as none was given back.
    """
    now = _as_it_is(pool)
    member_ids = list(dict.fromkeys(member.pk for member in members_in_order))
    _give_places(now, _enter_in_order(now, member_ids), by=by)
    granted = set(member_ids)
    return [
        claim
        for claim in _claims_of(pool)
        if claim.member_id in granted and claim.state in Claim.LIVE
    ]


@transaction.atomic
def resize_and_grant(
    pool: Pool, *, capacity: int, members_in_order: Sequence[Member], by: User | None
) -> list[Claim]:
    """From now on there are ``capacity``; what is left then goes to these members, the first first. Their new claims.

    Skipped are those whom the pool is not for and those who have one of its family. ``resize`` and then ``grant``
    would do the same with the pool's row in hand while others are waited for; here it comes last, as everywhere.
    Raises ``TooSmall`` below what is taken, and ``PoolChanged`` when somebody else took one meanwhile.
    """
    then = _as_it_is(pool)
    then.capacity = capacity
    entered = _enter_in_order(then, [member.pk for member in members_in_order])
    resize(pool, capacity=capacity, by=by)
    return _give_places(then, entered, by=by)


def _as_it_is(pool: Pool) -> Pool:
    """Read afresh, once nobody else gives many of its family."""
    rules.demand_strict(pool.slices)
    deciding.give_many_alone(pool)
    return Pool.objects.get(pk=pool.pk)


def _enter_in_order(pool: Pool, member_ids: Sequence[int]) -> list[int]:
    """Claims, without places yet, of the first who may have one, as many as are left."""
    eligible = set(members_of(pool.audience).filter(pk__in=member_ids).values_list("pk", flat=True))
    waiting = [member_id for member_id in member_ids if member_id in eligible]
    entered: list[int] = []
    while waiting and (missing := pool.left - len(entered)) > 0:
        first, waiting = waiting[:missing], waiting[missing:]
        claims = deciding.enter(pool, first)
        entered += [claims[member_id] for member_id in first if member_id in claims]
    return entered


def _mark_drawn(pool: Pool) -> None:
    if not Pool.objects.filter(pk=pool.pk, drawn_at=None).update(drawn_at=ClockTimestamp()):
        raise _DrawnMeanwhile


def _give_places(pool: Pool, claim_ids: list[int], *, by: User | None) -> list[Claim]:
    if not claim_ids:
        return []
    decision = deciding.take(pool, claim_ids)
    if decision is None:
        raise rules.PoolChanged
    ledger.record_each(
        "allotment.thing_claimed",
        [(claim, {"pool": pool.pk, "place": claim.place}) for claim in decision.claims],
        by=by,
    )
    return decision.claims


def _claims_of(pool: Pool) -> list[Claim]:
    return [claim for _place, claim in queries.places(pool)]
