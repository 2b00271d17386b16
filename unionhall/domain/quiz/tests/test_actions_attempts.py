from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from unionhall.base.errors import Refused
from unionhall.base.ledger.queries import entries_of
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.actions import refusals
from unionhall.domain.quiz.models import Answer, Attempt, Contest
from unionhall.domain.quiz.tests.conftest import (
    a_contest,
    answer_all,
    overdue,
    passed,
    right_answers,
    started,
)
from unionhall.kernel.audience.rules import Audience


def test_without_admission_nobody_starts(contest, ann):
    with pytest.raises(refusals.NotAdmitted):
        actions.start_attempt(contest, ann)


def test_admission_twice_is_once(contest, ann):
    first = actions.admit(contest, ann, because="watched")
    assert actions.admit(contest, ann) == first
    assert entries_of(first).count() == 1


def test_a_start_draws_the_paper_by_the_rule_and_keeps_it(contest, ann):
    attempt = started(contest, ann)
    assert (len(attempt.paper), sum(slot.points for slot in attempt.slots)) == (55, 150)
    assert len({slot.version_id for slot in attempt.slots}) == 55
    assert attempt.due_at - attempt.started_at == dt.timedelta(minutes=30)


def test_a_second_start_is_the_same_attempt(contest, ann):
    attempt = started(contest, ann)
    again = actions.start_attempt(contest, ann)
    assert (again.pk, again.paper) == (attempt.pk, attempt.paper)
    assert entries_of(attempt).count() == 1


def test_few_statements_start_an_attempt(contest, ann, django_assert_max_num_queries):
    actions.admit(contest, ann)
    with django_assert_max_num_queries(9):  # two of them savepoints of the test's own transaction
        actions.start_attempt(contest, ann)


def test_few_statements_save_an_answer(contest, ann, django_assert_max_num_queries):
    attempt = started(contest, ann)
    with django_assert_max_num_queries(7):
        actions.save_answer(attempt, 1, ["A"], seq=0)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"state": Contest.State.DRAFT}, refusals.NotOpenYet),
        ({"opens_at": timezone.now() + dt.timedelta(hours=1)}, refusals.NotOpenYet),
        ({"closes_at": timezone.now() - dt.timedelta(hours=1)}, refusals.Closed),
        ({"state": Contest.State.CLOSED}, refusals.Closed),
        ({"audience": Audience(sexes=("m",))}, refusals.NotInAudience),
    ],
)
def test_the_doors_are_kept_by_the_servers_clock_and_the_audience(plant7, ann, values, refusal):
    contest = a_contest(plant7, **values)
    with pytest.raises(refusal):
        started(contest, ann)


def test_who_asked_for_more_time_has_twice_as_much(contest, ann):
    ann.user.more_time = True
    ann.user.save()
    attempt = started(contest, ann)
    assert attempt.due_at - attempt.started_at == dt.timedelta(minutes=60)


def test_time_ends_at_the_latest_when_the_contest_ends(plant7, ann):
    closes = timezone.now() + dt.timedelta(minutes=5)
    assert started(a_contest(plant7, closes_at=closes), ann).due_at == closes


def test_an_answer_is_kept_as_given(contest, ann):
    attempt = started(contest, ann)
    saved = actions.save_answer(attempt, 1, ["B"], seq=0, later=True)
    assert (saved.given, saved.seq, saved.later) == (["B"], 1, True)
    changed = actions.save_answer(attempt, 1, ["C"], seq=1)
    assert (changed.given, changed.seq, changed.later) == (["C"], 2, False)


def test_the_same_answer_sent_again_is_the_same(contest, ann):
    attempt = started(contest, ann)
    first = actions.save_answer(attempt, 1, ["B"], seq=0)
    assert actions.save_answer(attempt, 1, ["B"], seq=0).seq == first.seq == 1


def test_an_answer_from_a_stale_tab_is_refused_with_the_newest(contest, ann):
    attempt = started(contest, ann)
    actions.save_answer(attempt, 1, ["B"], seq=0)
    with pytest.raises(refusals.OutOfSequence) as refusal:
        actions.save_answer(attempt, 1, ["C"], seq=0)
    assert refusal.value.newest.given == ["B"]
    assert Answer.objects.get().given == ["B"]


