"""What stands in the way of putting an import back, and what does not."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from django.utils import timezone

from tests.cast import a_login
from unionhall.base.errors import Refused
from unionhall.base.ledger.models import Entry
from unionhall.kernel.notify.models import Message
from unionhall.people.members import actions as members
from unionhall.people.members.models import (
    Change,
    Member,
    Membership,
    RollImport,
    TransferRequest,
)
from unionhall.people.members.queries import built_on, open_absences, would_undo
from unionhall.people.members.tests.at_once import meanwhile
from unionhall.people.members.tests.test_actions_rolls import a_person, a_roll, sent_in, taken_in
from unionhall.people.members.tests.test_second_time import on_the_roll
from unionhall.people.unions import actions as tree

PHONE = "19900009901"
LONG_AGO = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def undo(roll: RollImport, by) -> None:
    members.undo_roll(RollImport.objects.get(pk=roll.pk), by=by, reason="传错了")


def a_notice(member: Member) -> Message:
    return Message.objects.create(member=member, topic="x", context="{}")


# == Somebody who had left comes back ==


@pytest.fixture
def zhou(plant7, bo) -> Member:
    """She was here, had a login, a notice and last year's roll, and left."""
    taken_in(a_roll(a_person(1, 手机号码=PHONE), a_person(2, "苏惊蛰")), plant7, bo)
    member = Member.objects.get(name="周白露")
    members.bind_login(a_login("周白露", phone=PHONE))
    Message.objects.filter(pk=a_notice(member).pk).update(created_at=LONG_AGO)
    never_confirmed = a_roll(a_person(1, 手机号码=PHONE, 部门="质检"))
    sent_in(never_confirmed, plant7, bo)
    RollImport.objects.filter(state="checked").update(created_at=LONG_AGO)
    members.forget_old_rolls()
    members.leave(member, by=bo, why="moved")
    member.refresh_from_db()
    return member


@pytest.fixture
def back(zhou, plant7, bo) -> RollImport:
    return taken_in(a_roll(a_person(1, 手机号码=PHONE, 部门="装配")), plant7, bo)


def test_what_is_older_than_her_coming_back_does_not_stand_in_the_way(zhou, plant7, bo):
    before = on_the_roll()
    roll = taken_in(a_roll(a_person(1, 技能等级="高级工")), plant7, bo)
    assert built_on(roll, bo) == []
    undo(roll, bo)
    assert on_the_roll() == before
    assert zhou.user
    assert Message.objects.filter(member=zhou).exists()


def a_newer_notice(zhou, plant7, bo) -> None:
    a_notice(zhou)


def a_newer_login(zhou, plant7, bo) -> None:
    Member.objects.filter(pk=zhou.pk).update(user=None)
    members.bind_login(zhou.user)


def another_leaving(zhou, plant7, bo) -> None:
    members.leave(zhou, by=bo, why="moved")


def a_retirement(zhou, plant7, bo) -> None:
    members.retire(zhou, by=bo)


def a_request(zhou, plant7, bo) -> None:
    elsewhere = tree.found("三号矿工会", parent=None, level=plant7.level)
    members.ask_transfer(zhou, union=elsewhere, by=bo)


def another_roll(zhou, plant7, bo) -> None:
    taken_in(a_roll(a_person(1)), plant7, bo)


def a_keeping(zhou, plant7, bo) -> None:
    later = taken_in(a_roll(a_person(2, "苏惊蛰")), plant7, bo)
    absent = open_absences(later, bo).get(membership__member=zhou)
    members.decide_absent(later, why="keep", by=bo, only=[absent.pk])


NEWER = [
    a_newer_notice, a_newer_login, another_leaving, a_retirement, a_request,
    another_roll, a_keeping,
]  # fmt: skip


@pytest.mark.parametrize("deed", NEWER)
def test_what_came_after_she_was_back_stands_in_the_way(back, zhou, plant7, bo, deed):
    assert built_on(back, bo) == []
    deed(zhou, plant7, bo)
    assert built_on(back, bo)
    with pytest.raises(Refused, match="撤销不了"):
        undo(back, bo)


