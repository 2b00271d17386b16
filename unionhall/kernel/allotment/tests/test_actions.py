from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from unionhall.base.clock import now_in_database
from unionhall.base.ledger.queries import entries_of
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment import rules
from unionhall.kernel.allotment.models import Claim, Pool
from unionhall.kernel.allotment.queries import (
    claim_with,
    claims_of,
    last_place_at,
    left_in,
    places,
    proof_of_draw,
)
from unionhall.kernel.audience.rules import Audience
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member
from unionhall.people.unions.models import Union

from .rows import a_crowd
from .sound import offences

pytestmark = pytest.mark.django_db

A_DAY = dt.timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def _all_is_well_afterwards(db: None) -> object:
    yield
    assert not offences()


@pytest.fixture
def pool() -> Pool:
    return allotment.open_pool(label="蛋糕券", capacity=2)


@pytest.fixture
def trio(plant7: Union) -> list[Member]:
    return a_crowd(3, plant7)


# == Claiming ==


def test_the_first_get_the_first_places(pool: Pool, trio: list[Member]) -> None:
    first, second = (allotment.claim(pool.pk, member=member) for member in trio[:2])
    assert (first.place, second.place) == (1, 2)
    assert first.state == Claim.State.HELD
    assert first.claimed_at <= second.claimed_at
    assert first.member == trio[0]
    assert first.pool == pool
    assert Claim.objects.get(pk=first.pk).number == first.number
    assert rules.number_is_well_formed(first.number_in_groups)
    assert left_in(pool) == 0


def test_what_is_given_out_is_what_is_stored(pool: Pool, ann: Member) -> None:
    given = allotment.claim(pool.pk, member=ann)
    stored = Claim.objects.get(pk=given.pk)
    for field in Claim._meta.concrete_fields:
        assert getattr(given, field.attname) == getattr(stored, field.attname), field


def test_the_next_one_is_told_when_the_last_place_was_given(pool: Pool, trio: list[Member]) -> None:
    second = [allotment.claim(pool.pk, member=member) for member in trio[:2]][1]
    with pytest.raises(rules.SoldOut) as refusal:
        allotment.claim(pool.pk, member=trio[2])
    assert refusal.value.capacity == 2
    assert refusal.value.last_place_at == second.claimed_at == last_place_at(pool)


def test_nothing_to_give_out_is_sold_out_without_a_time(ann: Member) -> None:
    pool = allotment.open_pool(label="空", capacity=0)
    with pytest.raises(rules.SoldOut) as refusal:
        allotment.claim(pool.pk, member=ann)
    assert refusal.value.last_place_at is None


def test_asked_again_the_answer_is_the_same_also_when_all_are_gone(
    pool: Pool, trio: list[Member]
) -> None:
    first = allotment.claim(pool.pk, member=trio[0])
    assert allotment.claim(pool.pk, member=trio[0]) == first
    allotment.claim(pool.pk, member=trio[1])
    again = allotment.claim(pool.pk, member=trio[0])
    assert (again.pk, again.place, again.number) == (first.pk, 1, first.number)
    assert entries_of(first).count() == 1


@pytest.mark.parametrize(
    ("opens", "closes"),
    [(A_DAY, None), (None, -A_DAY), (-2 * A_DAY, -A_DAY), (A_DAY, 2 * A_DAY)],
)
def test_outside_of_the_window_nobody_gets_one(
    ann: Member, opens: dt.timedelta | None, closes: dt.timedelta | None
) -> None:
    now = now_in_database()
    window = {"opens_at": opens and now + opens, "closes_at": closes and now + closes}
    pool = allotment.open_pool(label="蛋糕券", capacity=2, **window)
    with pytest.raises(rules.NotOpen) as refusal:
        allotment.claim(pool.pk, member=ann)
    assert {"opens_at": refusal.value.opens_at, "closes_at": refusal.value.closes_at} == window


def test_who_has_one_keeps_it_after_the_close(pool: Pool, ann: Member) -> None:
    mine = allotment.claim(pool.pk, member=ann)
    Pool.objects.update(closes_at=now_in_database())
    assert allotment.claim(pool.pk, member=ann) == mine


def test_only_those_whom_it_is_for_get_one(ann: Member, chen: Member, plant7: Union) -> None:
    pool = allotment.open_pool(label="蛋糕券", capacity=2, audience=Audience(under_union=plant7.pk))
    assert allotment.claim(pool.pk, member=ann).place == 1
    with pytest.raises(rules.NotForYou, match="不是发给你") as refusal:
        allotment.claim(pool.pk, member=chen)
    assert "七号厂工会" in str(refusal.value)


