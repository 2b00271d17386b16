"""A roll that comes again: who is missing, who lives elsewhere, and how an import is put back."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.utils import timezone

from tests.cast import a_login
from unionhall.base.errors import Refused
from unionhall.base.ledger.models import Entry
from unionhall.people.members import actions as members
from unionhall.people.members.models import (
    Absence,
    Change,
    Member,
    Membership,
    RollImport,
    RollRow,
    TransferRequest,
)
from unionhall.people.members.queries import (
    built_on,
    open_absences,
    seen_by,
    transfers_in_charge,
    transfers_to_answer,
)
from unionhall.people.members.rules.transfers import WAIT
from unionhall.people.members.tests.test_actions_rolls import a_person, a_roll, sent_in, taken_in
from unionhall.people.unions import actions as tree
from unionhall.people.unions.queries import in_charge_of


@pytest.fixture
def last_year(plant7, bo) -> RollImport:
    people = [a_person(n, 部门="装配", 技能等级="中级工") for n in range(1, 5)]
    return taken_in(a_roll(*people), plant7, bo)


def on_the_roll() -> list[object]:
    """All that a roll can change."""
    people = Member.objects.order_by("pk").values()
    return [*people, *Membership.objects.order_by("pk").values()]


# == What changes ==


def test_a_month_alone_says_nothing_against_the_day_that_is_known(last_year, plant7, bo):
    roll = taken_in(a_roll(a_person(1, 入会日期="2019年3月", 部门="装配")), plant7, bo)
    assert roll.counts["effects"] == {"unchanged": 1}
    assert Membership.objects.first().joined_on == dt.date(2019, 3, 5)
    roll = taken_in(a_roll(a_person(1, 入会日期="2019年4月", 部门="装配")), plant7, bo)
    assert roll.counts["changes"] == {"joined_on": 1}


def test_a_change_is_told_with_what_stood_there_and_who_said_so(last_year, plant7, bo):
    newer = a_person(1, 手机号码="19900004321", 部门="研发", 技能等级="中级工")
    roll = taken_in(a_roll(newer), plant7, bo)
    row = roll.roll_rows.get(effect="updated")
    assert json.loads(row.changes) == [
        ["phone", "19900000001", "19900004321", last_year.batch_id],
        ["department", "装配", "研发", last_year.batch_id],
    ]
    again = sent_in(a_roll(newer | {"手机号码": "19900004322"}), plant7, bo)
    told = json.loads(again.roll_rows.get(effect="updated").changes)
    assert told == [["phone", "19900004321", "19900004322", roll.batch_id]]


def test_former_values_are_sealed_and_let_go_after_a_month(last_year, plant7, bo):
    from django.db import connection

    taken_in(a_roll(a_person(1, 手机号码="19900004321")), plant7, bo)
    with connection.cursor() as cursor:
        cursor.execute("SELECT was FROM members_change")
        assert all(b"1990000" not in bytes(row[0]) for row in cursor.fetchall())
    old = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    Change.objects.update(at=old)
    RollImport.objects.update(created_at=old)
    members.forget_old_rolls()
    assert set(Change.objects.values_list("was", flat=True)) == {None}
    assert set(RollRow.objects.values_list("changes", flat=True)) == {None}
    assert set(RollImport.objects.values_list("content", flat=True)) == {None}


def test_a_file_without_standings_leaves_who_retired_retired(last_year, plant7, bo):
    members.retire(Member.objects.order_by("pk").first(), by=bo)
    roll = taken_in(a_roll(a_person(1, 会籍状态="", 部门="研发"), a_person(2)), plant7, bo)
    assert roll.counts["changes"] == {"department": 1}
    first = Member.objects.order_by("pk").first().memberships.get()
    assert (first.standing, first.department) == ("retained", "研发")


# == Who is missing ==


def test_nobody_leaves_by_being_left_out(last_year, plant7, bo):
    roll = taken_in(a_roll(a_person(1), a_person(2)), plant7, bo)
    assert open_absences(roll, None).count() == 2
    assert Membership.objects.filter(left_on=None, standing="current").count() == 4


def test_only_unions_of_which_the_file_speaks_have_absent_people(plant7, harbour2, district, fu):
    taken_in(a_roll(a_person(1), a_person(2, 所属工会="二号港工会")), district, fu)
    roll = sent_in(a_roll(a_person(3)), district, fu)
    assert [one.membership.union for one in open_absences(roll, None)] == [plant7]


def test_whom_a_refused_row_may_mean_is_not_called_absent(last_year, plant7, bo):
    Member.objects.filter(pk=Member.objects.order_by("-pk").first().pk).update(name="何立夏")
    roll = sent_in(a_roll(a_person(1), a_person(9, "何立夏", 证件号码="x")), plant7, bo)
    assert {one.membership.member.name for one in open_absences(roll, None)} == {"周白露"}
    assert open_absences(roll, None).count() == 2


@pytest.mark.parametrize(
    ("why", "decision", "standing", "lives"),
    [
        ("keep", "keep", "current", True),
        ("retired", "retained", "retained", True),
        ("moved", "left", "current", False),
    ],
)
def test_an_officer_says_what_is_the_matter(last_year, plant7, bo, why, decision, standing, lives):
    roll = taken_in(a_roll(a_person(1), a_person(2), a_person(3)), plant7, bo)
    assert members.decide_absent(roll, why=why, by=bo) == 1
    absence = Absence.objects.get()
    assert (absence.decision, absence.membership.standing) == (decision, standing)
    assert (absence.membership.left_on is None) is lives
    entry = Entry.objects.get(action="members.absent_decided")
    assert (entry.pk, entry.by_id, entry.detail) == (
        absence.entry_id,
        bo.pk,
        {"why": why, "people": 1},
    )
    with pytest.raises(Refused):
        members.decide_absent(roll, why=why, by=bo)


def test_some_are_decided_and_the_others_wait(last_year, plant7, bo):
    roll = taken_in(a_roll(a_person(1)), plant7, bo)
    first = open_absences(roll, None).first()
    members.decide_absent(roll, why="died", by=bo, only=[first.pk])
    assert open_absences(roll, None).count() == 2
    assert Membership.objects.filter(left_on=None).count() == 3


def test_nobody_is_decided_about_before_the_yes(last_year, plant7, bo):
    roll = sent_in(a_roll(a_person(1)), plant7, bo)
    with pytest.raises(Refused):
        members.decide_absent(roll, why="left", by=bo)


def test_all_are_decided_in_as_many_statements_as_one(
    last_year, plant7, bo, django_assert_max_num_queries
):
    roll = taken_in(a_roll(a_person(1)), plant7, bo)
    with django_assert_max_num_queries(11):
        assert members.decide_absent(roll, why="retired", by=bo) == 3


# == Who lives elsewhere ==


@pytest.fixture
def asked(plant7, harbour2, bo, cai) -> TransferRequest:
    """Harbour 2's roll names somebody of Plant 7."""
    taken_in(a_roll(a_person(1)), plant7, bo)
    taken_in(a_roll(a_person(1, 所属工会="二号港工会", 部门="调度")), harbour2, cai)
    return TransferRequest.objects.get()


