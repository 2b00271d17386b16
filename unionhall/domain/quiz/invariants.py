"""What must always hold of contests and attempts, and no constraint can say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise

from django.db import connection
from django.db.models import Count, F, Max, Q

from unionhall.base.clock import now_in_database
from unionhall.base.invariant import Invariant
from unionhall.domain.quiz.actions.attempts import score_now
from unionhall.domain.quiz.models import Attempt, Contest, Question, QuestionVersion
from unionhall.domain.quiz.queries.winners import chained

PATIENCE = dt.timedelta(minutes=10)  # how long the sweep may be away


def counters_off() -> Iterator[str]:
    """The counter is how many passed, and their places run from 1 without a gap."""
    counted = Contest.objects.annotate(
        passers=Count("attempts", filter=Q(attempts__passed_as__isnull=False)),
        last=Max("attempts__passed_as"),
    )
    wrong = counted.exclude(passed=F("passers"), last=F("passers")).exclude(passed=0, passers=0)
    for pk, passed, passers in wrong.values_list("pk", "passed", "passers"):
        yield f"contest {pk}: {passed} counted, {passers} passed"


def scores_off() -> Iterator[str]:
    """Marking again gives the same score; papers from the desk have none to mark."""
    scored = Attempt.objects.filter(state__in=Attempt.SCORED, on_paper_by=None)
    for attempt in scored.prefetch_related("answers").iterator(chunk_size=500):
        again = score_now(attempt)
        if again != attempt.score:
            yield f"attempt {attempt.pk}: score {attempt.score}, marked again {again}"


def passed_wrongly() -> Iterator[str]:
    """Whoever has a place reached the pass mark; whoever reached it has a place."""
    counting = Attempt.objects.filter(state__in=Attempt.SCORED, trial_by=None)
    too_few = Q(passed_as__isnull=False, score__lt=F("contest__pass_mark"))
    left_out = Q(passed_as=None, score__gte=F("contest__pass_mark"))
    for attempt in counting.filter(too_few | left_out):
        yield f"attempt {attempt.pk}: score {attempt.score}, place {attempt.passed_as}"


def prizes_of_others() -> Iterator[str]:
    """A prize is the member's own, from the contest's pool, and for a pass."""
    mine = Q(prize__member=F("member"), prize__pool=F("contest__prizes"), passed_as__isnull=False)
    for attempt in Attempt.objects.filter(prize__isnull=False).exclude(mine):
        yield f"attempt {attempt.pk}: prize {attempt.prize_id}"


def prizes_out_of_order() -> Iterator[str]:
    """In order of handing in: who passed earlier has the earlier prize, and handed in earlier."""
    for contest in Contest.objects.filter(winners_by=Contest.WinnersBy.ORDER):
        prized = contest.attempts.filter(prize__isnull=False).order_by("passed_as")
        rows = prized.values_list("pk", "prize__place", "handed_in_at")
        for (_pk, place, at), (pk, next_place, next_at) in pairwise(rows):
            if not (next_place > place and next_at > at):  # type: ignore[operator]
                yield f"contest {contest.pk}, attempt {pk}: place {next_place} after {place}"


def forgotten() -> Iterator[str]:
    """Nobody's attempt stays open for long after its time."""
    now = now_in_database()
    for attempt in Attempt.objects.filter(state=Attempt.State.OPEN).select_related("contest"):
        if now > attempt.due_at + attempt.contest.grace + PATIENCE:
            yield f"attempt {attempt.pk}: due {attempt.due_at:%F %T}"


def left_open() -> Iterator[str]:
    """No contest stays open for long after its end when nobody is answering any more."""
    over = Contest.objects.filter(
        state=Contest.State.PUBLISHED, closes_at__lt=now_in_database() - PATIENCE
    )
    answering = Attempt.objects.filter(state=Attempt.State.OPEN, trial_by=None)
    for contest in over.exclude(pk__in=answering.values("contest")):
        yield f"contest {contest.pk}: ended {contest.closes_at:%F %T}"


def winners_changed() -> Iterator[str]:
    """The winners of a closed contest are those whose chain was kept when it closed."""
    for contest in Contest.objects.filter(state=Contest.State.CLOSED):
        if chained(contest) != contest.winners_link:
            yield f"contest {contest.pk}: kept {contest.winners_link[:8]}"


def papers_off() -> Iterator[str]:
    """A paper asks each question once, adds up to full marks, and all its versions exist."""
    known = set(QuestionVersion.objects.values_list("pk", flat=True))
    for attempt in (
        Attempt.objects.filter(on_paper_by=None).select_related("contest").iterator(chunk_size=500)
    ):
        asked = [slot.version_id for slot in attempt.slots]
        points = (slot.points for slot in attempt.slots)
        # a draft may be rewritten after somebody tried it out
        whole = attempt.is_trial or sum(points) == attempt.contest.full_marks
        if len(set(asked)) < len(asked) or not set(asked) <= known or not whole:
            yield f"attempt {attempt.pk}"


def uninvited() -> Iterator[str]:
    """Everybody who sits a contest was admitted to it."""
    admitted = Q(contest__admissions__member=F("member"))
    for attempt in Attempt.objects.filter(trial_by=None).exclude(
        pk__in=Attempt.objects.filter(admitted).values("pk")
    ):
        yield f"attempt {attempt.pk}: member {attempt.member_id}"


def without_version() -> Iterator[str]:
    """Every question has exactly one current version, the newest."""
    counted = Question.objects.annotate(
        newest=Max("versions__nth"), current=Max("versions__nth", filter=Q(versions__current=True))
    )
    for question in counted.filter(Q(current=None) | ~Q(newest=F("current"))):
        yield f"question {question.pk}"


IN_FIGURES = """
    SELECT coalesce((SELECT sum(jsonb_array_length(paper)) FROM quiz_attempt
                     WHERE tallied AND nth = 1 AND trial_by_id IS NULL), 0),
           coalesce((SELECT sum(asked) FROM quiz_question_tally), 0)
"""


def tallies_off() -> Iterator[str]:
    """Every question of a paper that was added is in the figures, and nothing else is."""
    with connection.cursor() as cursor:  # one statement: a sweep may be at work
        cursor.execute(IN_FIGURES)
        answered, added = cursor.fetchone()
    if answered != added:
        yield f"{answered} questions answered, {added} in the figures"


INVARIANTS = [
    Invariant(
        "A contest's counter is the number of those who passed, without a gap.", counters_off
    ),
    Invariant("Marking an attempt again gives its score.", scores_off),
    Invariant("Exactly those who reached the pass mark have a passing place.", passed_wrongly),
    Invariant(
        "A prize belongs to the member who passed, from the contest's pool.", prizes_of_others
    ),
    Invariant("Prizes in order of handing in follow the order of passing.", prizes_out_of_order),
    Invariant("No attempt stays open long after its time.", forgotten),
    Invariant("No contest stays open long after its end.", left_open),
    Invariant("A closed contest has the winners that it closed with.", winners_changed),
    Invariant("A paper asks each question once and adds up to full marks.", papers_off),
    Invariant("Everybody who sits a contest was admitted.", uninvited),
    Invariant("Every question has its newest version as the current one.", without_version),
    Invariant("The figures of questions add up to the papers they come from.", tallies_off),
]
