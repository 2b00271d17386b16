from __future__ import annotations

import datetime as dt
from collections import Counter

from django.db import transaction
from django.db.models import F

from unionhall.base import metrics
from unionhall.base.clock import ClockTimestamp, now_in_database
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.kernel.allotment import queries, rules
from unionhall.kernel.allotment.actions import deciding
from unionhall.kernel.allotment.models import Claim, ClaimQuerySet, Pool, PoolSlice
from unionhall.kernel.audience.queries import describe, includes
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member

BATCH = 500
WHOLE = -1  # a claim of a pool that stands in one row


def claim(
    pool_id: int, *, member: Member, seen: Pool | None = None, savepoint: bool = True
) -> Claim:
    """Take one for ``member``; her claim bears her place. Asked again, the answer is the same claim.

    Raises ``SoldOut``, ``NotOpen``, ``NotForYou``, ``AlreadyHeld`` (one of another pool of the family) and leaves
    nothing behind then; a transaction that this is a part of goes on unharmed, unless it did without a ``savepoint``.
    ``seen`` is the pool as it was a moment ago, open and not empty: that read is spared. The row decides all the same.
    """
    with metrics.counted_claim(), transaction.atomic(savepoint=savepoint):
        pool = seen or _look_at(pool_id)
        if refusal := _refusal_at_a_glance(pool, member):
            return _held_or_refuse(pool, member, refusal)
        return _decided(pool, member)


def _look_at(pool_id: int) -> Pool:
    pool = Pool.objects.annotate(read_at=ClockTimestamp()).get(pk=pool_id)
    queries.count_slices([pool])
    return pool


def _decided(pool: Pool, member: Member) -> Claim:
    entered = deciding.enter(pool, [member.pk])
    if not entered:
        # Nothing held after all: it was given back between the two statements, so ask once more.
        return _held(pool, member) or _decided(pool, member)
    decision = deciding.take(pool, list(entered.values()))
    if decision is None:
        raise _sold_out(pool)
    if not rules.is_open(decision.moment, decision.opens_at, decision.closes_at):
        raise rules.NotOpen(
            opens_at=decision.opens_at, closes_at=decision.closes_at, moment=decision.moment
        )
    (mine,) = decision.claims
    mine.member = member
    ledger.record(
        "allotment.thing_claimed", mine, by=member.user_id, pool=pool.pk, place=mine.place
    )
    return mine


def _refusal_at_a_glance(pool: Pool, member: Member) -> Refused | None:
    """Plain reads are enough for a no: most of a rush is turned away without a single write."""
    moment: dt.datetime | None = getattr(pool, "read_at", None)
    if moment and not rules.is_open(moment, pool.opens_at, pool.closes_at):
        return rules.NotOpen(opens_at=pool.opens_at, closes_at=pool.closes_at, moment=moment)
    if moment and pool.left <= 0:
        return _sold_out(pool)
    if not includes(pool.audience, member):
        return rules.NotForYou(audience=describe(pool.audience))
    return None


def _sold_out(pool: Pool) -> rules.SoldOut:
    capacity = Pool.objects.values_list("capacity", flat=True).get(pk=pool.pk)
    return rules.SoldOut(capacity=capacity, last_place_at=queries.last_place_at(pool))


def _held_or_refuse(pool: Pool, member: Member, refusal: Refused) -> Claim:
    held = _held(pool, member)
    if held is None:
        raise refusal
    return held


def _held(pool: Pool, member: Member) -> Claim | None:
    """What she has of this pool; ``AlreadyHeld`` when it is of another pool of the family."""
    held = queries.live_claim(pool, member)
    if held is not None and held.pool_id != pool.pk:
        raise rules.AlreadyHeld(label=held.pool.label)
    return held