def test_one_per_member_and_family(ann: Member) -> None:
    cake, cinema = (
        allotment.open_pool(label=label, capacity=2, family="讲堂")
        for label in ("蛋糕券", "电影票")
    )
    allotment.claim(cake.pk, member=ann)
    with pytest.raises(rules.AlreadyHeld) as refusal:
        allotment.claim(cinema.pk, member=ann)
    assert refusal.value.label == "蛋糕券"
    Pool.objects.filter(pk=cinema.pk).update(closes_at=now_in_database())
    with pytest.raises(rules.AlreadyHeld):
        allotment.claim(cinema.pk, member=ann)


def test_pools_without_a_family_do_not_ask_about_each_other(ann: Member) -> None:
    for label in ("蛋糕券", "电影票"):
        assert (
            allotment.claim(allotment.open_pool(label=label, capacity=1).pk, member=ann).place == 1
        )


def test_a_pool_that_does_not_exist_gives_nothing(ann: Member) -> None:
    with pytest.raises(Pool.DoesNotExist):
        allotment.claim(0, member=ann)


def test_a_refusal_leaves_the_transaction_around_it_healthy_and_nothing_behind(
    ann: Member, chen: Member
) -> None:
    pool = allotment.open_pool(label="蛋糕券", capacity=1)
    allotment.claim(pool.pk, member=ann)
    refuse_at_the_row = Pool.objects.filter(pk=pool.pk)
    with transaction.atomic():
        refuse_at_the_row.update(capacity=2)  # a plain read sees room ...
        with pytest.raises(rules.SoldOut), taken_just_before_the_decision(pool):
            allotment.claim(pool.pk, member=chen)
        refuse_at_the_row.update(label="还能写")
    pool.refresh_from_db()
    assert (pool.label, pool.taken, pool.handed_out) == ("还能写", 1, 1)
    assert not Claim.objects.filter(member=chen).exists()


def taken_just_before_the_decision(pool: Pool) -> object:
    """... and the conditional UPDATE does not, for somebody has changed the size in between."""

    def shrink(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        if sql.lstrip().startswith("WITH taken"):
            execute(
                "UPDATE allotment_pool SET capacity = taken WHERE id = %s",
                [pool.pk],
                False,
                context,
            )
        return execute(sql, params, many, context)

    return connection.execute_wrapper(shrink)


def test_the_hot_row_is_touched_as_late_as_can_be(pool: Pool, ann: Member) -> None:
    with CaptureQueriesContext(connection) as executed:
        allotment.claim(pool.pk, member=ann)
    statements = [
        one["sql"].split()
        for one in executed
        if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))
    ]
    heads = [" ".join(words[:3]) for words in statements]
    assert heads[-3:] == [
        "INSERT INTO allotment_claim",
        "WITH taken AS",
        "INSERT INTO ledger_entry",
    ]
    assert [words[0] for words in statements[:-3]] == ["SELECT", "SELECT"]


def test_whoever_is_turned_away_writes_nothing(pool: Pool, trio: list[Member]) -> None:
    for member in trio[:2]:
        allotment.claim(pool.pk, member=member)
    with CaptureQueriesContext(connection) as executed, pytest.raises(rules.SoldOut):
        allotment.claim(pool.pk, member=trio[2])
    verbs = {one["sql"].split()[0] for one in executed} - {"SAVEPOINT", "RELEASE", "ROLLBACK"}
    assert verbs == {"SELECT"}


# == Validity ==


@pytest.mark.parametrize(
    ("days", "until", "expected"),
    [
        (None, None, lambda _claimed: None),
        (30, None, lambda claimed: midnight_after(claimed, days=30)),
        (0, None, lambda claimed: midnight_after(claimed, days=0)),
        (None, 5, lambda claimed: midnight_after(claimed, days=5)),
        (30, 5, lambda claimed: midnight_after(claimed, days=5)),
        (3, 5, lambda claimed: midnight_after(claimed, days=3)),
    ],
)
def test_a_claim_lapses_at_the_end_of_its_last_day_or_at_the_given_moment(
    ann: Member,
    days: int | None,
    until: int | None,
    expected: Callable[[dt.datetime], dt.datetime | None],
) -> None:
    valid_until = None if until is None else midnight_after(now_in_database(), days=until)
    pool = allotment.open_pool(label="蛋糕券", capacity=1, valid_days=days, valid_until=valid_until)
    mine = allotment.claim(pool.pk, member=ann)
    assert mine.expires_at == expected(mine.claimed_at)


