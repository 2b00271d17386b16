"""What happens at the same moment. Real threads, real connections, and a control that must fail."""

from __future__ import annotations

import datetime as dt
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from django.db import connection, transaction

from unionhall.base.clock import now_in_database
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment import rules
from unionhall.kernel.allotment.actions import deciding
from unionhall.kernel.allotment.models import Claim, Pool
from unionhall.kernel.allotment.queries import places
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member
from unionhall.people.unions.models import Union

from .rows import a_crowd
from .rush import rush
from .sound import offences

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 50 if os.environ.get("UNIONHALL_FULL") else 5
MEMBERS, PRIZES = 300, 80


@pytest.fixture
def crowd(plant7: Union) -> list[Member]:
    return a_crowd(MEMBERS, plant7)


def test_of_300_members_who_all_click_twice_exactly_80_get_one(crowd: list[Member]) -> None:
    for _round in range(ROUNDS):
        pool = allotment.open_pool(label="蛋糕券", capacity=PRIZES)
        answers = rush([claiming(pool, member) for member in crowd for _click in range(2)])
        given = {answer.pk: answer.place for answer in answers if isinstance(answer, Claim)}
        assert sorted(given.values()) == list(range(1, PRIZES + 1))
        assert {type(answer) for answer in answers} == {Claim, rules.SoldOut}
        assert Claim.objects.filter(pool=pool).count() == PRIZES
        assert both_clicks_agree(answers)
    assert not offences()


def both_clicks_agree(answers: list[Claim | Exception]) -> bool:
    firsts, seconds = answers[::2], answers[1::2]
    return all(
        first.pk == second.pk
        if isinstance(first, Claim) and isinstance(second, Claim)
        else type(first) is type(second)
        for first, second in zip(firsts, seconds, strict=True)
    )


