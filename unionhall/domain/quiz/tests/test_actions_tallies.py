"""Every member's first paper is added once to the figures of its questions."""

from __future__ import annotations

import pytest

from tests.cast import many_members
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.invariants import tallies_off
from unionhall.domain.quiz.models import Attempt, QuestionTally
from unionhall.domain.quiz.tests.conftest import (
    a_contest,
    a_small_contest,
    answer_all,
    passed,
    started,
)
from unionhall.domain.quiz.tests.test_races import all_at_once


def figures():
    return {
        tally.pk: (tally.asked, tally.right, round(tally.rest, 9), tally.chosen)
        for tally in QuestionTally.objects.all()
    }


def test_a_paper_is_added_once(plant7, ann):
    attempt = passed(a_contest(plant7), ann)
    assert actions.tally_handed_in() == 1
    before = figures()
    assert len(before) == 55
    assert {(asked, right) for asked, right, _rest, _chosen in before.values()} == {(1, 1)}
    assert actions.tally_handed_in() == 0
    assert figures() == before
    assert Attempt.objects.get(pk=attempt.pk).tallied


def test_only_the_first_paper_counts_and_no_trial(plant7, ann, bo):
    contest = a_small_contest(plant7, attempts_allowed=2)
    actions.hand_in(started(contest, ann))
    actions.hand_in(answer_all(actions.start_attempt(contest, ann)))
    actions.hand_in(answer_all(actions.start_trial(contest, by=bo)))
    assert actions.tally_handed_in() == 3
    (tally,) = QuestionTally.objects.filter(asked__gt=0)
    assert (tally.asked, tally.right, tally.chosen) == (1, 0, {"": 1})
    assert list(tallies_off()) == []


def test_what_is_still_open_waits(plant7, ann):
    started(a_small_contest(plant7), ann)
    assert actions.tally_handed_in() == 0


def test_facility_and_discrimination_are_kept_from_ten_papers_on(plant7):
    draw = {"single": [25, 3], "judge": [17, 1]}  # every question to everybody
    contest = a_contest(plant7, draw=draw, full_marks=92, pass_mark=92, prizes=None)
    people = many_members(10, plant7)
    for nth, member in enumerate(people, start=1):
        actions.hand_in(answer_all(started(contest, member), points=9 * nth))
        actions.tally_handed_in()
        known = QuestionTally.objects.exclude(facility=None).count()
        assert known == (42 if nth == 10 else 0)
    mean = sum(QuestionTally.objects.values_list("facility", flat=True)) / 42
    assert 0.3 < mean < 0.8
    told_apart = QuestionTally.objects.exclude(discrimination=None)
    assert all(-1 <= tally.discrimination <= 1 for tally in told_apart)


def test_a_lost_paper_is_found_by_the_audit(plant7, ann):
    passed(a_small_contest(plant7), ann)
    actions.tally_handed_in()
    QuestionTally.objects.update(asked=0)
    assert list(tallies_off()) == ["1 questions answered, 0 in the figures"]


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_add_each_paper_once(plant7):
    contest = a_small_contest(plant7)
    for member in many_members(30, plant7):
        passed(contest, member)
    added = all_at_once([actions.tally_handed_in] * 6, workers=6)
    assert sum(added) == 30
    assert sum(QuestionTally.objects.values_list("asked", flat=True)) == 30
    assert list(tallies_off()) == []
