"""Giveaways as members see them, and what of them a process may answer from memory."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unionhall.base.clock import Reading, now_in_database, read_since
from unionhall.base.lately import Lately
from unionhall.domain.welfare.models import VoucherOffer
from unionhall.domain.welfare.rules.giveaways import Stage, ask_again_in, stage_at
from unionhall.kernel.allotment.queries import claims_of, count_slices, last_place_at, live_claim
from unionhall.kernel.allotment.rules import NotForYou, NotOpen, SoldOut
from unionhall.kernel.audience.queries import describe, includes, including
from unionhall.people.unions.models import Union

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from django.db.models import QuerySet

    from unionhall.base.errors import Refused
    from unionhall.kernel.allotment.models import Claim
    from unionhall.kernel.audience.rules import Audience
    from unionhall.people.members.models import Member

AGE_S = 1.0  # what is said of a giveaway to everybody is never older
SHOWN_FOR = dt.timedelta(days=30)  # after its end a giveaway stays on the list so long


# == What a process knows ==
@dataclass(frozen=True)
class Known:
    """A giveaway as it was read, with its pool, merchant and union."""

    offer: VoucherOffer
    reading: Reading
    last_place_at: dt.datetime | None  # when the newest one went; asked only when all are gone

    @property
    def stage(self) -> Stage:
        """As everybody may be told."""
        return _stage(self.offer, self.reading.now)

    @property
    def seconds_to_opening(self) -> float:
        """Below zero once it has begun."""
        opens_at = self.offer.pool.opens_at
        return (opens_at - self.reading.now).total_seconds() if opens_at else 0.0

    @property
    def ask_again_in(self) -> float | None:
        """Seconds, with a random part of its own for each who asks; ``None``: there is nothing to wait for."""
        return ask_again_in(self.stage, self.seconds_to_opening)

    def told(self) -> dict[str, object]:
        """What everybody may be told, with its age in milliseconds."""
        pool = self.offer.pool
        return {
            "stage": self.stage,
            "now": self.reading.now,
            "opens_at": pool.opens_at,
            "closes_at": pool.closes_at,
            "capacity": pool.capacity,
            "left": max(0, pool.left),
            "age_ms": int(self.reading.age * 1000),
        }

    @property
    def refusal(self) -> Refused | None:
        """Why nobody gets one now; ``None``: it is open, or may just have opened or closed, which its row knows.

        Stage and words are of one moment.
        """
        pool, moment = self.offer.pool, self.reading.now
        stage = _stage(self.offer, moment)
        if stage is not _stage(self.offer, moment + self.reading.within):
            return None
        if stage is Stage.GONE:
            return SoldOut(capacity=pool.capacity, last_place_at=self.last_place_at)
        if stage is not Stage.OPEN:
            return NotOpen(opens_at=pool.opens_at, closes_at=pool.closes_at, moment=moment)
        return None


def _read(offer_id: int) -> Known | None:
    begun = time.monotonic()
    offer = giveaway_read_afresh(offer_id)
    if offer is None:
        return None
    reading = read_since(begun)
    gone = offer.pool.left <= 0
    return Known(offer, reading, last_place_at(offer.pool) if gone else None)


_lately: Lately[int, Known] = Lately(_read, age_s=AGE_S)


def known(offer_id: int) -> Known | None:
    """The giveaway as it is, at most ``AGE_S`` old; ``None`` when there is no such giveaway."""
    return _lately(offer_id)


def forget(offer_id: int) -> None:
    """It has just been changed here: read it anew."""
    _lately.forget(offer_id)


def _giveaways() -> QuerySet[VoucherOffer]:
    return VoucherOffer.objects.giveaways().select_related("pool", "merchant", "union")


def _stage(offer: VoucherOffer, moment: dt.datetime) -> Stage:
    pool = offer.pool
    return stage_at(moment, opens_at=pool.opens_at, closes_at=pool.closes_at, left=pool.left)


def stage_of(offer: VoucherOffer) -> Stage:
    """How an offer that was just read stands now."""
    return _stage(offer, now_in_database())


# == Whose it is to see ==
def is_under(path: str, offer: VoucherOffer) -> bool:
    """Whether whoever belongs to the union of ``path`` may know of it: the union that pays is hers or above hers."""
    return bool(path) and path.startswith(offer.union.path)


def giveaways_around(path: str, *, now: dt.datetime) -> QuerySet[VoucherOffer]:
    """Giveaways of her union and those above it that have not ended long ago, newest first."""
    above = [path[:end] for end in range(Union.steplen, len(path) + 1, Union.steplen)]
    return (
        _giveaways()
        .filter(union__path__in=above, pool__closes_at__gt=now - SHOWN_FOR)
        .order_by("-pool__opens_at", "-pk")
    )


# == One member's view ==
@dataclass(frozen=True)
class Line:
    """A giveaway on her list: how it stands, and what she has of it."""

    offer: VoucherOffer
    stage: Stage
    claim: Claim | None


ORDER = {Stage.OPEN: 0, Stage.SOON: 1, Stage.GONE: 2, Stage.CLOSED: 3}


def giveaways_for(member: Member, path: str, *, now: dt.datetime | None = None) -> list[Line]:
    """At this moment, or at ``now``: what is for her or was hers: what can be claimed now, what comes, what is gone, what is over."""
    now = now or now_in_database()
    offers = offers_around(path, now=now)
    held = claims_of(member).live().filter(pool__offer__in=offers)
    for_her = including({offer.pool.audience for offer in offers}, member)
    return lines_of(offers, held, for_her, now)


def offers_around(path: str, *, now: dt.datetime) -> list[VoucherOffer]:
    """Those of ``giveaways_around``, with what is left of each."""
    offers = list(giveaways_around(path, now=now))
    count_slices(offer.pool for offer in offers)
    return offers


def lines_of(
    offers: Iterable[VoucherOffer],
    claims: Iterable[Claim],
    for_her: Collection[Audience],
    now: dt.datetime,
) -> list[Line]:
    """Of these offers what is for her or was hers: by her live claims, and by the audiences that she is in."""
    held = {claim.pool_id: claim for claim in claims}
    lines = [
        Line(offer, _stage(offer, now), held.get(offer.pool_id))
        for offer in offers
        if offer.pool_id in held or offer.pool.audience in for_her
    ]
    return sorted(lines, key=lambda line: (ORDER[line.stage], line.claim is not None))


@dataclass(frozen=True)
class Answer:
    """What her page says: one of ``yours``, ``not_for_you``, ``soon``, ``open``, ``gone``, ``closed``."""

    state: str
    offer: VoucherOffer
    now: dt.datetime
    claim: Claim | None
    refusal: Refused | None

    @property
    def seconds_to_opening(self) -> int:
        """For the countdown: whole seconds, rounded up."""
        opens_at = self.offer.pool.opens_at or self.now
        return max(0, -int((self.now - opens_at).total_seconds() // 1))


def answer_for(member: Member, offer: VoucherOffer) -> Answer:
    """The truth at this moment, read afresh: the same words that a claim would meet."""
    now, claim = now_in_database(), live_claim(offer.pool, member)
    if claim is not None:
        return Answer("yours", offer, now, claim, None)
    stage, pool = _stage(offer, now), offer.pool
    refusal: Refused | None = None
    if stage is not Stage.CLOSED and not includes(pool.audience, member):
        return Answer(NotForYou.code, offer, now, None, NotForYou(audience=describe(pool.audience)))
    if stage is Stage.GONE:
        refusal = SoldOut(capacity=pool.capacity, last_place_at=last_place_at(pool))
    elif stage is not Stage.OPEN:
        refusal = NotOpen(opens_at=pool.opens_at, closes_at=pool.closes_at, moment=now)
    return Answer(stage.value, offer, now, None, refusal)


def giveaway_read_afresh(offer_id: int) -> VoucherOffer | None:
    """The giveaway of this number as it is now, whoever may see it."""
    offer = _giveaways().filter(pk=offer_id).first()
    if offer is not None:
        count_slices([offer.pool])
    return offer