def test_the_same_rush_oversells_when_the_decision_is_read_then_written(
    crowd: list[Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "take", read_then_write)
    pool = allotment.open_pool(label="蛋糕券", capacity=PRIZES)
    rush([claiming(pool, member) for member in crowd for _click in range(2)])
    assert Claim.objects.filter(pool=pool).count() > PRIZES
    assert offences()


def read_then_write(pool: Pool, claim_ids: list[int]) -> deciding.Decision | None:
    now = Pool.objects.get(pk=pool.pk)
    if now.taken >= now.capacity:
        return None
    now.taken += 1
    now.handed_out += 1
    now.save()
    return deciding.Decision([Claim.objects.get(pk=claim_ids[0])], now_in_database(), None, None)


def test_every_list_of_places_goes_on_where_the_one_before_ended(crowd: list[Member]) -> None:
    pool = allotment.open_pool(label="蛋糕券", capacity=PRIZES)
    with polled(lambda: [(place, claim.pk) for place, claim in places(pool)]) as polls:
        rush([claiming(pool, member) for member in crowd], connections=30)
    polls.append([(place, claim.pk) for place, claim in places(pool)])
    assert len(polls[-1]) == PRIZES
    assert any(0 < len(poll) < PRIZES for poll in polls), "somebody looked while it was going on"
    assert all(later[: len(earlier)] == earlier for earlier, later in pairwise(polls))


def test_whoever_was_answered_before_another_asked_has_the_better_place(
    crowd: list[Member],
) -> None:
    pool = allotment.open_pool(label="蛋糕券", capacity=MEMBERS)
    order = iter(range(10**6))
    lived: list[tuple[int, int, int]] = []

    def ask(member: Member) -> None:
        asked = next(order)
        place = allotment.claim(pool.pk, member=member).place or 0
        lived.append((asked, next(order), place))

    rush([lambda member=member: ask(member) for member in crowd], connections=20)  # type: ignore[misc]
    assert len(lived) == MEMBERS
    assert all(mine < other for _, end, mine in lived for begin, _, other in lived if end < begin)


def test_fifty_requests_of_one_member_get_one_claim(crowd: list[Member]) -> None:
    pool = allotment.open_pool(label="蛋糕券", capacity=PRIZES)
    answers = rush([claiming(pool, crowd[0])] * 50, connections=25)
    assert {answer.pk if isinstance(answer, Claim) else answer for answer in answers} == {
        Claim.objects.get().pk
    }
    assert not offences()


def test_one_member_in_two_pools_of_a_family_gets_one_claim(crowd: list[Member]) -> None:
    pools = [
        allotment.open_pool(label=label, capacity=PRIZES, family="讲堂")
        for label in ("蛋糕券", "电影票")
    ]
    answers = rush([claiming(pool, member) for member in crowd[:40] for pool in pools])
    assert sum(isinstance(answer, Claim) for answer in answers) == 40
    assert sum(isinstance(answer, rules.AlreadyHeld) for answer in answers) == 40
    assert not offences()


def test_what_is_given_back_in_the_rush_is_claimed_again(crowd: list[Member]) -> None:
    pool = allotment.open_pool(label="蛋糕券", capacity=10)

    def claim_and_give_back(member: Member) -> None:
        for _time in range(5):
            try:
                allotment.release(allotment.claim(pool.pk, member=member), by=None)
            except rules.SoldOut:
                continue

    answers = rush([lambda m=m: claim_and_give_back(m) for m in crowd[:60] for _click in range(2)])  # type: ignore[misc]
    assert {answer for answer in answers if answer} == set()
    assert not offences()
    pool.refresh_from_db()
    assert pool.taken == 0
    assert pool.handed_out >= 10


def test_a_pool_that_grows_and_shrinks_in_the_rush_is_filled_and_never_overfilled(
    crowd: list[Member], bo: User
) -> None:
    pool = allotment.open_pool(label="蛋糕券", capacity=5)
    sizes = [20, 60, 8, 40, 12, 50]
    requests = [claiming(pool, member) for member in crowd]
    for nth, size in enumerate(sizes):
        requests.insert(
            30 * nth + 20, lambda size=size: allotment.resize(pool, capacity=size, by=bo)
        )  # type: ignore[misc, arg-type, return-value]
    answers = rush(requests)
    expected = {Claim, Pool, rules.SoldOut, rules.TooSmall}
    assert {type(answer) for answer in answers} <= expected
    assert not offences()


def test_grants_and_claims_at_once_do_not_wait_for_each_other_for_ever(
    crowd: list[Member], bo: User
) -> None:
    pool = allotment.open_pool(label="蛋糕券", capacity=PRIZES)
    requests: list[Callable[[], object]] = [*(claiming(pool, member) for member in crowd)]
    for nth in range(8):
        some = crowd[nth * 10 : nth * 10 + 40][:: 1 if nth % 2 else -1]
        requests.insert(
            nth * 7, lambda some=some: allotment.grant(pool, members_in_order=some, by=bo)
        )  # type: ignore[misc]
    answers = rush(requests)
    assert {type(answer) for answer in answers} <= {Claim, list, rules.SoldOut, rules.PoolChanged}
    assert not offences()


def test_two_draws_at_once_are_one_draw(crowd: list[Member], bo: User) -> None:
    pool = allotment.open_pool(label="蛋糕券", capacity=PRIZES)
    answers = rush([lambda: allotment.draw(pool, among=crowd, by=bo)] * 4, connections=4)
    assert (
        len({tuple(claim.pk for claim in answer) for answer in answers if isinstance(answer, list)})
        == 1
    )
    assert Claim.objects.count() == PRIZES
    assert not offences()


@pytest.mark.parametrize("ending", ["commits", "rolls back"])
def test_whoever_waited_across_the_close_is_too_late(crowd: list[Member], ending: str) -> None:
    pool = allotment.open_pool(label="蛋糕券", capacity=2)
    with somebody_deciding(pool, crowd[0]) as holder:
        waiting = Asking(pool, crowd[1])
        waiting.until_it_waits()
        holder.close_pool_now_and(ending)
    assert isinstance(waiting.answer(), rules.NotOpen)
    assert not Claim.objects.filter(member=crowd[1]).exists()
    assert not offences()


def test_a_claim_that_was_given_back_between_two_statements_is_claimed_anew(
    crowd: list[Member],
) -> None:
    pool = allotment.open_pool(label="蛋糕券", capacity=5)
    first = allotment.claim(pool.pk, member=crowd[0])

    def give_back_after_the_insert(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        result = execute(sql, params, many, context)
        if "INSERT INTO allotment_claim" in sql and not given_back:
            given_back.append(True)
            rush([lambda: allotment.release(first, by=None)], connections=1)
        return result

    given_back: list[bool] = []
    with connection.execute_wrapper(give_back_after_the_insert):
        second = allotment.claim(pool.pk, member=crowd[0])
    assert (first.place, second.place) == (1, 2)
    assert not offences()


# == Harness ==


def claiming(pool: Pool, member: Member) -> Callable[[], Claim]:
    return lambda: allotment.claim(pool.pk, member=member)


@contextmanager
def polled(ask: Callable[[], list[tuple[int, int]]]) -> Iterator[list[list[tuple[int, int]]]]:
    """What ``ask`` answers, again and again, while the block runs."""
    polls: list[list[tuple[int, int]]] = []
    done = threading.Event()

    def poll() -> None:
        try:
            while not done.is_set():
                polls.append(ask())
        finally:
            connection.close()

    thread = threading.Thread(target=poll, daemon=True)
    thread.start()
    yield polls
    done.set()
    thread.join()


class Holder:
    """Holds the pool's row in an open transaction of this thread."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    def close_pool_now_and(self, ending: str) -> None:
        """The window ends while the other waits: before the decision, after its request."""
        if ending == "rolls back":
            transaction.set_rollback(True)
            rush([self._wait_for_the_close], connections=1)
        else:
            Pool.objects.filter(pk=self.pool.pk).update(closes_at=now_in_database())

    def _wait_for_the_close(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_sleep(greatest(0, extract(epoch FROM closes_at - clock_timestamp())))"
                " FROM allotment_pool WHERE id = %s",
                [self.pool.pk],
            )


@contextmanager
def somebody_deciding(pool: Pool, member: Member) -> Iterator[Holder]:
    Pool.objects.filter(pk=pool.pk).update(closes_at=now_in_database() + dt.timedelta(seconds=2))
    with transaction.atomic():
        allotment.claim(pool.pk, member=member)
        yield Holder(pool)


class Asking:
    """A claim in a thread of its own."""

    def __init__(self, pool: Pool, member: Member) -> None:
        self._answers: list[Claim | Exception] = []
        self._thread = threading.Thread(target=self._ask, args=(pool, member), daemon=True)
        self._thread.start()

    def _ask(self, pool: Pool, member: Member) -> None:
        self._answers += rush([claiming(pool, member)], connections=1)

    def until_it_waits(self) -> None:
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        with connection.cursor() as cursor:
            while not cursor.execute(waits) and not cursor.fetchone()[0]:
                assert self._thread.is_alive(), self._answers

    def answer(self) -> Claim | Exception:
        self._thread.join(timeout=60)
        return self._answers[0]