@pytest.mark.parametrize(
    ("position", "given"), [(0, ["A"]), (56, ["A"]), (1, ["A", "B"]), (1, ["Z"]), (36, ["A"])]
)
def test_what_is_no_answer_is_not_kept(contest, ann, position, given):
    with pytest.raises(refusals.NoAnswer):
        actions.save_answer(started(contest, ann), position, given, seq=0)


def test_after_the_deadline_and_its_grace_nothing_is_kept(contest, ann):
    attempt = overdue(started(contest, ann), minutes=0)
    assert actions.save_answer(attempt, 1, ["B"], seq=0).given == [
        "B"
    ]  # on its way at the deadline
    with pytest.raises(refusals.TimeIsUp):
        actions.save_answer(overdue(attempt, minutes=1), 1, ["C"], seq=1)


def test_all_right_is_full_marks_and_the_first_place(contest, ann):
    attempt = passed(contest, ann)
    assert (attempt.state, attempt.score, attempt.passed_as, attempt.prize.place) == (
        "handed_in",
        150,
        1,
        1,
    )
    assert attempt.prize.member == ann


def test_nothing_is_no_points_and_no_place(contest, ann):
    attempt = actions.hand_in(started(contest, ann))
    assert (attempt.score, attempt.passed_as, attempt.prize, attempt.prize_refusal) == (
        0,
        None,
        None,
        "",
    )


def test_handing_in_twice_is_once(contest, ann):
    attempt = passed(contest, ann)
    again = actions.hand_in(attempt)
    assert (again.score, again.passed_as, again.prize_id) == (150, 1, attempt.prize_id)
    contest.refresh_from_db()
    assert contest.passed == 1


def test_after_handing_in_nothing_changes(contest, ann):
    attempt = passed(contest, ann)
    with pytest.raises(refusals.HandedInAlready):
        actions.save_answer(attempt, 1, ["A"], seq=1)


def test_an_edit_never_changes_a_past_attempt(contest, ann, bo):
    from unionhall.domain.quiz.models import QuestionVersion
    from unionhall.domain.quiz.queries.attempts import shown
    from unionhall.domain.quiz.queries.banks import draft_of

    attempt = started(contest, ann)
    version = QuestionVersion.objects.get(pk=attempt.slots[0].version_id)
    answers = right_answers(attempt)
    import dataclasses

    wrong = {"A": "B"}.get(version.answer[0], "A")
    draft = dataclasses.replace(draft_of(version), stem="改过的题干？", answer=[wrong])
    actions.edit_question(version.question, draft, seen_nth=1, by=bo)
    assert shown(attempt, 1).stem == version.stem
    actions.save_answer(attempt, 1, answers[1], seq=0)
    assert actions.hand_in(attempt).score == 3


def test_a_refused_prize_keeps_score_and_place_and_says_why(plant7, ann, bo):
    from tests.cast import a_member

    contest = a_contest(plant7, prizes=1)
    passed(contest, ann)
    late = passed(contest, a_member("林小满", plant7))
    assert (late.score, late.passed_as, late.prize, late.prize_refusal) == (
        150,
        2,
        None,
        "sold_out",
    )


def test_who_passed_does_not_sit_again(contest, ann):
    passed(contest, ann)
    with pytest.raises(refusals.AlreadyPassed):
        actions.start_attempt(contest, ann)


def test_as_many_attempts_as_allowed(plant7, ann):
    contest = a_contest(plant7, attempts_allowed=2)
    for nth in (1, 2):
        attempt = started(contest, ann)
        assert actions.hand_in(attempt).nth == nth
    with pytest.raises(refusals.NoAttemptsLeft):
        actions.start_attempt(contest, ann)


def test_what_ran_out_of_time_is_handed_in_with_what_was_saved(contest, ann):
    attempt = overdue(answer_all(started(contest, ann)))
    assert actions.hand_in_overdue() == 1
    attempt.refresh_from_db()
    assert (attempt.state, attempt.score, attempt.passed_as) == ("expired", 150, 1)
    assert actions.hand_in_overdue() == 0


def test_within_the_grace_the_sweep_waits(contest, ann):
    overdue(started(contest, ann), minutes=0)
    assert actions.hand_in_overdue() == 0


