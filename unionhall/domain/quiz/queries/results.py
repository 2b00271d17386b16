"""Results: the honest reason for one member, and counts for those who run the contest."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from unionhall.domain.quiz.models import Attempt, Contest, Review
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Membership
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import in_charge_of


@dataclass(frozen=True)
class Reason:
    """Why she has a prize or has none, in facts that she can check.

    ``code`` is ``won``, ``trial``, ``not_passed``, ``no_prizes``, ``awaiting`` (lots or scores are
    decided at closing), or why there is none: ``sold_out``, ``not_open``, ``not_for_you``,
    ``already_held``, ``not_drawn``, ``outscored``.
    """

    code: str
    score: int
    full_marks: int
    pass_mark: int
    handed_in_at: dt.datetime
    passed_as: int | None
    place: int | None
    capacity: int | None
    given_out: int | None
    last_prize_at: dt.datetime | None  # when the last prize was given
    last_winner_at: dt.datetime | None  # when whoever got it had handed in

    @property
    def late_by(self) -> dt.timedelta | None:
        """How long after the last prize she handed in; where prizes were added later, after its winner."""
        if self.code != "sold_out" or self.last_prize_at is None:
            return None
        since = self.last_winner_at if self.added_later else self.last_prize_at
        return max(self.handed_in_at - (since or self.last_prize_at), dt.timedelta(0))

    @property
    def added_later(self) -> bool:
        """Whether the last prize went to somebody who stood before her in line, after she had handed in."""
        return self.last_prize_at is not None and self.last_prize_at > self.handed_in_at

    @property
    def late_parts(self) -> tuple[int, int, int, int]:
        """The same in days, hours, minutes and seconds: those between the two times as they are shown."""
        given = self.handed_in_at - (self.late_by or dt.timedelta(0))
        late = self.handed_in_at.replace(microsecond=0) - given.replace(microsecond=0)
        minutes, seconds = divmod(late.seconds, 60)
        return (late.days, *divmod(minutes, 60), seconds)

    @property
    def missing(self) -> int:
        """Points that were missing to pass."""
        return max(0, self.pass_mark - self.score)

    @property
    def shown_place(self) -> int | None:
        """Her square in the drawing: the prize's place, or that behind the last prize."""
        return self.place or (self.passed_as if self.code == "sold_out" else None)


def reason_of(attempt: Attempt) -> Reason:
    """The reason behind a result; the attempt must have been handed in."""
    contest = attempt.contest
    assert attempt.score is not None, "handed in"  # noqa: S101
    assert attempt.handed_in_at is not None, "handed in"  # noqa: S101
    given_out, last_at, last_winner_at = _prizes_given(contest)
    return Reason(
        code=_code(attempt),
        score=attempt.score,
        full_marks=contest.full_marks,
        pass_mark=contest.pass_mark,
        handed_in_at=attempt.handed_in_at,
        passed_as=attempt.passed_as,
        place=attempt.prize.place if attempt.prize else None,
        capacity=contest.prizes.capacity if contest.prizes else None,
        given_out=given_out,
        last_prize_at=last_at,
        last_winner_at=last_winner_at,
    )


def _code(attempt: Attempt) -> str:
    if attempt.is_trial:
        return "trial"
    if attempt.prize_id is not None:
        return "won"
    if attempt.passed_as is None:
        return "not_passed"
    if attempt.contest.prizes_id is None:
        return "no_prizes"
    return attempt.prize_refusal or "awaiting"


def _prizes_given(
    contest: Contest,
) -> tuple[int | None, dt.datetime | None, dt.datetime | None]:
    """How many prizes this contest gave, when the last one, and when its winner had handed in."""
    if contest.prizes is None:
        return None, None, None
    given = contest.attempts.filter(prize__isnull=False)
    prized = given.filter(prize__pool=contest.prizes_id)  # whose claims have an index by place
    moments = prized.order_by("-prize__place").values_list("prize__claimed_at", "handed_in_at")
    return given.count(), *(moments.first() or (None, None))


def review_until(attempt: Attempt) -> dt.datetime | None:
    """Until when a review may be asked for: some days after closing or, if later, handing in."""
    contest = attempt.contest
    if attempt.handed_in_at is None:
        return None
    since = max(
        moment for moment in (attempt.handed_in_at, contest.closed_at, contest.closes_at) if moment
    )
    return since + dt.timedelta(days=contest.review_days)


def may_ask_review(attempt: Attempt) -> bool:
    """Whether the form is offered; ``ask_review`` decides."""
    until = review_until(attempt)
    return until is not None and not attempt.is_trial and timezone.now() <= until


def review_of(attempt: Attempt) -> Review | None:
    """The review she asked for, if any."""
    return Review.objects.filter(attempt=attempt).first()


def reviews_for(user: User) -> QuerySet[Review]:
    """Reviews of contests that ``user`` runs: open ones first, the most urgent first."""
    return reviews_within(in_charge_of(user))


def reviews_within(unions: QuerySet[Union]) -> QuerySet[Review]:
    """Reviews of contests that these unions run, in the same order.

    Whoever is a member elsewhere is that union's to name: of her, ``asker`` is masked.
    """
    theirs = Membership.objects.filter(left_on=None, union__in=unions)
    return (
        Review.objects.filter(attempt__contest__union__in=unions)
        .annotate(in_charge=Exists(theirs.filter(member=OuterRef("attempt__member"))))
        .select_related("attempt__contest__prizes", "attempt__member", "attempt__prize")
        .order_by("-answered_at", "due_at")
    )