def test_a_request_from_before_she_left_does_not_stand_in_the_way(plant7, harbour2, bo, cai):
    taken_in(a_roll(a_person(1)), plant7, bo)
    zhou = Member.objects.get()
    members.ask_transfer(zhou, union=harbour2, by=cai)
    members.leave(zhou, by=bo, why="moved")
    undo(taken_in(a_roll(a_person(1)), plant7, bo), bo)
    assert not Membership.objects.filter(left_on=None).exists()


# == A later roll names the same people ==


@pytest.fixture
def first(plant7, bo) -> RollImport:
    return taken_in(a_roll(a_person(1), a_person(2, "苏惊蛰")), plant7, bo)


def names_them_again(plant7, bo) -> RollImport:
    return sent_in(a_roll(a_person(1)), plant7, bo)


def test_while_a_later_roll_says_that_they_are_here_they_stay(first, plant7, bo):
    later = names_them_again(plant7, bo)
    members.confirm_roll(later, by=bo)
    with pytest.raises(Refused, match="又写到"):
        undo(first, bo)
    members.take_in_confirmed_rolls()
    with pytest.raises(Refused, match="又写到"):
        undo(first, bo)
    assert Member.objects.count() == 2


def test_a_roll_without_a_yes_is_checked_anew_and_then_brings_them(first, plant7, bo):
    later, other = names_them_again(plant7, bo), sent_in(a_roll(a_person(3)), plant7, bo)
    assert later.counts["effects"] == {"unchanged": 1}
    assert ("要重新检查的名册", 1) in {(one.what, one.times) for one in would_undo(first)}
    undo(first, bo)
    later.refresh_from_db()
    assert (later.state, later.roll_rows.count(), later.absences.count()) == ("received", 0, 0)
    assert (later.rows, later.counts, later.left_out) == (0, {}, {})
    other.refresh_from_db()
    assert (other.state, other.roll_rows.count()) == ("checked", 2)
    members.check_waiting_rolls()
    later.refresh_from_db()
    assert (later.state, later.counts["effects"]) == ("checked", {"new": 1})
    members.confirm_roll(later, by=bo)
    members.take_in_confirmed_rolls()
    assert Member.objects.count() == 1


def test_a_yes_that_comes_first_stands_in_the_way_and_one_that_is_late_hears_why(
    transactional_db, plant7, bo
):
    for yes_first in (True, False):
        roll = taken_in(a_roll(a_person(1)), plant7, bo)
        later = names_them_again(plant7, bo)
        yes, back = partial(members.confirm_roll, later, by=bo), partial(undo, roll, bo)
        outcome = meanwhile(yes, back) if yes_first else meanwhile(back, yes)
        assert isinstance(outcome, Refused)
        assert outcome.code == ("built_on" if yes_first else "roll_not_checked")
        members.take_in_confirmed_rolls()
        members.check_waiting_rolls()
        later.refresh_from_db()
        assert later.state == ("done" if yes_first else "checked")
        assert Member.objects.count() == int(yes_first)
        if yes_first:
            undo(later, bo)
            undo(roll, bo)


def test_whom_a_roll_finds_at_its_yes_it_names_too(plant7, bo):
    """Both were checked when nobody was here; whom the first brought, the second found."""
    one, two = (sent_in(a_roll(a_person(1), a_person(2)), plant7, bo) for _ in range(2))
    for roll in (one, two):
        members.confirm_roll(roll, by=bo)
        members.take_in_confirmed_rolls()
    with pytest.raises(Refused, match="又写到的会员（先撤那份） 2 处"):
        undo(one, bo)
    undo(two, bo)
    undo(one, bo)
    assert not Member.objects.exists()


def test_a_change_that_a_later_roll_says_too_stays_until_that_one_is_gone(first, plant7, bo):
    changed = taken_in(a_roll(a_person(1, 部门="研发"), a_person(2, "苏惊蛰")), plant7, bo)
    later = taken_in(a_roll(a_person(1, 部门="研发")), plant7, bo)
    with pytest.raises(Refused, match="又写到的会员（先撤那份） 1 处"):
        undo(changed, bo)
    undo(later, bo)
    undo(changed, bo)
    assert not Membership.objects.filter(department="研发").exists()


def discarded(later, bo) -> None:
    members.discard_roll(later, by=bo)


def let_go(later, bo) -> None:
    RollImport.objects.filter(pk=later.pk).update(created_at=LONG_AGO)
    members.forget_old_rolls()


def put_back(later, bo) -> None:
    members.confirm_roll(later, by=bo)
    members.take_in_confirmed_rolls()
    undo(later, bo)


