"""An import that is put back while others are at its people: who comes second sees what the first did.

Each race has its control: the same without the lock goes wrong.
"""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from tests.cast import a_login
from unionhall.base.errors import Refused
from unionhall.people.members import actions as members
from unionhall.people.members.actions import absences, people, standings, transfers, undoing
from unionhall.people.members.models import (
    Change,
    Member,
    Membership,
    RollImport,
    TransferRequest,
)
from unionhall.people.members.queries import open_absences
from unionhall.people.members.tests.at_once import meanwhile, together
from unionhall.people.members.tests.test_actions_rolls import a_person, a_roll, sent_in, taken_in

pytestmark = pytest.mark.django_db(transaction=True)

NEW_PHONE = "19900004321"


@pytest.fixture
def unheld(monkeypatch):
    """The control: nobody waits for anybody."""
    for module in (absences, people, standings, transfers, undoing):
        monkeypatch.setattr(module, "hold_people", lambda ids, **_to_delete: list(ids))
    monkeypatch.setattr(absences, "hold_roll", lambda roll, *, state: roll.state == state)


@pytest.fixture
def changed(plant7, bo) -> RollImport:
    """Zhou has another phone and another department than last year; Su is not in the file."""
    taken_in(a_roll(a_person(1, 部门="装配"), a_person(2, "苏惊蛰")), plant7, bo)
    return taken_in(a_roll(a_person(1, 手机号码=NEW_PHONE, 部门="研发")), plant7, bo)


def undo(roll: RollImport, bo) -> None:
    members.undo_roll(RollImport.objects.get(pk=roll.pk), by=bo, reason="传错了")


def zhou() -> Member:
    return Member.objects.get(name="周白露")


def place() -> Membership:
    return Membership.objects.get(member=zhou(), left_on=None)


def refused(outcome: object) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.code


# == A login is bound ==


def sign_in() -> Member | None:
    return members.bind_login(a_login("周白露", phone=NEW_PHONE))


def test_who_signed_in_with_the_new_number_keeps_it(changed, bo):
    assert refused(meanwhile(sign_in, partial(undo, changed, bo))) == "built_on"
    assert zhou().phone == NEW_PHONE


def test_control_a_login_is_left_with_a_number_that_is_not_hers(unheld, changed, bo):
    assert meanwhile(sign_in, partial(undo, changed, bo)) is None
    assert zhou().user.phone != zhou().phone


def test_a_number_that_is_put_back_binds_nobody(changed, bo):
    user = a_login("周白露", phone=NEW_PHONE)
    assert meanwhile(partial(undo, changed, bo), partial(members.bind_login, user)) is None
    assert zhou().user is None


def test_control_a_number_that_was_put_back_binds(unheld, changed, bo):
    user = a_login("周白露", phone=NEW_PHONE)
    assert meanwhile(partial(undo, changed, bo), partial(members.bind_login, user)) == zhou()


# == Another roll is taken in ==


def another(plant7, bo, **cells: str) -> RollImport:
    cells = {"手机号码": NEW_PHONE, "部门": "研发"} | cells
    roll = sent_in(a_roll(a_person(1, **cells)), plant7, bo)
    return members.confirm_roll(roll, by=bo)


def test_what_a_later_roll_says_is_not_put_back(changed, plant7, bo):
    later = another(plant7, bo, 部门="质检")
    outcome = meanwhile(partial(members.take_in_next, later.pk), partial(undo, changed, bo))
    assert refused(outcome) == "built_on"
    assert place().department == "质检"


def test_control_what_a_later_roll_says_is_lost(unheld, changed, plant7, bo):
    later = another(plant7, bo, 部门="质检")
    assert meanwhile(partial(members.take_in_next, later.pk), partial(undo, changed, bo)) is None
    assert place().department == "装配"


def test_only_the_columns_that_it_changed_are_put_back(changed, plant7, bo):
    later = another(plant7, bo, 技能等级="高级工", 会籍状态="退休")
    assert meanwhile(partial(members.take_in_next, later.pk), partial(undo, changed, bo)) is None
    assert (zhou().phone, zhou().skill_grade) == ("19900000001", 4)
    assert (place().department, place().standing) == ("装配", "retained")


def test_a_roll_that_is_checked_meanwhile_is_checked_again(plant7, bo):
    first = taken_in(a_roll(a_person(1)), plant7, bo)
    second = members.receive_roll(a_roll(a_person(1)), name="b.xlsx", union=plant7, by=bo)
    RollImport.objects.filter(pk=second.pk).update(as_of=dt.date(2026, 11, 20))
    assert meanwhile(partial(undo, first, bo), members.check_waiting_rolls) == 1
    second.refresh_from_db()
    assert (second.state, second.counts["effects"]) == ("checked", {"new": 1})