def seen(user, request):
    return seen_by(user, [transfers_in_charge(user).get(pk=request.pk)])[0]


def test_the_asker_is_not_told_where_she_is(asked, bo, cai):
    assert seen(cai, asked).from_union is None
    assert not seen(cai, asked).may_answer
    assert seen(cai, asked).may_withdraw
    assert seen(bo, asked).from_union.name == "七号厂工会"
    assert seen(bo, asked).may_answer
    assert not seen(bo, asked).may_withdraw


def test_the_old_union_answers(asked, harbour2, bo, cai):
    assert list(transfers_to_answer(in_charge_of(bo))) == [asked]
    assert not transfers_to_answer(in_charge_of(cai))
    members.agree_transfer(asked, by=bo)
    live = Membership.objects.get(left_on=None)
    assert (live.union, live.department, live.joined_on) == (harbour2, "调度", dt.date(2019, 3, 5))
    assert Membership.objects.exclude(left_on=None).get().left_on == timezone.localdate()
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == ("agreed", bo)
    with pytest.raises(Refused):
        members.refuse_transfer(asked, by=bo, reason="晚了")


def test_a_no_leaves_her_where_she_is(asked, plant7, bo):
    members.refuse_transfer(asked, by=bo, reason="还在我们这里上班")
    assert Membership.objects.get(left_on=None).union == plant7
    asked.refresh_from_db()
    assert (asked.state, asked.reason) == ("refused", "还在我们这里上班")


def test_who_is_above_both_waits_for_the_old_union(asked, fu):
    assert not seen(fu, asked).may_answer
    TransferRequest.objects.update(asked_at=timezone.now() - WAIT)
    assert seen(fu, asked).may_answer


def test_nobody_is_waited_for_where_nobody_is_in_office(asked, plant7, fu):
    tree.dismiss(plant7.offices.get(), by=None)
    assert seen(fu, asked).may_answer


