"""What a phase promises, in the words that everybody reads: before publishing and after, the same."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from unionhall.domain.learning.models import Lesson
from unionhall.domain.lectures import rules
from unionhall.domain.lectures.models import Phase, PlacesChange, Series
from unionhall.domain.lectures.queries.composing import audience_of
from unionhall.domain.quiz.rules.papers import questions_in
from unionhall.domain.welfare.models import Merchant
from unionhall.domain.welfare.rules import yuan
from unionhall.kernel.allotment.queries import left_in
from unionhall.kernel.audience.queries import describe


@dataclass(frozen=True)
class Prize:
    """What winners get."""

    title: str
    cents: int
    places: int
    left: int
    merchant: str
    address: str
    valid_days: int

    @property
    def value(self) -> str:
        """Its worth in yuan."""
        return yuan(self.cents)


@dataclass(frozen=True)
class Promise:
    """Everything that the sentence says."""

    series: str
    union: str
    title: str
    audience: str
    opens_at: dt.datetime
    closes_at: dt.datetime
    lesson: Lesson
    questions: int
    full_marks: int
    pass_mark: int
    minutes: int
    attempts: int
    winners_by: str
    reveal: str
    phases: int
    one_prize: str
    prize: Prize | None
    changes: tuple[PlacesChange, ...] = ()  # of the number of prizes, since publishing

    @property
    def cost(self) -> str:
        """What all prizes come to, in yuan."""
        return yuan(self.prize.cents * self.prize.places) if self.prize else yuan(0)


def promise_from(terms: rules.Terms, series: Series) -> Promise:
    """The promise that a draft's sentence would make."""
    return Promise(
        series=series.title,
        union=series.union.name,
        title=terms.title,
        audience=describe(audience_of(terms)),
        opens_at=terms.opens_at,
        closes_at=terms.closes_at,
        lesson=Lesson.objects.get(pk=terms.lesson),
        questions=terms.questions,
        full_marks=terms.full_marks,
        pass_mark=terms.pass_mark,
        minutes=terms.minutes,
        attempts=terms.attempts,
        winners_by=terms.winners_by,
        reveal=terms.reveal,
        phases=series.phases.count(),
        one_prize=series.one_prize,
        prize=_prize_from(terms),
    )


def _prize_from(terms: rules.Terms) -> Prize | None:
    if not (terms.places and terms.merchant):
        return None
    merchant = Merchant.objects.get(pk=terms.merchant)
    return Prize(
        title=terms.prize_title,
        cents=terms.face_value,
        places=terms.places,
        left=terms.places,
        merchant=merchant.name,
        address=merchant.address,
        valid_days=terms.valid_days,
    )


def promise_of(phase: Phase) -> Promise:
    """The promise that a published phase has made: read from what holds, not from the draft."""
    contest, lesson, series = phase.contest, phase.lesson, phase.series
    assert contest is not None and lesson is not None, "published"  # noqa: S101, PT018
    assert contest.opens_at is not None and contest.closes_at is not None  # noqa: S101, PT018
    return Promise(
        series=series.title,
        union=series.union.name,
        title=phase.title,
        audience=describe(contest.audience),
        opens_at=contest.opens_at,
        closes_at=contest.closes_at,
        lesson=lesson,
        questions=questions_in(contest.draw),
        full_marks=contest.full_marks,
        pass_mark=contest.pass_mark,
        minutes=contest.minutes,
        attempts=contest.attempts_allowed,
        winners_by=contest.winners_by,
        reveal=contest.reveal,
        phases=series.phases.count(),
        one_prize=series.one_prize,
        prize=prize_of(phase),
        changes=tuple(phase.places_changes.order_by("pk")) if phase.offer_id else (),
    )


def prize_of(phase: Phase) -> Prize | None:
    """What a published phase gives, and how many are left of it."""
    offer, pool = phase.offer, phase.contest.prizes if phase.contest else None
    if offer is None or pool is None:
        return None
    return Prize(
        title=offer.title,
        cents=offer.face_value,
        places=pool.capacity,
        left=left_in(pool),
        merchant=offer.merchant.name,
        address=offer.merchant.address,
        valid_days=pool.valid_days or 0,
    )