# == Her standing changes ==


def test_who_retires_meanwhile_stays_retired(changed, bo):
    deed = partial(members.retire, zhou(), by=bo)
    assert meanwhile(deed, partial(undo, changed, bo)) is None
    assert (place().department, place().standing) == ("装配", "retained")


def test_who_leaves_meanwhile_stays_as_she_left(changed, bo):
    deed = partial(members.leave, zhou(), by=bo, why="moved")
    assert refused(meanwhile(deed, partial(undo, changed, bo))) == "built_on"
    assert Membership.objects.get(member=zhou()).department == "研发"


def test_control_who_left_is_changed_behind_her(unheld, changed, bo):
    deed = partial(members.leave, zhou(), by=bo, why="moved")
    assert meanwhile(deed, partial(undo, changed, bo)) is None
    assert Membership.objects.get(member=zhou()).department == "装配"


def decide(roll: RollImport, bo) -> int:
    return members.decide_absent(RollImport.objects.get(pk=roll.pk), why="moved", by=bo)


def test_nobody_is_decided_about_by_a_roll_that_is_being_put_back(changed, bo):
    outcome = meanwhile(partial(undo, changed, bo), partial(decide, changed, bo))
    assert refused(outcome) == "roll_not_done"
    assert Membership.objects.filter(left_on=None).count() == 2


def test_what_was_decided_meanwhile_is_put_back_too(changed, bo):
    assert meanwhile(partial(decide, changed, bo), partial(undo, changed, bo)) is None
    assert Membership.objects.filter(left_on=None).count() == 2
    assert not Change.objects.exists()


def test_control_somebody_leaves_by_a_roll_that_was_put_back(unheld, changed, bo):
    absence = open_absences(changed, bo).get()
    with transaction.atomic():  # what deciding was, without its locks
        assert RollImport.objects.get(pk=changed.pk).state == RollImport.State.DONE
        outcome = together([partial(undo, changed, bo)])
        standings.change_standing([absence.membership], why="moved", entry_id=changed.batch_id)
    assert outcome == [None]
    assert Membership.objects.filter(left_on=None).count() == 1


def test_an_absence_is_decided_once(changed, bo):
    outcomes = together([partial(decide, changed, bo)] * 4)
    assert outcomes.count(1) == 1
    assert {refused(one) for one in outcomes if one != 1} == {"nobody_chosen"}
    assert Change.objects.filter(column="left_on").count() == 1


def test_who_left_by_hand_meanwhile_is_not_ended_twice(changed, bo):
    su = Member.objects.get(name="苏惊蛰")
    deed = partial(members.leave, su, by=bo, why="died")
    assert refused(meanwhile(deed, partial(decide, changed, bo))) == "nobody_chosen"
    assert Change.objects.filter(column="left_on").count() == 1


# == A transfer is answered ==


@pytest.fixture
def asked(changed, harbour2, cai) -> TransferRequest:
    taken_in(a_roll(a_person(1, 手机号码=NEW_PHONE, 所属工会="二号港工会")), harbour2, cai)
    return TransferRequest.objects.get()


def agree(request: TransferRequest, by) -> Membership:
    return members.agree_transfer(TransferRequest.objects.get(pk=request.pk), by=by)


def refuse(request: TransferRequest, by) -> None:
    one = TransferRequest.objects.get(pk=request.pk)
    members.refuse_transfer(one, by=by, reason="还在这里上班")


def withdraw(request: TransferRequest, by) -> None:
    members.withdraw_transfer(TransferRequest.objects.get(pk=request.pk), by=by)


def test_who_is_let_go_meanwhile_is_not_changed_any_more(asked, changed, bo):
    outcome = meanwhile(partial(agree, asked, bo), partial(undo, changed, bo))
    assert refused(outcome) == "built_on"
    assert Membership.objects.exclude(left_on=None).get(member=zhou()).department == "研发"


def test_control_who_was_let_go_is_changed_behind_her(unheld, asked, changed, bo):
    assert meanwhile(partial(agree, asked, bo), partial(undo, changed, bo)) is None
    assert Membership.objects.exclude(left_on=None).get(member=zhou()).department == "装配"


