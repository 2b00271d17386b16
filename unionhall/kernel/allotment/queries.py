from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from unionhall.kernel.allotment import rules
from unionhall.kernel.allotment.models import Claim, ClaimQuerySet, Pool, PoolSlice
from unionhall.kernel.audience.queries import includes
from unionhall.people.members.models import Member


def claims_of(member: Member) -> ClaimQuerySet:
    """All that she ever got, newest first, with its pool."""
    return Claim.objects.filter(member=member).select_related("pool").order_by("-claimed_at", "-pk")


def claims_on(pools: QuerySet[Any, Any]) -> ClaimQuerySet:
    """All claims on these pools (of one column: their keys), newest first, with pool and member."""
    claims = Claim.objects.filter(pool__in=pools).select_related("pool", "member")
    return claims.order_by("-claimed_at", "-pk")


def left_in(pool: Pool) -> int:
    """How many are left now: read afresh."""
    now = Pool.objects.get(pk=pool.pk)
    count_slices([now])
    return now.left


def count_slices(pools: Iterable[Pool]) -> None:
    """Set what is taken of those that stand in slices, as it is now: one statement for all, none when there are none."""
    sliced = {pool.pk: pool for pool in pools if pool.slices}
    if not sliced:
        return
    sums = PoolSlice.objects.filter(pool__in=sliced).values_list("pool").order_by()
    for pk, taken, handed_out in sums.annotate(Sum("taken"), Sum("handed_out")):
        sliced[pk].taken, sliced[pk].handed_out = taken, handed_out


def given_now(pool: str) -> Coalesce:
    """For a query: what is taken of the pool behind the relation ``pool``, counted in slices where it stands in slices."""
    parts = PoolSlice.objects.filter(pool=OuterRef(f"{pool}_id")).order_by().values("pool")
    return Coalesce(Subquery(parts.annotate(given=Sum("taken")).values("given")), f"{pool}__taken")


def claim_with(number: str) -> Claim | None:
    """The claim of this number, however it was typed."""
    if not rules.number_is_well_formed(number):
        return None
    normal = rules.normal_number(number)
    return Claim.objects.select_related("pool", "member").filter(number=normal).first()


def live_claim(pool: Pool, member: Member) -> Claim | None:
    """What she has now of this pool's family, which may be of another pool."""
    live = Claim.objects.live().select_related("pool")
    return live.filter(family=pool.family_key, member=member).first()


HOLDS = """
    SELECT FROM allotment_claim
    WHERE family = %s AND member_id = %s AND state IN ('held', 'used')
"""


def holds(pool: Pool, member: Member) -> bool:
    """Whether she has something of this pool's family now: asked of everybody who comes too late."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDS, [pool.family_key, member.pk])
        return cursor.fetchone() is not None


def newest_claim(pool: Pool, member: Member) -> Claim | None:
    """What she got of this pool last, whatever became of it."""
    return Claim.objects.filter(pool=pool, member=member).order_by("-pk").first()


def why_none(pool: Pool, member: Member) -> str:
    """The code of the refusal, other than the window's, that her claim would meet now. A plain read, so a guess."""
    if not includes(pool.audience, member):
        return rules.NotForYou.code
    held = Claim.objects.live().filter(family=pool.family_key, member=member)
    return rules.AlreadyHeld.code if held.exists() else rules.SoldOut.code


def places(pool: Pool) -> list[tuple[int, Claim]]:
    """Who got which place, from the first on. What was told once stays: a later list only goes on."""
    claims = Claim.objects.filter(pool=pool, place__isnull=False).select_related("member")
    return [(claim.place or 0, claim) for claim in claims.order_by("place")]


def claims_by_state(pools: Iterable[Pool]) -> dict[int, Counter[str]]:
    """Key of a pool -> state -> how many of its claims: one statement for as many pools as a page shows."""
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    some = Claim.objects.filter(pool__in=[pool.pk for pool in pools]).order_by()
    for pool, state, number in some.values_list("pool", "state").annotate(n=Count("pk")):
        found[pool][state] = number
    return found


def last_place_at(pool: Pool) -> dt.datetime | None:
    """When the newest place was given; ``None`` before the first."""
    given = Claim.objects.filter(pool=pool, place__isnull=False)
    newest = given.order_by("-claimed_at" if pool.slices else "-place")
    return newest.values_list("claimed_at", flat=True).first()


@dataclass(frozen=True)
class Proof:
    """What anybody needs to check a draw: SHA-256(seed) was published before the draw, the seed is told after it."""

    seed_hash: str
    seed: str  # empty until the lots were drawn
    drawn_at: dt.datetime | None


def proof_of_draw(pool: Pool) -> Proof:
    """The commitment, and after the draw what it committed to (see ``rules.lot_of``)."""
    seed = pool.seed if pool.drawn_at else ""
    return Proof(seed_hash=pool.seed_hash, seed=seed, drawn_at=pool.drawn_at)