def midnight_after(moment: dt.datetime, *, days: int) -> dt.datetime:
    last_day = moment.astimezone(SHANGHAI).date() + days * A_DAY
    return dt.datetime.combine(last_day + A_DAY, dt.time(), tzinfo=SHANGHAI)


# == Using, undoing, giving back, renumbering ==


def test_it_is_used_once(pool: Pool, ann: Member, dee: User) -> None:
    used = allotment.use(allotment.claim(pool.pk, member=ann), by=dee)
    assert used.state == Claim.State.USED
    assert used.used_by == dee
    with pytest.raises(rules.NotUsable) as refusal:
        allotment.use(used, by=dee)
    assert (refusal.value.code, refusal.value.at) == ("claim_used", used.used_at)
    assert left_in(pool) == 1


def test_an_undone_use_can_be_used_again(pool: Pool, ann: Member, dee: User) -> None:
    used = allotment.use(allotment.claim(pool.pk, member=ann), by=dee)
    undone = allotment.undo_use(used, by=dee)
    assert (undone.state, undone.used_at, undone.used_by) == (Claim.State.HELD, None, None)
    assert allotment.use(undone, by=dee).state == Claim.State.USED
    assert [entry.action.split(".")[1] for entry in entries_of(used)] == [
        "thing_used",
        "use_undone",
        "thing_used",
        "thing_claimed",
    ]


def test_only_a_use_is_undone(pool: Pool, ann: Member, dee: User) -> None:
    mine = allotment.claim(pool.pk, member=ann)
    with pytest.raises(rules.NotUsable, match="还没用过"):
        allotment.undo_use(mine, by=dee)


def test_what_is_given_back_goes_to_the_next_with_a_new_place(
    pool: Pool, trio: list[Member], dee: User
) -> None:
    first, _second = (allotment.claim(pool.pk, member=member) for member in trio[:2])
    assert allotment.release(first, by=dee).state == Claim.State.RELEASED
    assert allotment.release(first, by=dee).state == Claim.State.RELEASED
    assert left_in(pool) == 1
    assert allotment.claim(pool.pk, member=trio[2]).place == 3
    assert [place for place, _claim in places(pool)] == [1, 2, 3]
    assert entries_of(first).count() == 2


def test_what_was_used_is_not_given_back(pool: Pool, ann: Member, dee: User) -> None:
    used = allotment.use(allotment.claim(pool.pk, member=ann), by=dee)
    with pytest.raises(rules.NotUsable, match="用过了"):
        allotment.release(used, by=dee)
    with pytest.raises(rules.NotUsable, match="用过了"):
        allotment.renumber(used, by=dee)


def test_a_new_number_makes_the_old_one_worthless(pool: Pool, ann: Member, bo: User) -> None:
    old = allotment.claim(pool.pk, member=ann)
    new = allotment.renumber(old, by=bo)
    assert allotment.renumber(old, by=bo).number == new.number
    assert entries_of(old).filter(action="allotment.claim_renumbered").count() == 1
    assert claim_with(old.number) is None
    assert claim_with(new.number_in_groups.lower()) == old
    assert claim_with("7K2M") is None


def test_what_lapsed_cannot_be_used_and_is_put_back(trio: list[Member], dee: User) -> None:
    pool = allotment.open_pool(label="蛋糕券", capacity=3, valid_days=30)
    late, used, fine = (allotment.claim(pool.pk, member=member) for member in trio)
    allotment.use(used, by=dee)
    Claim.objects.exclude(pk=fine.pk).update(expires_at=now_in_database())
    with pytest.raises(rules.NotUsable, match="过期了") as refusal:
        allotment.use(late, by=dee)
    assert refusal.value.at is not None
    assert allotment.expire_due() == 1
    assert allotment.expire_due() == 0
    assert [claim.state for _place, claim in places(pool)] == ["expired", "used", "held"]
    assert left_in(pool) == 1
    with pytest.raises(rules.NotUsable, match="过期了"):
        allotment.use(late, by=dee)


# == Pools ==


def test_a_pool_changes_its_size_and_never_below_what_is_taken(
    pool: Pool, trio: list[Member], bo: User
) -> None:
    for member in trio[:2]:
        allotment.claim(pool.pk, member=member)
    assert allotment.resize(pool, capacity=3, by=bo).left == 1
    assert allotment.claim(pool.pk, member=trio[2]).place == 3
    with pytest.raises(rules.TooSmall) as refusal:
        allotment.resize(pool, capacity=2, by=bo)
    assert (refusal.value.asked, refusal.value.taken) == (2, 3)
    allotment.resize(pool, capacity=3, by=bo)
    assert [entry.action for entry in entries_of(pool)] == [
        "allotment.pool_resized",
        "allotment.pool_opened",
    ]


