"""More prizes, or fewer, while a contest runs: the line is served first, and every reason stays true."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.cast import many_members
from unionhall.base.errors import Refused
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.invariants import INVARIANTS
from unionhall.domain.quiz.models import Attempt, Contest
from unionhall.domain.quiz.queries.results import reason_of
from unionhall.domain.quiz.tests.conftest import a_bank, a_small_contest, passed
from unionhall.domain.quiz.tests.test_races import a_rush, all_at_once, lines_of
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment.rules import TooSmall
from unionhall.kernel.audience.rules import Audience
from unionhall.kernel.notify.models import Message


def offenders():
    return [line for invariant in INVARIANTS for line in invariant.offenders()]


def winners_of(contest):
    won = contest.attempts.filter(prize__isnull=False).order_by("prize__place")
    return list(won.values_list("prize__place", "passed_as"))


@pytest.mark.django_db
def test_whoever_found_none_left_is_served_first_and_told(plant7, bo):
    contest = a_small_contest(plant7, prizes=2)
    attempts = [passed(contest, member) for member in many_members(6, plant7)]
    told = Message.objects.count()
    served = actions.resize_prizes(contest, capacity=4, by=bo)
    assert served == attempts[2:4]
    assert winners_of(contest) == [(1, 1), (2, 2), (3, 3), (4, 4)]
    assert Message.objects.count() == told + 2
    assert lines_of(contest)[4:] == [(5, None, "sold_out"), (6, None, "sold_out")]
    assert offenders() == []


@pytest.mark.django_db
def test_what_the_line_leaves_goes_to_whoever_comes_next(plant7, bo):
    contest = a_small_contest(plant7, prizes=1)
    first, second, third = many_members(3, plant7)
    passed(contest, first)
    passed(contest, second)
    assert len(actions.resize_prizes(contest, capacity=3, by=bo)) == 1
    assert passed(contest, third).prize.place == 3


@pytest.mark.django_db
def test_the_reason_of_who_is_still_too_late_names_whom_she_came_after(plant7, bo):
    contest = a_small_contest(plant7, prizes=1)
    _first, second, third = (passed(contest, member) for member in many_members(3, plant7))
    actions.resize_prizes(contest, capacity=2, by=bo)
    reason = reason_of(Attempt.objects.get(pk=third.pk))
    assert (reason.code, reason.capacity, reason.given_out) == ("sold_out", 2, 2)
    assert reason.added_later
    assert reason.last_winner_at == second.handed_in_at
    assert reason.late_by == third.handed_in_at - second.handed_in_at


@pytest.mark.django_db
def test_in_line_everybody_keeps_an_honest_reason(plant7, harbour2, ann, chen, bo):
    bank = a_bank(plant7)
    pools = [
        allotment.open_pool(
            label="券", capacity=1, family="讲堂", audience=Audience(under_union=plant7.pk)
        )
        for _ in range(2)
    ]
    first, second = (a_small_contest(plant7, bank=bank, prizes=None) for _ in range(2))
    for contest, pool in zip((first, second), pools, strict=True):
        contest.prizes = pool
        contest.save()
    early, last = many_members(2, plant7)
    passed(first, early)
    in_first = [passed(first, member) for member in (ann, chen, last)]
    assert {attempt.prize_refusal for attempt in in_first} == {"sold_out"}
    assert passed(second, ann).prize is not None
    served = actions.resize_prizes(first, capacity=2, by=bo)
    assert [attempt.member for attempt in served] == [last]
    reasons = [Attempt.objects.get(pk=one.pk).prize_refusal for one in in_first]
    assert reasons == ["already_held", "not_for_you", ""]


@pytest.mark.django_db
def test_never_below_what_was_given(plant7, bo):
    contest = a_small_contest(plant7, prizes=5)
    for member in many_members(3, plant7):
        passed(contest, member)
    with pytest.raises(TooSmall) as refused:
        actions.resize_prizes(contest, capacity=2, by=bo)
    assert (refused.value.asked, refused.value.taken) == (2, 3)
    assert actions.resize_prizes(contest, capacity=3, by=bo) == []


@pytest.mark.django_db
@pytest.mark.parametrize("state", [Contest.State.DRAFT, Contest.State.CLOSED])
def test_only_while_it_runs(plant7, bo, state):
    contest = a_small_contest(plant7, prizes=2, state=state)
    with pytest.raises(Refused) as refused:
        actions.resize_prizes(contest, capacity=4, by=bo)
    assert refused.value.code == "not_running"


@pytest.mark.django_db
def test_after_the_end_nothing_is_changed_though_no_sweep_has_come_by(plant7, bo):
    contest = a_small_contest(plant7, prizes=1)
    won, waiting = (passed(contest, member) for member in many_members(2, plant7))
    Contest.objects.filter(pk=contest.pk).update(closes_at=timezone.now())
    with pytest.raises(Refused) as refused:
        actions.resize_prizes(contest, capacity=2, by=bo)
    assert (refused.value.code, contest.state) == ("not_running", "published")
    assert "结束时间" in refused.value.why
    waiting.refresh_from_db()
    assert (won.prize.pool.capacity, waiting.prize_refusal) == (1, "sold_out")


@pytest.mark.django_db
@pytest.mark.parametrize("by", ["lot", "score"])
def test_prizes_that_are_given_at_the_end_are_given_by_the_new_number(plant7, bo, by):
    contest = a_small_contest(plant7, prizes=1, winners_by=by)
    for member in many_members(3, plant7):
        passed(contest, member)
    assert actions.resize_prizes(contest, capacity=2, by=bo) == []
    actions.close_contest(contest)
    assert contest.attempts.filter(prize__isnull=False).count() == 2


# == At the same moment ==


@pytest.mark.django_db(transaction=True)
def test_in_the_rush_the_line_is_served_before_whoever_comes_later(plant7, bo):
    contest, attempts = a_rush(plant7, 120)
    deeds = [lambda one=attempt: actions.hand_in(one) for attempt in attempts]
    for nth, size in ((90, 84), (100, 90), (110, 100)):
        deeds.insert(nth, lambda size=size: actions.resize_prizes(contest, capacity=size, by=bo))
    answers = all_at_once(deeds)
    # They may overtake each other; a smaller number after more were given is refused.
    assert {type(one) for one in answers if isinstance(one, BaseException)} <= {TooSmall}
    contest.prizes.refresh_from_db()
    expected = [(nth, nth) for nth in range(1, contest.prizes.capacity + 1)]
    assert winners_of(contest) == expected
    assert offenders() == []


@pytest.mark.django_db
def test_control_a_pool_that_grows_alone_lets_a_later_one_pass_those_in_line(plant7, bo):
    contest = a_small_contest(plant7, prizes=1)
    first, second, third = many_members(3, plant7)
    passed(contest, first)
    passed(contest, second)
    allotment.resize(contest.prizes, capacity=2, by=bo)
    passed(contest, third)
    assert winners_of(contest) == [(1, 1), (2, 3)]
