"""Prizes of one family in several contests, given to many at the same moment: nobody waits for ever."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from functools import partial

import pytest
from django.utils import timezone

from tests.cast import many_members
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.invariants import INVARIANTS
from unionhall.domain.quiz.tests.conftest import a_bank, a_small_contest, passed
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment.actions import deciding
from unionhall.kernel.allotment.models import Claim
from unionhall.kernel.allotment.tests.rush import rush

pytestmark = pytest.mark.django_db(transaction=True)


def a_family(union, count=2, **values):
    """Contests over pools of one prize each; one prize for each member in all of them."""
    bank = a_bank(union)
    made = [a_small_contest(union, bank=bank, prizes=None, **values) for _nth in range(count)]
    for contest in made:
        contest.prizes = allotment.open_pool(label="券", capacity=1, family="讲堂")
        contest.save()
    return made


def offenders():
    return [line for invariant in INVARIANTS for line in invariant.offenders()]


def meet_after_the_first_claim(monkeypatch):
    """Each waits for the other with claims in hand, for as long as the other may still come."""
    barrier, mine, enter = threading.Barrier(2), threading.local(), deciding.enter

    def enter_and_meet(pool, member_ids):
        entered = enter(pool, member_ids)
        if entered and not getattr(mine, "met", False):
            mine.met = True
            with contextlib.suppress(threading.BrokenBarrierError):
                barrier.wait(2)
        return entered

    monkeypatch.setattr(deciding, "enter", enter_and_meet)


def lines_that_cross(union):
    """In line behind somebody who has hers elsewhere by now: the same two members, crosswise."""
    first, second = a_family(union)
    here, there, elsewhere, one, other = many_members(5, union)
    for contest, line in (
        (first, (here, elsewhere, one, other)),
        (second, (there, elsewhere, other, one)),
    ):
        for member in line:
            passed(contest, member)
    third = allotment.open_pool(label="另一种券", capacity=1, family="讲堂")
    allotment.claim(third.pk, member=elsewhere)
    return first, second


def both_grow(first, second, bo, fu):
    return rush(
        [
            partial(actions.resize_prizes, first, capacity=3, by=bo),
            partial(actions.resize_prizes, second, capacity=3, by=fu),
        ],
        connections=2,
    )


def test_two_officers_raise_the_prizes_of_one_family(plant7, bo, fu, monkeypatch):
    crossing = lines_that_cross(plant7)
    meet_after_the_first_claim(monkeypatch)
    answers = both_grow(*crossing, bo, fu)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert Claim.objects.live().count() == 5
    assert offenders() == []


def test_control_without_the_familys_turn_they_wait_for_each_other(plant7, bo, fu, monkeypatch):
    crossing = lines_that_cross(plant7)
    meet_after_the_first_claim(monkeypatch)
    monkeypatch.setattr(deciding, "give_many_alone", lambda _pool: None)
    answers = both_grow(*crossing, bo, fu)
    assert any("deadlock" in str(answer) for answer in answers)


def test_prizes_grow_while_older_ones_lapse(plant7, bo, monkeypatch):
    """Her old prize of another contest lapses, and one of this contest's, while she is served here."""
    first, second = a_family(plant7)
    ann, other = many_members(2, plant7)
    passed(second, other)
    passed(second, ann)  # in line
    passed(first, ann)  # and then she won there
    Claim.objects.update(expires_at=timezone.now() - dt.timedelta(days=1))
    lapsing, resizing = threading.Event(), threading.Event()
    put_back, resize = allotment.claims._put_back, allotment.resize_and_grant

    def lapse_late(counts):
        lapsing.set()
        resizing.wait(5)
        put_back(counts)

    def resize_then(*args, **kwargs):
        lapsing.wait(5)
        threading.Timer(0.5, resizing.set).start()
        return resize(*args, **kwargs)

    monkeypatch.setattr(allotment.claims, "_put_back", lapse_late)
    monkeypatch.setattr(allotment, "resize_and_grant", resize_then)
    answers = rush(
        [allotment.expire_due, partial(actions.resize_prizes, second, capacity=2, by=bo)],
        connections=2,
    )
    assert answers[0] == 2
    assert [attempt.member for attempt in answers[1]] == [ann]
    assert offenders() == []