def test_one_broken_attempt_does_not_stop_the_sweep(contest, ann, plant7, caplog):
    from tests.cast import a_member

    broken = overdue(started(contest, ann), minutes=90)
    Attempt.objects.filter(pk=broken.pk).update(paper=[[0, [], 1]])
    overdue(started(contest, a_member("林小满", plant7)))
    assert actions.hand_in_overdue() == 1
    assert "_hand_in_one failed" in caplog.text


def test_a_start_after_an_overdue_attempt_hands_that_in_first(plant7, ann):
    contest = a_contest(plant7, attempts_allowed=2)
    first = overdue(started(contest, ann))
    second = actions.start_attempt(contest, ann)
    first.refresh_from_db()
    assert (first.state, second.nth) == ("expired", 2)


def test_a_trial_never_counts_and_needs_no_admission(plant7, bo):
    contest = a_contest(plant7, state=Contest.State.DRAFT)
    trial = actions.start_trial(contest, by=bo)
    assert actions.start_trial(contest, by=bo).pk == trial.pk
    trial = actions.hand_in(answer_all(trial))
    contest.refresh_from_db()
    assert (trial.score, trial.passed_as, trial.prize, contest.passed) == (150, None, None, 0)
    assert actions.start_trial(contest, by=bo).pk != trial.pk


def test_prize_news_go_to_inbox_and_phone(contest, ann):
    from unionhall.kernel.notify.models import Delivery

    passed(contest, ann)
    assert set(Delivery.objects.values_list("channel", flat=True)) == {"inbox", "sms"}


def test_the_hot_row_comes_after_marking_and_ledger(contest, ann, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    attempt = answer_all(started(contest, ann))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        actions.hand_in(attempt)
    told = [query["sql"].lstrip() for query in asked]
    hot = next(at for at, sql in enumerate(told) if sql.startswith("UPDATE quiz_contest"))
    writes = [at for at, sql in enumerate(told) if sql.startswith("INSERT INTO ledger_entry")]
    assert writes[0] < hot
    assert not any("quiz_question_version" in sql or "quiz_answer" in sql for sql in told[hot:])


class TestOnPaper:
    def test_takes_the_next_place_of_the_same_line(self, contest, ann, chen, bo):
        passed(contest, ann)
        paper = actions.enter_on_paper(contest, chen, score=120, by=bo)
        assert (paper.passed_as, paper.prize.place, paper.on_paper_by) == (2, 2, bo)
        assert contest.admissions.get(member=chen).because == "on_paper"

    def test_below_the_mark_is_no_place(self, contest, chen, bo):
        assert actions.enter_on_paper(contest, chen, score=99, by=bo).passed_as is None

    @pytest.mark.parametrize("score", [-1, 151])
    def test_a_score_out_of_range_is_refused(self, contest, chen, bo, score):
        with pytest.raises(Refused) as refusal:
            actions.enter_on_paper(contest, chen, score=score, by=bo)
        assert refusal.value.code == "score_out_of_range"

    def test_who_sits_at_it_or_has_passed_is_not_entered(self, plant7, ann, chen, bo):
        contest = a_contest(plant7, attempts_allowed=0)
        started(contest, ann)
        with pytest.raises(Refused) as refusal:
            actions.enter_on_paper(contest, ann, score=120, by=bo)
        assert refusal.value.code == "already_taking_part"
        actions.enter_on_paper(contest, chen, score=120, by=bo)
        with pytest.raises(refusals.AlreadyPassed):
            actions.enter_on_paper(contest, chen, score=130, by=bo)

    @pytest.mark.parametrize(
        "values", [{"state": Contest.State.CLOSED}, {"audience": Audience(sexes=("m",))}]
    )
    def test_only_while_the_contest_runs_and_for_its_audience(self, plant7, ann, bo, values):
        contest = a_contest(plant7, **values)
        with pytest.raises(Refused):
            actions.enter_on_paper(contest, ann, score=120, by=bo)

    @pytest.mark.parametrize(
        ("opens", "closes", "refusal"),
        [(1, 2, refusals.NotOpenYet), (-2, -1, refusals.Closed)],
    )
    def test_it_is_entered_neither_before_the_opening_nor_after_the_end(
        self, contest, chen, bo, opens, closes, refusal
    ):
        now = timezone.now()
        contest.opens_at = now + dt.timedelta(hours=opens)
        contest.closes_at = now + dt.timedelta(hours=closes)
        with pytest.raises(refusal):
            actions.enter_on_paper(contest, chen, score=120, by=bo)