def test_a_request_is_answered_once(asked, bo, cai):
    deeds = [partial(agree, asked, bo), partial(refuse, asked, bo), partial(withdraw, asked, cai)]
    outcomes = together(deeds * 2)
    assert len([one for one in outcomes if isinstance(one, Refused)]) == 5
    assert {one.code for one in outcomes if isinstance(one, Refused)} <= {
        "transfer_decided",
        "moved_meanwhile",
    }
    asked.refresh_from_db()
    moved = asked.state == "agreed"
    assert place().union.name == ("二号港工会" if moved else "七号厂工会")


def test_two_officers_say_yes_at_once_and_she_moves_once(asked, bo):
    outcomes = together([partial(agree, asked, bo)] * 4)
    assert len([one for one in outcomes if isinstance(one, Membership)]) == 1
    assert Membership.objects.filter(member=zhou()).count() == 2


def test_control_who_only_looks_lets_her_go_twice(unheld, asked, harbour2, bo):
    """What answering was without its conditional UPDATE: the constraint alone stands behind it."""

    def look_and_move() -> Membership:
        if TransferRequest.objects.get(pk=asked.pk).state != "asked":
            raise AssertionError
        return members.transfer(zhou(), union=harbour2, by=bo)

    outcome = meanwhile(look_and_move, look_and_move)
    assert isinstance(outcome, IntegrityError)


def test_a_yes_meets_the_undo_of_the_roll_that_asked(asked, bo, cai):
    roll = asked.roll_import
    assert refused(meanwhile(partial(undo, roll, cai), partial(agree, asked, bo))) == (
        "transfer_decided"
    )
    asked.refresh_from_db()
    assert asked.state == "withdrawn"
    assert asked.decided_at
    assert place().union.name == "七号厂工会"


def test_the_undo_of_the_roll_that_asked_leaves_a_yes_alone(asked, bo, cai):
    outcome = meanwhile(partial(agree, asked, bo), partial(undo, asked.roll_import, cai))
    assert outcome is None
    asked.refresh_from_db()
    assert asked.state == "agreed"
    assert place().union.name == "二号港工会"


def test_the_old_union_retires_nobody_whom_it_let_go(asked, bo):
    outcome = meanwhile(partial(agree, asked, bo), partial(members.retire, zhou(), by=bo))
    assert refused(outcome) == "moved_meanwhile"
    assert place().standing == "current"


def test_control_the_old_union_retires_whom_it_let_go(unheld, asked, bo):
    """Behind her: the membership that she has left is changed."""
    outcome = meanwhile(partial(agree, asked, bo), partial(members.retire, zhou(), by=bo))
    assert outcome is None
    assert Membership.objects.exclude(left_on=None).get(member=zhou()).standing == "retained"


def test_who_has_left_is_not_let_go(asked, bo):
    deed = partial(members.leave, zhou(), by=bo, why="moved")
    assert refused(meanwhile(deed, partial(agree, asked, bo))) == "moved_meanwhile"
    assert not Membership.objects.filter(member=zhou(), left_on=None).exists()


def test_who_retires_is_let_go_as_she_is(asked, bo):
    deed = partial(members.retire, zhou(), by=bo)
    assert meanwhile(deed, partial(agree, asked, bo)) == place()
    assert (place().union.name, place().standing) == ("二号港工会", "retained")


# == What is old is let go ==


@pytest.fixture
def month_old(plant7, bo) -> RollImport:
    roll = sent_in(a_roll(a_person(3)), plant7, bo)
    RollImport.objects.update(created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    return roll


def test_a_roll_that_is_confirmed_at_the_last_moment_keeps_its_rows(month_old, bo):
    meanwhile(partial(members.confirm_roll, month_old, by=bo), members.forget_old_rolls)
    month_old.refresh_from_db()
    assert month_old.state == "running"
    members.take_in_confirmed_rolls()
    assert Member.objects.count() == 1


def test_a_roll_that_was_let_go_is_not_confirmed(month_old, bo):
    outcome = meanwhile(members.forget_old_rolls, partial(members.confirm_roll, month_old, by=bo))
    assert refused(outcome) == "roll_not_checked"
    assert not month_old.roll_rows.exists()


def test_what_was_is_not_let_go_while_it_is_put_back(changed, bo):
    Change.objects.update(at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    meanwhile(partial(undo, changed, bo), members.forget_old_rolls)
    assert zhou().phone == "19900000001"
    assert not Change.objects.exists()


def test_what_was_let_go_meanwhile_is_not_put_back_as_nothing(changed, bo):
    Change.objects.update(at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert refused(meanwhile(members.forget_old_rolls, partial(undo, changed, bo))) == "built_on"
    assert (zhou().phone, place().department) == (NEW_PHONE, "研发")
