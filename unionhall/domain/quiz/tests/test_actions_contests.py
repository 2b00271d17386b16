from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from tests.cast import many_members
from unionhall.base.errors import Refused
from unionhall.base.ledger.queries import entries_of
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.models import Attempt, Contest
from unionhall.domain.quiz.queries.winners import last_link
from unionhall.domain.quiz.tests.conftest import (
    a_bank,
    a_contest,
    a_small_contest,
    overdue,
    passed,
    started,
    trips,
)

DRAFT = Contest.State.DRAFT
PASSERS = 12


def entered(contest, union, by, scores):
    """Everybody on paper, for only the order and the score matter."""
    people = many_members(len(scores), union)
    return [
        actions.enter_on_paper(contest, member, score=score, by=by)
        for member, score in zip(people, scores, strict=True)
    ]


def ended(contest):
    contest.refresh_from_db()
    return actions.close_contest(contest)


def test_a_sound_contest_is_published_once(plant7, bo):
    contest = a_contest(plant7, state=DRAFT)
    assert actions.publish_contest(contest, by=bo).state == "published"
    actions.publish_contest(contest, by=bo)
    assert entries_of(contest).count() == 1


@pytest.mark.parametrize(
    "values",
    [
        {"full_marks": 149},
        {"draw": {"single": [50, 3]}},
        {"draw": {}},
        {"opens_at": timezone.now(), "closes_at": timezone.now() - dt.timedelta(days=1)},
    ],
)
def test_a_faulty_contest_is_not_published(plant7, bo, values):
    contest = a_contest(plant7, state=DRAFT, **values)
    with pytest.raises(Refused):
        actions.publish_contest(contest, by=bo)
    contest.refresh_from_db()
    assert contest.state == "draft"


def test_by_lot_prizes_are_drawn_among_those_who_passed(plant7, bo):
    contest = a_small_contest(plant7, prizes=5, winners_by="lot")
    attempts = entered(contest, plant7, bo, [10] * PASSERS + [3] * 3)
    assert not any(attempt.prize_id or attempt.prize_refusal for attempt in attempts)
    assert ended(contest).state == "closed"
    won = Attempt.objects.filter(prize__isnull=False)
    assert sorted(won.values_list("prize__place", flat=True)) == [1, 2, 3, 4, 5]
    assert not won.filter(score__lt=10).exists()
    assert Attempt.objects.filter(prize_refusal="not_drawn").count() == PASSERS - 5


def test_by_score_ties_go_by_the_order_of_handing_in(plant7, bo):
    contest = a_contest(plant7, prizes=3, winners_by="score")
    entered(contest, plant7, bo, [120, 140, 99, 120, 130, 120])
    ended(contest)
    line = Attempt.objects.filter(prize__isnull=False).order_by("prize__place")
    assert list(line.values_list("score", "passed_as")) == [(140, 2), (130, 4), (120, 1)]
    assert set(
        Attempt.objects.filter(prize=None, passed_as__isnull=False).values_list(
            "prize_refusal", flat=True
        )
    ) == {"outscored"}


def test_closing_twice_gives_nothing_twice(plant7, bo):
    contest = a_small_contest(plant7, prizes=5, winners_by="lot")
    entered(contest, plant7, bo, [10] * PASSERS)
    ended(contest)
    before = list(Attempt.objects.order_by("pk").values_list("prize"))
    ended(contest)
    assert list(Attempt.objects.order_by("pk").values_list("prize")) == before


def test_an_early_end_lets_those_who_are_at_it_finish(small, ann, chen, bo):
    attempt = started(small, ann)
    actions.admit(small, chen)
    assert actions.close_contest(small, by=bo).state == "published"
    small.refresh_from_db()
    with pytest.raises(Refused):
        actions.start_attempt(small, chen)
    actions.hand_in(attempt)
    assert actions.close_due() == 1


def test_the_sweep_closes_what_is_past_its_end(small, ann):
    passed(small, ann)
    assert actions.close_due() == 0
    Contest.objects.update(closes_at=timezone.now() - dt.timedelta(minutes=1))
    assert actions.close_due() == 1
    small.refresh_from_db()
    assert (small.state, small.closed_at is not None) == ("closed", True)


def test_closing_hands_in_what_ran_out_of_time(small, ann):
    overdue(started(small, ann))
    assert ended(small).state == "closed"
    assert Attempt.objects.get().state == "expired"


def test_the_end_notes_the_last_link_of_the_winners_list(small, ann):
    passed(small, ann)
    ended(small)
    entry = entries_of(small).get(action="quiz.contest_closed")
    assert entry.detail["winners_link"] == last_link(small)


def test_who_hands_in_after_the_end_keeps_score_and_place(small, ann):
    """A start that had read the contest just before it was closed."""
    attempt = started(small, ann)
    Contest.objects.update(state="closed")
    from unionhall.domain.quiz.tests.conftest import answer_all

    attempt = actions.hand_in(answer_all(attempt))
    assert (attempt.passed_as, attempt.prize, attempt.prize_refusal) == (1, None, "not_open")


class TestReview:
    def test_is_asked_once_and_answered_once(self, small, ann, bo):
        attempt = passed(small, ann)
        review = actions.ask_review(attempt, text="时间不对")
        assert actions.ask_review(attempt, text="又来一次").pk == review.pk
        assert review.due_at - review.asked_at == dt.timedelta(days=3)
        answered = actions.answer_review(review, text="查过了，没有错", by=bo)
        assert (answered.answer, answered.answered_by) == ("查过了，没有错", bo)
        with pytest.raises(Refused):
            actions.answer_review(review, text="再答", by=bo)

    def test_is_refused_after_its_deadline(self, small, ann):
        attempt = passed(small, ann)
        Attempt.objects.update(handed_in_at=timezone.now() - dt.timedelta(days=4))
        attempt.refresh_from_db()
        with pytest.raises(Refused) as refusal:
            actions.ask_review(attempt, text="时间不对")
        assert refusal.value.code == "review_too_late"

    def test_runs_from_the_end_of_the_contest(self, small, ann):
        attempt = passed(small, ann)
        Attempt.objects.update(handed_in_at=timezone.now() - dt.timedelta(days=4))
        Contest.objects.update(closes_at=timezone.now())
        attempt = Attempt.objects.select_related("contest").get(pk=attempt.pk)
        assert actions.ask_review(attempt, text="时间不对").pk

    def test_is_sealed_in_the_table(self, small, ann):
        from django.db import connection

        actions.ask_review(passed(small, ann), text="时间不对")
        with connection.cursor() as cursor:
            cursor.execute("SELECT text FROM quiz_review")
            assert "时间不对".encode() not in bytes(cursor.fetchone()[0])


def test_a_contest_that_cannot_be_closed_does_not_stop_the_others(plant7, caplog):
    bank = a_bank(plant7)
    over = timezone.now() - dt.timedelta(minutes=1)
    first, *_others = (a_contest(plant7, bank=bank, closes_at=over) for _ in range(3))
    trips("quiz_contest", first.pk)
    assert actions.close_due() == 2
    assert f"failed for {first.pk}" in caplog.text
    open_still = Contest.objects.filter(state=Contest.State.PUBLISHED)
    assert list(open_still) == [first]


def test_closing_hands_in_only_its_own_papers(plant7, ann):
    bank = a_bank(plant7)
    mine, other = (a_small_contest(plant7, bank=bank) for _ in range(2))
    for contest in (mine, other):
        overdue(started(contest, ann))
    actions.close_contest(mine)
    assert mine.attempts.get().state == Attempt.State.EXPIRED
    assert other.attempts.get().state == Attempt.State.OPEN
