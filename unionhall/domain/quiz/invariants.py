"""What must always hold of contests, attempts and imports of banks, and no constraint can say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise

from django.db import connection
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from unionhall.base.clock import now_in_database
from unionhall.base.invariant import Invariant
from unionhall.base.ledger.queries import entries_numbered
from unionhall.domain.quiz.actions.attempts import score_now
from unionhall.domain.quiz.actions.bank_imports import KEPT_DAYS
from unionhall.domain.quiz.models import (
    Attempt,
    BankImport,
    BankImportRow,
    Contest,
    Question,
    QuestionVersion,
)
from unionhall.domain.quiz.queries.bank_imports import counts_of
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


def outside_the_window() -> Iterator[str]:
    """Whoever sits a contest began while it was open, and handed in after that; paper from the desk may come later."""
    sat = Attempt.objects.filter(trial_by=None, on_paper_by=None)
    early = Q(started_at__lt=F("contest__opens_at"))
    # Who starts in the second in which it is ended by hand gets a paper, and nothing by it.
    ended = Q(started_at__gt=F("contest__closed_at"), prize__isnull=False)
    late = Q(started_at__gt=F("contest__closes_at")) | ended
    backwards = Q(handed_in_at__lt=F("started_at"))
    for attempt in sat.filter(early | late | backwards).order_by("pk"):
        yield f"attempt {attempt.pk}: began {attempt.started_at}, handed in {attempt.handed_in_at}"


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


def imports_without_a_yes() -> Iterator[str]:
    """Imports that are being or were taken in, with no entry of the ledger for it, or no bank."""
    state = BankImport.State
    confirmed = BankImport.objects.filter(state__in=[state.RUNNING, state.DONE, state.UNDONE])
    for pk in confirmed.filter(Q(batch_id=None) | Q(bank=None)).values_list("pk", flat=True):
        yield f"bank import {pk}"


def counts_of_imports_off() -> Iterator[str]:
    """What an import tells of its rows is what they say, one by one."""
    over = BankImport.objects.filter(state__in=[BankImport.State.DONE, BankImport.State.UNDONE])
    for sent in over.defer("content").iterator(chunk_size=500):
        again = counts_of(sent)
        kept = sum(again["verdicts"].values())
        if again != sent.counts or kept != sent.rows:
            yield f"bank import {sent.pk}: {sent.rows} rows told, {kept} kept"


# One statement: a worker may be at work. Of a file that was put back nothing is left.
BROUGHT = """
    SELECT sent.id, taken.n, brought.n FROM quiz_bank_import AS sent,
    LATERAL (SELECT count(*) AS n FROM quiz_bank_import_row AS kept
             WHERE bank_import_id = sent.id AND place < next_place AND state <> 'undone'
                   AND verdict IN ('accepted', 'accepted_normalised')) AS taken,
    LATERAL (SELECT count(*) AS n FROM quiz_question AS question
             WHERE question.batch_id = sent.batch_id AND question.bank_id = sent.bank_id) AS brought
    WHERE state IN ('running', 'done', 'undone') AND taken.n <> brought.n
"""


def questions_of_imports_off() -> Iterator[str]:
    """Each row that was taken in is a question of the import's bank that carries its batch."""
    with connection.cursor() as cursor:
        cursor.execute(BROUGHT)
        for pk, taken, brought in cursor.fetchall():
            yield f"bank import {pk}: {taken} rows taken in, {brought} questions"


def batches_of_no_import() -> Iterator[str]:
    """Batches that questions carry, and that are no import in the ledger."""
    batches = set(Question.objects.values_list("batch_id", flat=True).distinct()) - {None}
    imports = entries_numbered(batches).filter(action="quiz.questions_imported")
    for batch in sorted(batches - set(imports.values_list("pk", flat=True))):
        yield f"batch {batch}"


def files_kept_too_long() -> Iterator[str]:
    """Files of questions and what was read in them that have served and were not let go."""
    state, old = BankImport.State, timezone.now() - dt.timedelta(days=KEPT_DAYS + 1)
    aged = Q(created_at__lt=old) & ~Q(state=state.RUNNING)
    served = BankImport.objects.filter(aged | Q(state__in=[state.DISCARDED, state.UNREADABLE]))
    for pk in served.exclude(content=None).values_list("pk", flat=True):
        yield f"bank import {pk}: its file"
    gone = BankImport.objects.filter(state__in=[state.DISCARDED, state.UNREADABLE])
    yield from _with_rows(gone, BankImportRow.objects.all())
    yield from _with_rows(
        BankImport.objects.filter(aged), BankImportRow.objects.exclude(values=None)
    )


def _with_rows(sent: QuerySet[BankImport], rows: QuerySet[BankImportRow]) -> Iterator[str]:
    left = sent.filter(Exists(rows.filter(bank_import=OuterRef("pk"))))
    return (f"bank import {pk}: its rows" for pk in left.values_list("pk", flat=True))


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
    Invariant("Everybody who sits a contest began while it was open.", outside_the_window),
    Invariant("Every question has its newest version as the current one.", without_version),
    Invariant("The figures of questions add up to the papers they come from.", tallies_off),
    Invariant("No bank is filled without a yes in the ledger.", imports_without_a_yes),
    Invariant("An import of questions tells of its rows what they say.", counts_of_imports_off),
    Invariant("Each row taken in is a question that carries its batch.", questions_of_imports_off),
    Invariant("The batch of every question is an import in the ledger.", batches_of_no_import),
    Invariant("What was read of questions is let go when it has served.", files_kept_too_long),
]
