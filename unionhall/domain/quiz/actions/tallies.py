"""Add handed-in papers to the figures of their questions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from django.db import transaction

from unionhall.domain.quiz.models import Attempt, QuestionTally, QuestionVersion
from unionhall.domain.quiz.queries.attempts import answers_of, keys_of
from unionhall.domain.quiz.rules.statistics import (
    Outcome,
    discrimination_of,
    facility_of,
    outcomes_of,
)

AT_ONCE = 500  # papers in one transaction


def tally_handed_in() -> int:
    """Add what was handed in since; returns how many papers. Any number of these may run at once."""
    done = 0
    while some := _tally_some():
        done += some
    return done


@transaction.atomic
def _tally_some() -> int:
    """A paper is added and marked as added in one transaction, so it counts once whoever is killed."""
    waiting = Attempt.objects.filter(state__in=Attempt.SCORED, tallied=False).order_by("pk")
    attempts = list(
        waiting.select_for_update(skip_locked=True, no_key=True).prefetch_related("answers")[
            :AT_ONCE
        ]
    )
    Attempt.objects.filter(pk__in=[attempt.pk for attempt in attempts]).update(tallied=True)
    counting = [attempt for attempt in attempts if attempt.counts_for_figures]
    _add(_outcomes(counting))
    return len(attempts)


def _outcomes(attempts: list[Attempt]) -> Iterable[Outcome]:
    asked = {slot.version_id for attempt in attempts for slot in attempt.slots}
    keys = keys_of(QuestionVersion.objects.filter(pk__in=asked))
    for attempt in attempts:
        given = {at: answer.given for at, answer in answers_of(attempt).items()}
        yield from outcomes_of(attempt.slots, keys, given)


def _add(outcomes: Iterable[Outcome]) -> None:
    found: defaultdict[int, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        found[outcome.version_id].append(outcome)
    fresh = [QuestionTally(version_id=pk) for pk in found]
    QuestionTally.objects.bulk_create(fresh, ignore_conflicts=True)
    rows = QuestionTally.objects.select_for_update().filter(pk__in=found).order_by("pk")
    tallies = [_added(tally, found[tally.pk]) for tally in rows]
    names = [field.name for field in QuestionTally._meta.fields if not field.primary_key]
    QuestionTally.objects.bulk_create(
        tallies, update_conflicts=True, unique_fields=["version"], update_fields=names
    )


def _added(tally: QuestionTally, outcomes: list[Outcome]) -> QuestionTally:
    sums, chosen = tally.sums, Counter(tally.chosen)
    for outcome in outcomes:
        sums = sums.plus(outcome.mark, outcome.rest)
        chosen.update(outcome.chosen)
    tally.sums = sums
    tally.chosen = dict(chosen)
    tally.facility, tally.discrimination = facility_of(sums), discrimination_of(sums)
    return tally
