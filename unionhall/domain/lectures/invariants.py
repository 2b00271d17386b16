from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q

from unionhall.base.invariant import Invariant
from unionhall.domain.learning.models import Watching
from unionhall.domain.lectures import rules
from unionhall.domain.lectures.models import KeptReport, Phase, Series
from unionhall.domain.quiz.models import Admission, Attempt, Contest

RUNNING = (Contest.State.PUBLISHED, Contest.State.CLOSED)


def published_without_a_part() -> Iterator[str]:
    """Phases of published or closed series that lack their lesson or their contest."""
    running = Phase.objects.exclude(series__state=Series.State.DRAFT)
    yield from map(str, running.filter(Q(lesson=None) | Q(contest=None)))


def drafts_that_already_run() -> Iterator[str]:
    """Phases of drafts whose contest is open to members, or whose prizes are promised. A trial is neither."""
    drafts = Phase.objects.filter(series__state=Series.State.DRAFT)
    yield from map(str, drafts.filter(Q(contest__state__in=RUNNING) | Q(offer__isnull=False)))


def prizes_of_another_pool() -> Iterator[str]:
    """Phases whose offer describes another pool than the one their contest gives prizes from."""
    prized = Phase.objects.filter(contest__isnull=False).exclude(offer=None, contest__prizes=None)
    yield from map(str, prized.exclude(offer__pool=F("contest__prizes")))


def admitted_without_finishing() -> Iterator[str]:
    """Admissions to a phase's quiz of members who neither finished the lecture nor were entered on paper."""
    finished = Watching.objects.filter(
        member=OuterRef("member"),
        lesson=OuterRef("contest__lecture_phase__lesson"),
        done_at__isnull=False,
    )
    on_paper = Attempt.objects.filter(
        member=OuterRef("member"), contest=OuterRef("contest"), on_paper_by__isnull=False
    )
    admissions = Admission.objects.filter(contest__lecture_phase__isnull=False)
    yield from map(str, admissions.exclude(Exists(finished)).exclude(Exists(on_paper)))


def closed_while_a_phase_runs() -> Iterator[str]:
    """Closed series with a phase that is not closed, and the other way round."""
    for series in Series.objects.exclude(state=Series.State.DRAFT).prefetch_related("phases"):
        all_closed = all(phase.closed_at for phase in series.phases.all())
        if all_closed != (series.state == Series.State.CLOSED):
            yield str(series)


def kept_reports_of_too_many() -> Iterator[str]:
    """Kept reports that count more people than had begun, passed or won when they were taken.

    Fewer are none of its making: whoever has left is on no line, and stays among those who passed.
    """
    for kept in KeptReport.objects.select_related("phase"):
        told, most = rules.total([rules.Line(*line) for line in kept.lines]), _most_by_then(kept)
        if any(getattr(told, column) > number for column, number in most.items()):
            yield str(kept)


def _most_by_then(kept: KeptReport) -> dict[str, int]:
    at, phase = kept.taken_at, kept.phase
    sat = Attempt.objects.filter(contest=phase.contest_id, member__isnull=False, started_at__lte=at)
    watched = Watching.objects.filter(lesson=phase.lesson_id, opened_at__lte=at)
    return {
        "started": sat.order_by()
        .values("member")
        .union(watched.order_by().values("member"))
        .count(),
        "passed": sat.filter(passed_as__isnull=False, handed_in_at__lte=at).count(),
        "won": sat.filter(prize__claimed_at__lte=at).count(),
    }


INVARIANTS = [
    Invariant("A published phase has a lesson and a contest.", published_without_a_part),
    Invariant(
        "A draft has no contest that is open, and promises no prize.", drafts_that_already_run
    ),
    Invariant(
        "A phase's offer describes the pool that its contest gives prizes from.",
        prizes_of_another_pool,
    ),
    Invariant(
        "Whoever was admitted has finished the lecture, or was entered on paper.",
        admitted_without_finishing,
    ),
    Invariant(
        "A series is closed when all its phases are, and only then.", closed_while_a_phase_runs
    ),
    Invariant(
        "A kept report counts nobody who had not begun, passed or won when it was taken.",
        kept_reports_of_too_many,
    ),
]
