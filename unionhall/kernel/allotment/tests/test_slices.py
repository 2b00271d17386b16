"""A pool in slices: never over, all given, the last ones found. Real threads, and controls that must fail."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from unionhall.base.ledger.models import Entry
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment import rules
from unionhall.kernel.allotment.actions import deciding
from unionhall.kernel.allotment.models import Claim, Pool, PoolSlice
from unionhall.kernel.allotment.queries import left_in
from unionhall.people.members.models import Member
from unionhall.people.unions.models import Union

from .rows import a_crowd
from .rush import rush
from .sound import offences

pytestmark = pytest.mark.django_db(transaction=True)
MEMBERS, THINGS, SLICES = 200, 83, 8


@pytest.fixture
def crowd(plant7: Union) -> list[Member]:
    return a_crowd(MEMBERS, plant7)


def claiming(pool: Pool, crowd: list[Member]):
    return [lambda member=member: allotment.claim(pool.pk, member=member) for member in crowd]


def given(answers: list[Claim | Exception]) -> list[Claim]:
    return [answer for answer in answers if isinstance(answer, Claim)]


@pytest.mark.parametrize("capacity", [THINGS, 3])
def test_all_are_given_and_none_too_many(crowd: list[Member], capacity: int) -> None:
    pool = allotment.open_pool(label="大礼包", capacity=capacity, slices=SLICES)
    answers = rush(claiming(pool, crowd + crowd))
    firsts, seconds = answers[:MEMBERS], answers[MEMBERS:]
    assert len({claim.pk for claim in given(answers)}) == capacity
    assert [one for one in answers if not isinstance(one, Claim | rules.SoldOut)] == []
    assert len({claim.place for claim in given(answers)}) == capacity
    pairs = zip(firsts, seconds, strict=True)
    assert all(a.pk == b.pk for a, b in pairs if isinstance(a, Claim) and isinstance(b, Claim))
    assert left_in(pool) == 0
    assert not offences()


def test_the_same_rush_oversells_when_a_slice_is_read_then_written(
    crowd: list[Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "_take_of_a_slice", read_then_write)
    pool = allotment.open_pool(label="大礼包", capacity=8, slices=SLICES)
    rush(claiming(pool, crowd))
    assert Claim.objects.filter(pool=pool).count() > 8
    assert offences()


all_have_read = threading.Barrier(2)


def read_then_write(pool: Pool, claim_id: int) -> deciding.Decision | None:
    part = PoolSlice.objects.filter(pool=pool, taken__lt=1).order_by("nth").first()
    if part is None:
        return None
    try:
        all_have_read.wait(timeout=2)
    except threading.BrokenBarrierError:
        all_have_read.reset()
    PoolSlice.objects.filter(pk=part.pk).update(taken=1, handed_out=1)
    claim = Claim.objects.get(pk=claim_id)
    return deciding.Decision([claim], claim.claimed_at, None, None)


def test_who_finds_only_held_slices_waits_and_gets_the_last_one(crowd: list[Member]) -> None:
    """The control: without the second look she is told "sold out" while one is left."""
    pool = allotment.open_pool(label="大礼包", capacity=1, slices=SLICES)
    heard: list[Claim | Exception] = []

    def late() -> None:
        try:
            heard.append(allotment.claim(pool.pk, member=crowd[1]))
        except rules.SoldOut as no:
            heard.append(no)
        finally:
            connection.close()

    thread = threading.Thread(target=late)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        allotment.claim(pool.pk, member=crowd[0])
        thread.start()
        waits_for_a_row()
        raise ZeroDivisionError  # the first one gives up
    thread.join(timeout=30)
    assert isinstance(heard[0], Claim)
    assert not offences()


def waits_for_a_row() -> None:
    """Until somebody else's backend has looked for what is left, in a transaction that goes on."""
    asked = """
        SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND xact_start IS NOT NULL AND query LIKE '%allotment_pool_slice%'
    """
    for _time in range(20_000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_stat_clear_snapshot()"
            )  # else it says the same until our commit
            cursor.execute(asked)
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")


def test_what_is_given_back_can_be_claimed_again(crowd: list[Member]) -> None:
    pool = allotment.open_pool(label="大礼包", capacity=2, slices=2)
    first, _second = (allotment.claim(pool.pk, member=member) for member in crowd[:2])
    with pytest.raises(rules.SoldOut):
        allotment.claim(pool.pk, member=crowd[2])
    allotment.release(first, by=None)
    again = allotment.claim(pool.pk, member=crowd[2])
    assert again.place not in {1, 2}
    assert not offences()


def test_closing_a_sliced_pool_holds_at_once(crowd: list[Member]) -> None:
    pool = allotment.open_pool(label="大礼包", capacity=9, slices=3)
    allotment.claim(pool.pk, member=crowd[0])
    allotment.close_pool(pool, by=None)
    assert Entry.objects.get(action="allotment.pool_closed").detail == {"taken": 1}
    with pytest.raises(rules.NotOpen):  # even for whom the pool looked open a moment ago
        allotment.claim(pool.pk, member=crowd[1], seen=pool)
    assert Claim.objects.count() == 1


def test_the_pools_own_row_is_told_now_and_then(crowd: list[Member]) -> None:
    pool = allotment.open_pool(label="大礼包", capacity=9, slices=3)
    for member in crowd[:4]:
        allotment.claim(pool.pk, member=member)
    assert allotment.tell_sliced_pools() == 1
    assert allotment.tell_sliced_pools() == 0
    pool.refresh_from_db()
    assert (pool.taken, pool.handed_out, pool.left) == (4, 4, 5)


def test_what_needs_one_row_is_refused(crowd: list[Member]) -> None:
    pool = allotment.open_pool(label="大礼包", capacity=9, slices=3)
    for deed in (
        lambda: allotment.resize(pool, capacity=10, by=None),
        lambda: allotment.grant(pool, members_in_order=crowd[:2], by=None),
        lambda: allotment.draw(pool, among=crowd[:2], by=None),
    ):
        with pytest.raises(ValueError, match="sliced"):
            deed()


def test_shares_add_up() -> None:
    assert [sum(rules.shares_of(n, 7)) for n in range(30)] == list(range(30))
    assert max(rules.shares_of(30, 7)) - min(rules.shares_of(30, 7)) == 1
