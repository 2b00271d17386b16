"""Who is first is decided by a row; each race has a control in which nobody stands in the other's way."""

from __future__ import annotations

import pytest

from tests.cast import a_login
from unionhall.domain.enrolment import actions as enrolment
from unionhall.domain.enrolment.models import Application
from unionhall.domain.enrolment.queries import application_in_charge
from unionhall.domain.enrolment.tests.test_joining import ask, said_by
from unionhall.kernel.casework import actions as casework
from unionhall.kernel.casework.models import Case
from unionhall.kernel.casework.tests.test_cases import at_once
from unionhall.people.members import actions as roll
from unionhall.people.members.models import Member, Membership
from unionhall.people.members.queries import union_of

pytestmark = pytest.mark.django_db(transaction=True)


def accepting(application, by):
    return lambda: enrolment.accept(application_in_charge(by, application.pk), by=by)


def test_of_two_officers_who_accept_at_once_one_comes_second_and_she_joins_once(
    plant7, dee, bo, fu
):
    asked = ask(dee, plant7)
    mine, hers = application_in_charge(bo, asked.pk), application_in_charge(fu, asked.pk)
    outcomes = at_once(lambda: enrolment.accept(mine, by=bo), lambda: enrolment.accept(hers, by=fu))
    assert outcomes == ["case_moved", "done"]
    assert Membership.objects.count() == 1
    other, third = ask(a_login("甲"), plant7), ask(a_login("乙"), plant7)
    assert at_once(accepting(other, bo), accepting(third, fu)) == ["done", "done"], "control"


def test_she_applies_twice_and_to_two_unions_at_once_and_one_stands(plant7, harbour2, dee):
    said = said_by("丁霜降")

    def apply(user, union):
        return lambda: ask(user, union, said=said if user == dee else said_by(user.name))

    twice = [apply(dee, plant7), apply(dee, plant7), apply(dee, harbour2)]
    assert at_once(*twice) == ["case_already_open"] * 2 + ["done"]
    assert Application.objects.count() == 1
    others = [apply(a_login(name), plant7) for name in "甲乙丙"]
    assert at_once(*others) == ["done"] * 3, "control: three people"


def test_one_number_in_two_unions_at_once_becomes_one_member(plant7, harbour2, bo, cai):
    """Two logins, one document: at most one of them is who she says."""
    said = said_by("丁霜降")
    one, other = (
        ask(a_login("丁霜降"), plant7, said=said),
        ask(a_login("丁霜降"), harbour2, said=said),
    )
    outcomes = at_once(accepting(one, bo), accepting(other, cai))
    assert outcomes[0] == "done" or outcomes[1] == "done"
    assert set(outcomes) <= {"done", "number_taken", "is_a_member", "login_of_another"}
    assert outcomes.count("done") == 1
    assert Member.objects.count() == Membership.objects.filter(left_on=None).count() == 1
    assert sorted(Case.objects.values_list("stage", flat=True)) == ["accepted", "asked"]


def test_who_left_is_admitted_again_by_one_of_two_unions(ann, plant7, harbour2, bo, cai):
    roll.leave(ann, by=bo, why="moved")
    outcomes = at_once(
        lambda: roll.admit_again(ann, union=plant7, by=bo),
        lambda: roll.admit_again(ann, union=harbour2, by=cai),
    )
    assert outcomes == ["done", "is_a_member"]


def test_her_stop_and_the_old_unions_yes_meet_and_both_rows_say_the_same(ann, harbour2, bo, cai):
    asked = enrolment.ask_transfer(ann, union=harbour2, by=ann.user)
    enrolment.accept_transfer(asked, by=cai)
    request = asked.request
    outcomes = at_once(
        lambda: enrolment.stop_transfer(asked, by=ann.user),
        lambda: roll.agree_transfer(request, by=bo),
    )
    enrolment.follow_transfers()
    went = union_of(ann) == harbour2
    assert outcomes == ["done", "transfer_decided"]
    assert Case.objects.get(pk=asked.pk).stage == ("done" if went else "stopped")


def test_her_second_thought_and_the_end_of_the_day_meet_in_the_case(ann, plant7):
    case = enrolment.ask_to_leave(ann, by=ann.user)
    mine = Case.objects.get(pk=case.pk)
    outcomes = at_once(
        lambda: casework.withdraw(mine, by=ann.user), lambda: enrolment.let_go(case, by=None)
    )
    assert outcomes == ["case_moved", "done"]
    stage = Case.objects.get(pk=case.pk).stage
    assert union_of(ann) == (plant7 if stage == "withdrawn" else None)
