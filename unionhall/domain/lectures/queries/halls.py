"""What a member sees: which phases are hers, and where she stands in each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from unionhall.domain.learning.models import Watching
from unionhall.domain.lectures.models import Phase, Series
from unionhall.domain.quiz.models import Attempt, Contest
from unionhall.domain.quiz.queries.attempts import counting
from unionhall.kernel.audience.queries import includes, including
from unionhall.kernel.audience.rules import Audience
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
    phase: Phase = field(repr=False)
    watching: Watching | None = None


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
    return lines_of(_hers(phases_open(moment), member), member, moment)


def phases_open(now: dt.datetime) -> QuerySet[Phase]:
    """What goes on, whomever it is for; what ends first in front."""
    phases = published().filter(
        closed_at=None, contest__opens_at__lte=now, contest__closes_at__gt=now
    )
    return phases.order_by("contest__closes_at", "pk")


def all_phases_for(member: Member, *, now: dt.datetime | None = None) -> list[OpenPhase]:
    """Hers that go on, that will come, and that ended lately: in this order."""
    moment = now or timezone.now()
    recent = Q(contest__closes_at__gt=moment - RECENT)
    phases = published().filter(recent).order_by("contest__closes_at", "pk")
    lines = lines_of(_hers(phases, member), member, moment)
    return sorted(lines, key=lambda line: (line.closed, not line.opened, line.closes_at))


def lines_of(phases: Sequence[Phase], member: Member, now: dt.datetime) -> list[OpenPhase]:
    """How she stands in phases that are hers: two statements however many they are."""
    if not phases:
        return []
    watched = _watched(phases, member)
    steps = _steps(phases, member, watched)
    return [
        _line(phase, steps[phase.pk], now, watched.get(phase.lesson_id or 0)) for phase in phases
    ]


def _hers(phases: Iterable[Phase], member: Member) -> list[Phase]:
    found = list(phases)
    audiences = [phase.contest.audience for phase in found if phase.contest]
    return those_of(member, found, including(audiences, member))


def those_of(member: Member, phases: Iterable[Phase], hers: Collection[Audience]) -> list[Phase]:
    """As ``_is_hers`` for many, whose audiences with her in them are known by now: ``hers``."""
    audiences = {phase: phase.contest.audience for phase in phases if phase.contest}
    others = [phase.contest_id for phase, audience in audiences.items() if audience not in hers]
    admitted = member.admissions.filter(contest__in=others).values_list("contest", flat=True)
    left_out = set(others) - set(admitted if others else ())
    return [phase for phase in audiences if phase.contest_id not in left_out]


def _line(phase: Phase, step: Step, now: dt.datetime, watching: Watching | None) -> OpenPhase:
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
        phase=phase,
        watching=watching,
    )


def step_of(phase: Phase, member: Member) -> Step:
    """What there is to do for her in this phase."""
    return _steps([phase], member, _watched([phase], member))[phase.pk]


def _watched(phases: Iterable[Phase], member: Member) -> dict[int, Watching]:
    """By lesson."""
    lessons = [phase.lesson_id for phase in phases]
    rows = Watching.objects.filter(member=member, lesson__in=lessons)
    return {watching.lesson_id: watching for watching in rows}


def _steps(
    phases: Sequence[Phase], member: Member, watched: Mapping[int, Watching]
) -> dict[int, Step]:
    done = {lesson for lesson, watching in watched.items() if watching.done_at}
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
