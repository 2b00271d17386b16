"""What the desk sees of giveaways: the list, for whom, how many went and how fast."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Min, Q, QuerySet

from unionhall.base.clock import ClockTimestamp, now_in_database
from unionhall.domain.welfare.models import VoucherOffer
from unionhall.domain.welfare.rules.giveaways import Stage, slot_of, slots, stage_at
from unionhall.kernel.allotment.queries import claims_on, count_slices, given_now
from unionhall.kernel.audience.queries import describe, how_many, members

if TYPE_CHECKING:
    from unionhall.kernel.audience.rules import Audience
    from unionhall.people.unions.models import Union

LATEST = 8


def giveaways_given_by(unions: QuerySet[Union], wanted: dict[str, Any]) -> QuerySet[VoucherOffer]:
    """Giveaways that these unions pay for, newest first, narrowed by the cleaned fields of the desk's filter.

    Each with how many are ``given``, and ``read_at``: what it says of itself is of that moment.
    """
    rows = VoucherOffer.objects.within(unions).giveaways()
    rows = rows.select_related("pool", "merchant", "union")
    rows = rows.annotate(given=given_now("pool"), read_at=ClockTimestamp())
    if wanted.get("q"):
        rows = rows.filter(
            Q(title__icontains=wanted["q"]) | Q(merchant__name__icontains=wanted["q"])
        )
    if wanted.get("stage"):
        rows = rows.filter(_in_stage(Stage(wanted["stage"]), now_in_database()))
    return rows.order_by("-opened_at", "-pk")


def _in_stage(stage: Stage, now: dt.datetime) -> Q:
    """``rules.stage_at`` for the database."""
    if stage is Stage.CLOSED:
        return Q(pool__closes_at__lte=now)
    if stage is Stage.SOON:
        return Q(pool__opens_at__gt=now, pool__closes_at__gt=now)
    running = Q(pool__opens_at__lte=now, pool__closes_at__gt=now)
    full = Q(given__gte=F("pool__capacity"))
    return running & (full if stage is Stage.GONE else ~full)


def with_stages(offers: list[VoucherOffer]) -> list[tuple[VoucherOffer, Stage]]:
    """Each with how it stands."""
    return [(offer, stage_as_read(offer)) for offer in offers]


def stage_as_read(offer: VoucherOffer) -> Stage:
    """Of one that ``giveaways_given_by`` found."""
    pool, row = offer.pool, vars(offer)
    left = pool.capacity - row["given"]
    return stage_at(row["read_at"], opens_at=pool.opens_at, closes_at=pool.closes_at, left=left)


def _stage(offer: VoucherOffer, now: dt.datetime) -> Stage:
    pool = offer.pool
    return stage_at(now, opens_at=pool.opens_at, closes_at=pool.closes_at, left=pool.left)


@dataclass(frozen=True)
class ForWhom:
    """An audience in words, and how many members are in it now."""

    words: str
    count: int


def for_whom(audience: Audience) -> ForWhom:
    """What an officer reads before she opens a giveaway: everybody is counted."""
    return ForWhom(describe(audience), members(audience).count())


def for_about(audience: Audience) -> ForWhom:
    """What she reads of it ever after; a great many are told as such."""
    return ForWhom(describe(audience), how_many(audience))


@dataclass(frozen=True)
class Slot:
    """One bar of the curve: how many went from ``at`` on until the next."""

    at: dt.datetime
    given: int


@dataclass(frozen=True)
class Rush:
    """How a giveaway stands this second."""

    at: dt.datetime
    stage: Stage
    capacity: int
    given: int
    used: int
    curve: list[Slot]
    latest: list[
        tuple[int, dt.datetime]
    ]  # places that went last; no names, for this may hang in a hall

    @property
    def left(self) -> int:
        """Not given yet."""
        return max(0, self.capacity - self.given)

    @property
    def most(self) -> int:
        """The longest bar."""
        return max((slot.given for slot in self.curve), default=0)


def rush_of_giveaway(offer: VoucherOffer) -> Rush:
    """Three statements whatever the size of the rush; an offer that was just read."""
    now, pool = now_in_database(), offer.pool
    count_slices([pool])
    claims = claims_on(VoucherOffer.objects.filter(pk=offer.pk).values("pool"))
    seconds = list(
        claims.order_by()
        .values_list("claimed_at__date", "claimed_at__hour", "claimed_at__minute")
        .annotate(given=Count("pk"), first=Min("claimed_at"))
    )
    latest = claims.order_by("-place").values_list("place", "claimed_at")[:LATEST]
    return Rush(
        at=now,
        stage=_stage(offer, now),
        capacity=pool.capacity,
        given=pool.taken,
        used=claims.filter(state="used").count(),
        curve=_curve([(first, given) for *_minute, given, first in seconds]),
        latest=list(latest),
    )


def _curve(minutes: list[tuple[dt.datetime, int]]) -> list[Slot]:
    """Minutes in which something went, gathered into at most a dozen bars."""
    if not minutes:
        return []
    starts = slots(min(at for at, _n in minutes), max(at for at, _n in minutes))
    bars = [0] * len(starts)
    for at, given in minutes:
        bars[slot_of(starts, at)] += given
    return [Slot(at, given) for at, given in zip(starts, bars, strict=True)]
