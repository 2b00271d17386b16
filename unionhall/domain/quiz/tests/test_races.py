"""Many at once, with real threads on real connections."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.db.models import F

from tests.cast import a_login, a_member, many_members
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.actions import passing
from unionhall.domain.quiz.invariants import INVARIANTS
from unionhall.domain.quiz.models import Answer, Attempt, Contest
from unionhall.domain.quiz.tests.conftest import a_small_contest, right_answers, started

MEMBERS, FEWER, CONNECTIONS, PRIZES = 300, 120, 40, 80
pytestmark = pytest.mark.django_db(transaction=True)


def all_at_once(deeds, workers=CONNECTIONS):
    """Run the deeds on so many threads, each with a connection of its own; their results or errors."""
    gate = threading.Barrier(min(workers, len(deeds)))
    opened = threading.local()

    def run(deed):
        if not getattr(opened, "yes", False):
            opened.yes = True
            connection.ensure_connection()
            gate.wait(30)
        return deed()

    with ThreadPoolExecutor(workers) as crowd:
        done = [crowd.submit(run, deed) for deed in deeds]
        results = [one.exception() or one.result() for one in done]
        leave = threading.Barrier(workers)
        list(crowd.map(lambda _nth: (leave.wait(30), connections.close_all()), range(workers)))
    return results


def a_rush(union, members=MEMBERS):
    """Members with a right answer saved, each about to hand in."""
    contest = a_small_contest(union, prizes=PRIZES)
    attempts = []
    for member in many_members(members, union):
        attempt = started(contest, member)
        attempts.append(attempt)
    Answer.objects.bulk_create(
        Answer(
            attempt=attempt,
            position=1,
            given=right_answers(attempt)[1],
            saved_at=attempt.started_at,
        )
        for attempt in attempts
    )
    return contest, attempts


def hand_in_all_twice(attempts):
    return all_at_once(
        [
            lambda attempt=attempt: actions.hand_in(attempt)
            for attempt in attempts
            for _click in (1, 2)
        ]
    )


def lines_of(contest):
    return list(
        contest.attempts.order_by("passed_as").values_list(
            "passed_as", "prize__place", "prize_refusal"
        )
    )


def test_the_first_eighty_of_three_hundred_win_in_the_order_of_commit(plant7):
    contest, attempts = a_rush(plant7)
    answers = hand_in_all_twice(attempts)
    assert not [answer for answer in answers if isinstance(answer, BaseException)]
    expected = [
        (nth, nth if nth <= PRIZES else None, "" if nth <= PRIZES else "sold_out")
        for nth in range(1, MEMBERS + 1)
    ]
    assert lines_of(contest) == expected
    for one, two in zip(answers[::2], answers[1::2], strict=True):
        assert (one.passed_as, one.prize_id, one.score) == (two.passed_as, two.prize_id, two.score)
    assert [line for invariant in INVARIANTS for line in invariant.offenders()] == []


def test_every_click_of_a_burst_hears_of_the_same_prize(plant7):
    _contest, [attempt] = a_rush(plant7, 1)
    answers = all_at_once([lambda: actions.hand_in(attempt)] * 16, workers=16)
    assert [answer.prize and answer.prize.place for answer in answers] == [1] * 16


def test_a_place_told_is_never_taken_back(plant7):
    """Every polled list of places is a prefix of each later one."""
    contest, attempts = a_rush(plant7, FEWER)
    stop, polls = threading.Event(), []

    def poll():
        while not stop.is_set():
            polls.append(
                list(
                    contest.attempts.filter(passed_as__isnull=False)
                    .order_by("passed_as")
                    .values_list("pk", flat=True)
                )
            )
        connections.close_all()

    watcher = threading.Thread(target=poll)
    watcher.start()
    hand_in_all_twice(attempts)
    stop.set()
    watcher.join()
    assert len(polls) > 5
    assert all(later[: len(earlier)] == earlier for earlier, later in itertools.pairwise(polls))


def test_control_a_counter_read_then_written_breaks_the_line(plant7, monkeypatch):
    """The same rush with the deciding UPDATE replaced: it must fail, or the test above shows nothing."""

    def read_then_write(contest):
        import datetime as dt

        now = Contest.objects.get(pk=contest.pk)
        Contest.objects.filter(pk=contest.pk).update(passed=now.passed + 1)
        return now.passed + 1, dt.datetime.now(dt.UTC), now.state

    monkeypatch.setattr(passing, "_next_place", read_then_write)
    contest, attempts = a_rush(plant7, FEWER)
    answers = hand_in_all_twice(attempts)
    places = [passed_as for passed_as, _place, _refusal in lines_of(contest)]
    assert any(isinstance(answer, BaseException) for answer in answers) or places != list(
        range(1, FEWER + 1)
    )


def test_a_doubled_click_on_start_is_one_attempt(plant7):
    contest = a_small_contest(plant7)
    member = a_member("林小满", plant7, user=a_login("林小满"))
    actions.admit(contest, member)
    answers = all_at_once([lambda: actions.start_attempt(contest, member)] * 20, workers=20)
    assert {answer.pk for answer in answers} == {Attempt.objects.get().pk}


def test_one_answer_from_many_tabs_is_one_of_them_and_the_rest_are_told(plant7):
    contest = a_small_contest(plant7)
    attempt = started(contest, a_member("林小满", plant7))
    given = [["true"], ["false"]] * 10
    answers = all_at_once(
        [lambda one=one: actions.save_answer(attempt, 1, one, seq=0) for one in given], workers=20
    )
    kept = Answer.objects.get()
    assert kept.seq == 1
    refused = [
        answer for answer in answers if isinstance(answer, actions.attempts.refusals.OutOfSequence)
    ]
    assert len(refused) == 10
    assert all(refusal.newest.given == kept.given for refusal in refused)


def test_two_workers_never_hand_in_one_attempt_twice(plant7):
    import datetime as dt

    contest = a_small_contest(plant7)
    for member in many_members(30, plant7):
        started(contest, member)
    Attempt.objects.update(due_at=F("due_at") - dt.timedelta(hours=2))
    counts = all_at_once([actions.hand_in_overdue] * 4, workers=4)
    assert sum(counts) == 30
    assert Attempt.objects.filter(state="expired").count() == 30


def test_the_same_member_at_the_desk_and_on_the_phone_has_one_place(plant7):
    contest = a_small_contest(plant7)
    clerk = a_login("何立夏")
    member = a_member("林小满", plant7)
    deeds = [lambda: actions.enter_on_paper(contest, member, score=10, by=clerk)] * 10
    answers = all_at_once(deeds, workers=10)
    assert sum(isinstance(answer, Attempt) for answer in answers) == 1
    contest.refresh_from_db()
    assert contest.passed == 1