@transaction.atomic
def use(claim: Claim, *, by: User) -> Claim:
    """The thing itself is handed over. ``NotUsable`` when it was used, given back, or has lapsed by now."""
    valid = _of(claim, Claim.State.HELD).exclude(expires_at__lte=ClockTimestamp())
    used = deciding.turn(valid, state=Claim.State.USED, used_at=ClockTimestamp(), used_by=by)
    now = _as_it_is(claim)
    if used:
        ledger.record("allotment.thing_used", now, by=by)
        return now
    if now.state != Claim.State.HELD:
        raise _not_usable(now)
    if now.expires_at and now.expires_at <= now_in_database():
        raise rules.NotUsable(state=Claim.State.EXPIRED, at=now.expires_at)
    return use(claim, by=by)  # a use was undone between the two statements, so ask once more


@transaction.atomic
def undo_use(claim: Claim, *, by: User) -> Claim:
    """It was marked as used by mistake: it can be used again, as long as it is valid. ``NotUsable`` when it was not."""
    undone = deciding.turn(
        _of(claim, Claim.State.USED), state=Claim.State.HELD, used_at=None, used_by=None
    )
    now = _as_it_is(claim)
    if not undone:
        raise rules.NotUsable(state=now.state)
    ledger.record("allotment.use_undone", now, by=by)
    return now


@transaction.atomic
def release(claim: Claim, *, by: User | None) -> Claim:
    """Give it back, so that somebody else can have one; the place stays given. Twice is as good as once."""
    released = deciding.turn(_of(claim, Claim.State.HELD), state=Claim.State.RELEASED)
    now = _as_it_is(claim)
    if released:
        ledger.record("allotment.thing_released", now, by=by)
        _put_back([now])
    elif now.state != Claim.State.RELEASED:
        raise _not_usable(now)
    return now


@transaction.atomic
def renumber(claim: Claim, *, by: User) -> Claim:
    """A lost telephone: a new number, and the one that ``claim`` bears is worth nothing from now on.

    Asked again for a number that was replaced already, the answer is the claim as it is now.
    """
    still = _of(claim, Claim.State.HELD).filter(number=claim.number)
    renumbered = deciding.turn(still, number=rules.new_number())
    now = _as_it_is(claim)
    if renumbered:
        ledger.record("allotment.claim_renumbered", now, by=by)
    elif now.state != Claim.State.HELD:
        raise _not_usable(now)
    return now


@transaction.atomic
def expire_due(limit: int = BATCH) -> int:
    """Let lapse what nobody used in time; returns how many. Any number of these may run at once."""
    due = Claim.objects.filter(state=Claim.State.HELD, expires_at__lte=ClockTimestamp()).order_by(
        "expires_at"
    )
    claims = list(
        due.select_related("pool")
        .select_for_update(skip_locked=True, of=("self",))
        .only("pk", "place", "pool__slices")[:limit]
    )
    Claim.objects.filter(pk__in=[claim.pk for claim in claims]).update(state=Claim.State.EXPIRED)
    ledger.record_each("allotment.thing_expired", [(claim, {}) for claim in claims])
    _put_back(claims)
    return len(claims)


def _of(claim: Claim, state: str) -> ClaimQuerySet:
    """The claim's row, if it still is in this state."""
    return Claim.objects.filter(pk=claim.pk, state=state)


def _as_it_is(claim: Claim) -> Claim:
    return Claim.objects.select_related("pool", "member").get(pk=claim.pk)


def _not_usable(now: Claim) -> rules.NotUsable:
    return rules.NotUsable(state=now.state, at=now.used_at or now.expires_at)


def _put_back(claims: list[Claim]) -> None:
    """The hot rows last, and in one order."""
    counts = Counter((claim.pool_id, _slice(claim)) for claim in claims)
    for (pool_id, nth), count in sorted(counts.items()):
        if nth == WHOLE:
            Pool.objects.filter(pk=pool_id).update(taken=F("taken") - count)
        else:
            part = PoolSlice.objects.filter(pool=pool_id, nth=nth)
            part.update(taken=F("taken") - count)


def _slice(claim: Claim) -> int:
    slices = claim.pool.slices
    return rules.slice_of(claim.place or 1, slices) if slices else WHOLE
