"""What a member sees: which phases are hers, and where she stands in each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from unionhall.domain.learning.models import Watching
from unionhall.domain.lectures.models import Phase, Series
from unionhall.domain.quiz.models import Attempt, Contest
from unionhall.domain.quiz.queries.attempts import counting
from unionhall.kernel.audience.queries import includes, including
from unionhall.people.members.models import Member

RECENT = dt.timedelta(days=90)  # phases that ended longer ago are no longer listed


class Step(StrEnum):
    """What there is for her to do in a phase."""

    WATCH = "watch"
    ANSWER = "answer"
    WAITING = "waiting"  # passed; lots or scores are decided at closing
    DONE = "done"


@dataclass(frozen=True)
class OpenPhase:
    """One line of a member's list."""

    phase_id: int
    series_title: str
    phase_title: str
    opens_at: dt.datetime
    closes_at: dt.datetime
    step: Step
    url: str
    opened: bool
    closed: bool


def published() -> QuerySet[Phase]:
    """Phases that members may see, with all that their pages show."""
    return Phase.objects.exclude(series__state=Series.State.DRAFT).select_related(
        "series__union", "lesson__video", "contest__prizes", "contest__union", "offer__merchant"
    )


def phase_for(member: Member | None, phase_id: int) -> Phase:
    """The phase, if it is published and she may take part or did; else ``Phase.DoesNotExist``."""
    phase = published().get(pk=phase_id)
    if member is None or not _is_hers(phase, member):
        raise Phase.DoesNotExist
    return phase


def _is_hers(phase: Phase, member: Member) -> bool:
    contest = phase.contest
    assert contest is not None, "published"  # noqa: S101
    return includes(contest.audience, member) or contest.admissions.filter(member=member).exists()


def open_phases_for(member: Member, *, now: dt.datetime | None = None) -> list[OpenPhase]:
    """The phases that go on right now and are hers, the one that ends first in front."""
    moment = now or timezone.now()
    phases = published().filter(
        closed_at=None, contest__opens_at__lte=moment, contest__closes_at__gt=moment
    )
    return _lines(phases.order_by("contest__closes_at", "pk"), member, moment)


def all_phases_for(member: Member, *, now: dt.datetime | None = None) -> list[OpenPhase]:
    """Hers that go on, that will come, and that ended lately: in this order."""
    moment = now or timezone.now()
    recent = Q(contest__closes_at__gt=moment - RECENT)
    lines = _lines(published().filter(recent).order_by("contest__closes_at", "pk"), member, moment)
    return sorted(lines, key=lambda line: (line.closed, not line.opened, line.closes_at))


def _lines(phases: QuerySet[Phase], member: Member, now: dt.datetime) -> list[OpenPhase]:
    found = _hers(phases, member)
    steps = _steps(found, member)
    return [_line(phase, steps[phase.pk], now) for phase in found]


def _hers(phases: Iterable[Phase], member: Member) -> list[Phase]:
    """As ``_is_hers`` for many: phases share their audiences, and most are for other unions."""
    audiences = {phase: phase.contest.audience for phase in phases if phase.contest}
    hers = including(audiences.values(), member)
    others = [phase.contest_id for phase, audience in audiences.items() if audience not in hers]
    admitted = member.admissions.filter(contest__in=others).values_list("contest", flat=True)
    left_out = set(others) - set(admitted if others else ())
    return [phase for phase in audiences if phase.contest_id not in left_out]


def _line(phase: Phase, step: Step, now: dt.datetime) -> OpenPhase:
    contest = phase.contest
    assert contest is not None  # noqa: S101 — published() says so
    assert contest.opens_at is not None and contest.closes_at is not None  # noqa: S101, PT018
    return OpenPhase(
        phase_id=phase.pk,
        series_title=phase.series.title,
        phase_title=phase.title,
        opens_at=contest.opens_at,
        closes_at=contest.closes_at,
        step=step,
        url=reverse("lectures:phase", args=[phase.pk]),
        opened=contest.opens_at <= now,
        closed=phase.closed_at is not None or contest.closes_at <= now,
    )


def step_of(phase: Phase, member: Member) -> Step:
    """What there is to do for her in this phase."""
    return _steps([phase], member)[phase.pk]


def _steps(phases: Iterable[Phase], member: Member) -> dict[int, Step]:
    """For many phases in two statements."""
    phases = list(phases)
    done = set(
        Watching.objects.filter(
            member=member, lesson__in=[phase.lesson_id for phase in phases], done_at__isnull=False
        ).values_list("lesson", flat=True)
    )
    attempts: dict[int, list[Attempt]] = {}
    for attempt in Attempt.objects.filter(
        member=member, contest__in=[phase.contest_id for phase in phases]
    ).order_by("nth"):
        attempts.setdefault(attempt.contest_id, []).append(attempt)
    return {
        phase.pk: _step(
            phase.contest, phase.lesson_id in done, attempts.get(phase.contest_id or 0, [])
        )
        for phase in phases
    }


def _step(contest: Contest | None, finished: bool, attempts: list[Attempt]) -> Step:  # noqa: FBT001 — a fact
    assert contest is not None  # noqa: S101 — published
    best = counting(attempts)
    if best and best.passed_as is not None:
        by_order = contest.winners_by == Contest.WinnersBy.ORDER or contest.prizes_id is None
        return Step.DONE if by_order or contest.state == Contest.State.CLOSED else Step.WAITING
    if any(attempt.state == Attempt.State.OPEN for attempt in attempts):
        return Step.ANSWER
    if contest.attempts_allowed and len(attempts) >= contest.attempts_allowed:
        return Step.DONE
    return Step.ANSWER if finished else Step.WATCH