def test_a_pool_tells_its_name(pool: Pool, ann: Member) -> None:
    assert str(pool) == "蛋糕券"
    assert str(allotment.claim(pool.pk, member=ann)) == f"{pool.pk} № 1"


# == Giving out many ==


def test_lots_are_drawn_in_the_order_of_the_committed_seed(plant7: Union, bo: User) -> None:
    crowd = a_crowd(20, plant7)
    pool = allotment.open_pool(label="电影票", capacity=5)
    before = proof_of_draw(pool)
    assert (before.seed, before.drawn_at) == ("", None)
    claims = allotment.draw(pool, among=crowd, by=bo)
    after = proof_of_draw(Pool.objects.get(pk=pool.pk))
    assert rules.commitment_to(after.seed) == before.seed_hash
    expected = rules.drawn_order(after.seed, [member.pk for member in crowd])[:5]
    assert [claim.member_id for claim in claims] == expected
    assert [claim.place for claim in claims] == [1, 2, 3, 4, 5]
    entry = entries_of(pool).get(action="allotment.lots_drawn")
    assert entry.detail["fingerprint"] == rules.fingerprint_of(member.pk for member in crowd)
    assert (entry.detail["entries"], entry.detail["given"]) == (20, 5)


def test_a_pool_is_drawn_once(plant7: Union, bo: User) -> None:
    crowd = a_crowd(9, plant7)
    pool = allotment.open_pool(label="电影票", capacity=3)
    claims = allotment.draw(pool, among=crowd, by=bo)
    allotment.resize(pool, capacity=6, by=bo)
    assert allotment.draw(pool, among=crowd, by=bo) == claims
    assert left_in(pool) == 3


def test_drawing_among_nobody_is_a_draw(pool: Pool, bo: User) -> None:
    assert allotment.draw(pool, among=[], by=bo) == []
    assert proof_of_draw(Pool.objects.get(pk=pool.pk)).drawn_at is not None


def test_who_has_one_of_the_family_or_is_not_meant_is_skipped(
    plant7: Union, ann: Member, chen: Member, bo: User
) -> None:
    crowd = a_crowd(6, plant7)
    meant = Audience(under_union=plant7.pk)
    cake = allotment.open_pool(label="蛋糕券", capacity=1, family="讲堂")
    cinema = allotment.open_pool(label="电影票", capacity=3, family="讲堂", audience=meant)
    allotment.claim(cake.pk, member=ann)
    claims = allotment.grant(cinema, members_in_order=[ann, chen, *crowd, crowd[0]], by=bo)
    assert [claim.member_id for claim in claims] == [member.pk for member in crowd[:3]]
    assert [claim.place for claim in claims] == [1, 2, 3]


def test_granting_again_gives_what_is_left_and_nothing_twice(plant7: Union, bo: User) -> None:
    crowd = a_crowd(4, plant7)
    pool = allotment.open_pool(label="电影票", capacity=2)
    granted = allotment.grant(pool, members_in_order=crowd, by=bo)
    assert allotment.grant(pool, members_in_order=crowd, by=bo) == granted
    allotment.release(granted[0], by=bo)
    third = allotment.grant(pool, members_in_order=crowd[1:], by=bo)
    assert [claim.place for claim in third] == [2, 3]


def test_when_the_size_changes_in_between_nothing_is_given_out(plant7: Union, bo: User) -> None:
    crowd = a_crowd(4, plant7)
    pool = allotment.open_pool(label="电影票", capacity=2)
    with pytest.raises(rules.PoolChanged), taken_just_before_the_decision(pool):
        allotment.grant(pool, members_in_order=crowd, by=bo)
    assert not Claim.objects.exists()


# == Reading ==


def test_claims_of_a_member_come_newest_first_with_their_pool(
    ann: Member, chen: Member, django_assert_num_queries: Callable[[int], object]
) -> None:
    for label in ("蛋糕券", "电影票"):
        pool = allotment.open_pool(label=label, capacity=2)
        for member in (ann, chen):
            allotment.claim(pool.pk, member=member)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert [claim.pool.label for claim in claims_of(ann)] == ["电影票", "蛋糕券"]