def test_one_who_moved_meanwhile_is_not_moved_again(asked, district, bo, fu):
    third = tree.found("三号仓工会", parent=district, level=3)
    stale = TransferRequest.objects.get(pk=asked.pk)
    members.transfer(asked.member, union=third, by=fu)
    with pytest.raises(Refused):
        members.agree_transfer(stale, by=bo)
    asked.refresh_from_db()
    assert (asked.state, asked.from_union) == ("asked", third)


# == Putting it back ==


def test_an_import_is_put_back_as_if_it_had_never_been(last_year, plant7, harbour2, bo, cai):
    taken_in(a_roll(a_person(8, 所属工会="二号港工会")), harbour2, cai)
    before = on_the_roll()
    newer = a_person(1, 手机号码="19900004321", 技能等级="高级工", 部门="研发", 会籍状态="退休")
    roll = taken_in(a_roll(newer, a_person(7), a_person(8)), plant7, bo)
    members.decide_absent(roll, why="moved", by=bo)
    assert on_the_roll() != before
    members.undo_roll(roll, by=bo, reason="传错了")
    assert on_the_roll() == before
    roll.refresh_from_db()
    assert (roll.state, roll.undone_because) == ("undone", "传错了")
    assert TransferRequest.objects.get().state == "withdrawn"
    assert not Change.objects.exists()
    assert not Absence.objects.exists()
    assert Entry.objects.get(action="members.roll_undone").detail == {"people": 1, "values": 7}
    with pytest.raises(Refused):
        members.undo_roll(roll, by=bo, reason="再来")


def test_who_came_back_leaves_again(last_year, plant7, bo):
    member = Member.objects.order_by("pk").first()
    members.leave(member, by=bo, why="moved")
    before = on_the_roll()
    roll = taken_in(a_roll(a_person(1, 技能等级="高级工")), plant7, bo)
    assert roll.counts["effects"] == {"returned": 1}
    members.undo_roll(roll, by=bo, reason="传错了")
    assert on_the_roll() == before


def a_bound_login(roll: RollImport, bo) -> None:
    members.bind_login(a_login("周白露", phone="19900000001"))


def a_later_roll(roll: RollImport, bo) -> None:
    taken_in(a_roll(a_person(1, 部门="质检")), roll.union, bo)


def a_hand(roll: RollImport, bo) -> None:
    members.retire(Member.objects.order_by("pk").first(), by=bo)


def a_leave(roll: RollImport, bo) -> None:
    members.leave(Member.objects.order_by("pk").first(), by=bo, why="moved")


def the_same_roll_again(roll: RollImport, bo) -> None:
    taken_in(a_roll(a_person(1, 部门="装配", 技能等级="中级工")), roll.union, bo)


def a_request(roll: RollImport, bo) -> None:
    elsewhere = tree.found("三号矿工会", parent=None, level=roll.union.level)
    members.ask_transfer(Member.objects.order_by("pk").first(), union=elsewhere, by=bo)


def a_notice(roll: RollImport, bo) -> None:
    from unionhall.kernel.notify.models import Message

    Message.objects.create(member=Member.objects.order_by("pk").first(), topic="x", context="{}")


DEEDS = [
    a_bound_login, a_later_roll, the_same_roll_again, a_hand, a_leave, a_request, a_notice,
]  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS)
def test_what_was_built_on_an_import_stands_in_the_way(last_year, bo, deed):
    assert built_on(last_year, None) == []
    deed(last_year, bo)
    assert built_on(last_year, None)
    with pytest.raises(Refused, match="撤销不了"):
        members.undo_roll(last_year, by=bo, reason="传错了")
    last_year.refresh_from_db()
    assert last_year.state == "done"
    assert Member.objects.count() == 4


def test_a_transfer_that_was_agreed_is_another_deed_and_stays(asked, harbour2, bo, cai):
    members.agree_transfer(asked, by=bo)
    members.undo_roll(asked.roll_import, by=cai, reason="传错了")
    assert Membership.objects.get(left_on=None).union == harbour2
    asked.refresh_from_db()
    assert asked.state == "agreed"


def test_nobody_is_let_go_who_has_left_meanwhile(asked, bo):
    members.leave(asked.member, by=bo, why="moved")
    with pytest.raises(Refused, match="不在原来的工会"):
        members.agree_transfer(asked, by=bo)
    assert not Membership.objects.filter(left_on=None, member=asked.member).exists()


def test_what_is_known_of_somebody_who_left_is_not_told(last_year, plant7, bo):
    members.leave(Member.objects.order_by("pk").first(), by=bo, why="moved")
    row = sent_in(a_roll(a_person(1, 手机号码="19900004321")), plant7, bo).roll_rows.get(
        effect="returned"
    )
    assert row.changes in {None, "[]"}