def put_back_and_let_go(later, bo) -> None:
    put_back(later, bo)
    let_go(later, bo)


@pytest.mark.parametrize("end", [discarded, let_go, put_back, put_back_and_let_go])
def test_once_the_later_roll_is_gone_the_first_can_be_put_back(first, plant7, bo, end):
    end(names_them_again(plant7, bo), bo)
    undo(first, bo)
    assert not Member.objects.exists()


def test_a_roll_that_was_taken_in_before_stands_on_nothing(plant7, bo):
    """It is put back after the one that came later, as it must be, and the later one not for it."""
    taken_in(a_roll(a_person(1, 部门="装配")), plant7, bo)
    later = taken_in(a_roll(a_person(1, 部门="研发"), a_person(2)), plant7, bo)
    undo(later, bo)
    assert Membership.objects.get().department == "装配"


# == What it changed ==


def test_somebody_who_was_changed_and_then_moved_is_not_changed_behind_her(
    first, plant7, harbour2, bo, fu
):
    later = taken_in(a_roll(a_person(1, 会籍状态="退休"), a_person(2, "苏惊蛰")), plant7, bo)
    members.transfer(Member.objects.get(name="周白露"), union=harbour2, by=fu)
    with pytest.raises(Refused, match="离开或者转走"):
        undo(later, fu)


def test_a_deed_that_was_begun_before_the_yes_and_done_after_it_is_a_later_one(first, plant7, bo):
    """Entries are numbered when a deed begins, changes while the person is held."""
    roll = taken_in(a_roll(a_person(1, 部门="研发")), plant7, bo)
    zhou = Member.objects.get(name="周白露")
    Change.objects.create(
        member=zhou,
        membership=zhou.memberships.get(),
        column="department",
        was='"研发"',
        entry_id=1,
    )
    with pytest.raises(Refused, match="又改过"):
        undo(roll, bo)


def test_a_phone_is_found_by_its_former_number_again(plant7, bo):
    taken_in(a_roll(a_person(1, 手机号码=PHONE)), plant7, bo)
    undo(taken_in(a_roll(a_person(1, 手机号码="19900009902")), plant7, bo), bo)
    bound = members.bind_login(a_login("周白露", phone=PHONE))
    assert bound == Member.objects.get(name="周白露")


def test_putting_back_many_asks_no_more_than_putting_back_few(
    plant7, bo, django_assert_max_num_queries
):
    taken_in(a_roll(*[a_person(n, 部门="装配") for n in range(1, 41)]), plant7, bo)
    newer = [a_person(n, 部门="研发", 手机号码=f"199001{n:05}") for n in range(1, 41)]
    roll = taken_in(a_roll(*newer), plant7, bo)
    with django_assert_max_num_queries(66):
        undo(roll, bo)
    assert set(Membership.objects.values_list("department", flat=True)) == {"装配"}


# == Whose people they are today ==


def test_a_union_that_was_moved_away_is_not_touched_by_its_former_side(
    district, plant7, harbour2, bo, fu
):
    taken_in(a_roll(a_person(1), a_person(2, "苏惊蛰")), district, fu)
    roll = taken_in(a_roll(a_person(1, 部门="研发")), district, fu)
    assert open_absences(roll, fu).count() == 1
    elsewhere = tree.found("山城区总工会", parent=None, level=1)
    tree.move(plant7, parent=elsewhere, by=fu)
    assert open_absences(roll, fu).count() == 0
    with pytest.raises(Refused, match="没有要处理的人"):
        members.decide_absent(roll, why="moved", by=fu)
    with pytest.raises(Refused, match="归别处管"):
        undo(roll, fu)
    tree.appoint(fu, union=elsewhere, role="officer")
    undo(roll, fu)
    assert set(Membership.objects.values_list("department", flat=True)) == {""}


def test_an_undone_request_says_when(first, harbour2, bo, cai):
    roll = taken_in(a_roll(a_person(1, 所属工会="二号港工会")), harbour2, cai)
    undo(roll, cai)
    request = TransferRequest.objects.get()
    assert (request.state, request.decided_by) == ("withdrawn", cai)
    assert request.decided_at
    assert request.decided_at <= timezone.now()
    assert Entry.objects.filter(action="members.roll_undone").count() == 1
