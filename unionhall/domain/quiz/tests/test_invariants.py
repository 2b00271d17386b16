"""Green after an ordinary contest; red after each planted offence."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from tests.cast import many_members
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.invariants import INVARIANTS
from unionhall.domain.quiz.models import Admission, Answer, Attempt, Contest, QuestionVersion
from unionhall.domain.quiz.tests.conftest import a_small_contest, answer_all, passed, started
from unionhall.kernel.allotment.models import Claim


@pytest.fixture
def ordinary(plant7, bo):
    contest = a_small_contest(plant7, prizes=3)
    people = many_members(6, plant7)
    for member in people[:4]:
        passed(contest, member)
    actions.hand_in(started(contest, people[4]))
    started(contest, people[5])
    actions.hand_in(answer_all(actions.start_trial(contest, by=bo)))
    return contest


def broken():
    return {
        invariant.sentence.split(" ")[0] + str(nth)
        for nth, invariant in enumerate(INVARIANTS)
        if list(invariant.offenders())
    }


def offenders(function_name):
    (invariant,) = [one for one in INVARIANTS if one.offenders.__name__ == function_name]
    return list(invariant.offenders())


def test_all_is_well_after_an_ordinary_contest(ordinary):
    assert broken() == set()


def first():
    return Attempt.objects.get(passed_as=1)


def a_counter_too_high(_contest):
    Contest.objects.update(passed=9)


def a_gap_in_the_line(_contest):
    Attempt.objects.filter(passed_as=4).update(passed_as=7)


def a_score_changed(_contest):
    Attempt.objects.filter(score=0).update(score=9)


def an_answer_changed_afterwards(_contest):
    Answer.objects.filter(attempt=first()).update(given=[])


def a_place_without_a_pass(_contest):
    Attempt.objects.filter(score=0).update(passed_as=5)


def a_pass_without_a_place(_contest):
    Attempt.objects.filter(passed_as=4).update(passed_as=None)


def a_prize_of_somebody_else(_contest):
    other = Attempt.objects.get(passed_as=4).member_id
    Claim.objects.filter(pk=first().prize_id).update(member=other)


def prizes_exchanged(_contest):
    one, two = first(), Attempt.objects.get(passed_as=2)
    mine, hers = one.prize_id, two.prize_id
    Attempt.objects.filter(pk=one.pk).update(prize=None)
    Attempt.objects.filter(pk=two.pk).update(prize=mine)
    Attempt.objects.filter(pk=one.pk).update(prize=hers)
    Claim.objects.filter(pk=mine).update(member=two.member_id, state="released")
    Claim.objects.filter(pk=hers).update(member=one.member_id)


def a_time_put_back(_contest):
    Attempt.objects.filter(passed_as=2).update(handed_in_at=timezone.now() - dt.timedelta(days=1))


def an_attempt_forgotten(_contest):
    Attempt.objects.filter(state="open").update(due_at=timezone.now() - dt.timedelta(hours=1))


def a_contest_left_open(_contest):
    Attempt.objects.filter(state="open").delete()
    Contest.objects.update(closes_at=timezone.now() - dt.timedelta(hours=1))


def a_winner_taken_off_after_the_end(contest):
    actions.hand_in(Attempt.objects.get(state="open"))
    actions.close_contest(contest)
    Attempt.objects.filter(prize__place=2).update(prize=None)


def a_question_twice(_contest):
    attempt = first()
    Attempt.objects.filter(pk=attempt.pk).update(paper=[*attempt.paper, *attempt.paper])


def a_version_gone(_contest):
    Attempt.objects.filter(pk=Attempt.objects.get(state="open").pk).update(
        paper=[[999_999, [], 10]]
    )


def a_gate_climbed(_contest):
    Admission.objects.filter(member=first().member).delete()


def an_early_start(_contest):
    Contest.objects.update(opens_at=first().started_at + dt.timedelta(seconds=1))


def a_late_start(_contest):
    late = Attempt.objects.get(state="open")
    Contest.objects.update(closes_at=late.started_at - dt.timedelta(microseconds=1))


def a_paper_handed_in_before_it_was_begun(_contest):
    started = first().started_at
    Attempt.objects.filter(passed_as=1).update(handed_in_at=started - dt.timedelta(seconds=1))


def no_current_version(_contest):
    version = QuestionVersion.objects.first()
    QuestionVersion.objects.filter(pk=version.pk).update(current=False)


@pytest.mark.parametrize(
    ("offence", "found_by"),
    [
        (a_counter_too_high, "counters_off"),
        (a_gap_in_the_line, "counters_off"),
        (a_score_changed, "scores_off"),
        (an_answer_changed_afterwards, "scores_off"),
        (a_place_without_a_pass, "passed_wrongly"),
        (a_pass_without_a_place, "passed_wrongly"),
        (a_prize_of_somebody_else, "prizes_of_others"),
        (prizes_exchanged, "prizes_out_of_order"),
        (a_time_put_back, "prizes_out_of_order"),
        (an_attempt_forgotten, "forgotten"),
        (a_contest_left_open, "left_open"),
        (a_winner_taken_off_after_the_end, "winners_changed"),
        (a_question_twice, "papers_off"),
        (a_version_gone, "papers_off"),
        (a_gate_climbed, "uninvited"),
        (an_early_start, "outside_the_window"),
        (a_late_start, "outside_the_window"),
        (a_paper_handed_in_before_it_was_begun, "outside_the_window"),
        (no_current_version, "without_version"),
    ],
)
def test_planted_offence_is_found(ordinary, offence, found_by):
    assert offenders(found_by) == []
    offence(ordinary)
    assert offenders(found_by)
