"""Transfers with both sides' consent, leaving, and retiring."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.people import a_login
from unionhall.base.errors import Refused
from unionhall.base.ledger.models import Entry
from unionhall.domain.enrolment import actions as enrolment
from unionhall.domain.enrolment.queries import (
    application_in_charge,
    change_in_charge,
    change_of,
    transfer_of,
)
from unionhall.domain.enrolment.tests.test_joining import ask
from unionhall.kernel.casework import actions as casework
from unionhall.kernel.casework.actions import AlreadyOpen
from unionhall.kernel.casework.models import Case
from unionhall.kernel.casework.queries import NoSuchCase, open_cases_of, story_of
from unionhall.people.members import actions as roll
from unionhall.people.members.models import Membership, TransferRequest
from unionhall.people.members.queries import union_of


@pytest.fixture
def asked(ann, harbour2):
    return enrolment.ask_transfer(ann, union=harbour2, by=ann.user)


def stage_of(asked):
    return Case.objects.get(pk=asked.pk).stage


# == Transfer ==


def test_she_goes_when_both_sides_have_said_yes(asked, ann, harbour2, bo, cai):
    enrolment.accept_transfer(asked, by=cai)
    assert union_of(ann) != harbour2, "the old union has not answered"
    assert enrolment.follow_transfers() == 0
    roll.agree_transfer(asked.request, by=bo)
    assert enrolment.follow_transfers() == 1
    assert (stage_of(asked), union_of(ann)) == ("done", harbour2)
    assert enrolment.follow_transfers() == 0


def test_the_old_unions_no_comes_to_her_with_its_reason(asked, ann, plant7, bo, cai):
    enrolment.accept_transfer(asked, by=cai)
    roll.refuse_transfer(asked.request, by=bo, reason="还有借书没还")
    enrolment.follow_transfers()
    case = Case.objects.get(pk=asked.pk)
    assert (case.stage, union_of(ann)) == ("declined", plant7)
    assert "还有借书没还" in story_of(case)[-1].event.text


def test_the_new_union_may_take_its_request_back(asked, cai):
    enrolment.accept_transfer(asked, by=cai)
    with pytest.raises(Refused, match="没有记下"):
        enrolment.decline_transfer(asked, by=cai, text="不收了")
    roll.withdraw_transfer(asked.request, by=cai)
    enrolment.follow_transfers()
    assert stage_of(asked) == "declined"


def test_she_may_stop_it_until_the_old_union_has_answered(asked, ann, plant7, bo, cai):
    enrolment.accept_transfer(asked, by=cai)
    with pytest.raises(Refused, match="没有记下"):
        casework.withdraw(asked.case, by=ann.user)
    enrolment.stop_transfer(asked, by=ann.user)
    request = TransferRequest.objects.get()
    assert (stage_of(asked), request.state, union_of(ann)) == ("stopped", "withdrawn", plant7)
    with pytest.raises(Refused, match="已经有结果了"):
        roll.agree_transfer(request, by=bo)


def test_what_the_old_union_has_decided_she_cannot_stop(asked, ann, harbour2, bo, cai):
    enrolment.accept_transfer(asked, by=cai)
    roll.agree_transfer(asked.request, by=bo)
    with pytest.raises(Refused, match="已经有结果了"):
        enrolment.stop_transfer(asked, by=ann.user)
    enrolment.follow_transfers()
    assert (stage_of(asked), union_of(ann)) == ("done", harbour2)


def test_to_her_own_union_nobody_is_transferred_and_one_transfer_is_open_at_a_time(
    asked, ann, plant7, district
):
    with pytest.raises(Refused, match="不用转了"):
        enrolment.ask_transfer(ann, union=plant7, by=ann.user)
    with pytest.raises(AlreadyOpen):
        enrolment.ask_transfer(ann, union=district, by=ann.user)


def test_what_waits_in_a_union_that_is_closed_is_answered_by_whoever_took_over(
    asked, ann, harbour2, district, fu, bo
):
    """Its officers answer no more; the one above finds the matter with its story and its day."""
    joining = ask(a_login("丁霜降"), harbour2)
    assert list(open_cases_of(harbour2)) == [asked.case, joining.case]
    roll.close_union(harbour2, by=fu, reason="撤销")
    moved = transfer_of(change_in_charge(fu, asked.pk))
    enrolment.accept_transfer(moved, by=fu)
    assert moved.request.to_union == district
    assert moved.case.due_on
    entered = enrolment.accept(application_in_charge(fu, joining.pk), by=fu)
    assert union_of(entered) == district


def test_a_transfer_into_a_union_that_is_closed_ends_with_a_reason(asked, ann, harbour2, cai, fu):
    enrolment.accept_transfer(asked, by=cai)
    roll.close_union(harbour2, by=fu, reason="撤销")
    enrolment.follow_transfers()
    case = Case.objects.get(pk=asked.pk)
    assert (case.stage, case.closed_at is None) == ("declined", False)
    assert harbour2.name in story_of(case)[-1].event.text


def test_a_matter_that_was_handed_up_is_out_of_its_former_unions_sight(
    asked, harbour2, district, cai, fu
):
    casework.hand_over(asked.case, union=district, by=fu, text="二号港工会要撤销了")
    assert not open_cases_of(harbour2).exists()
    with pytest.raises(NoSuchCase):
        change_in_charge(cai, asked.pk)


# == Leaving ==


def test_nobody_is_kept_because_nobody_answers(ann, bo):
    case = enrolment.ask_to_leave(ann, by=ann.user)
    assert enrolment.end_memberships_asked_to_end() == 0
    assert union_of(ann)
    Case.objects.filter(pk=case.pk).update(due_on=timezone.localdate() - dt.timedelta(days=1))
    assert enrolment.end_memberships_asked_to_end() == 1
    assert (stage_of(case), union_of(ann)) == ("done", None)
    left = Entry.objects.get(action="members.member_left")
    assert (left.by_id, left.detail["why"]) == (None, "resigned")


def test_the_union_notes_it_and_she_may_come_back_another_day(ann, plant7, bo):
    case = enrolment.ask_to_leave(ann, by=ann.user)
    assert "declined" not in case.at.to
    with pytest.raises(Refused):
        casework.advance(case, to="declined", by=bo, text="不许走")
    enrolment.let_go(case, by=bo)
    assert union_of(ann) is None
    assert roll.admit_again(ann, union=plant7, by=bo)


def test_until_then_she_may_think_again(ann, plant7):
    case = enrolment.ask_to_leave(ann, by=ann.user)
    casework.withdraw(case, by=ann.user)
    Case.objects.filter(pk=case.pk)
    assert enrolment.end_memberships_asked_to_end() == 0
    assert union_of(ann) == plant7


def test_who_was_let_go_by_another_deed_has_her_case_ended_all_the_same(ann, bo):
    case = enrolment.ask_to_leave(ann, by=ann.user)
    roll.leave(ann, by=bo, why="moved")
    enrolment.let_go(Case.objects.get(pk=case.pk), by=bo)
    assert stage_of(case) == "done"


# == Retirement ==


def test_who_retires_keeps_her_membership_without_a_vote(ann, bo):
    case = enrolment.ask_retirement(ann, by=ann.user)
    enrolment.retain(case, by=bo)
    assert ann.memberships.get().standing == Membership.Standing.RETAINED
    with pytest.raises(Refused, match="不用再办"):
        enrolment.ask_retirement(ann, by=ann.user)


def test_who_has_not_retired_is_told_why_not(ann, bo):
    case = enrolment.ask_retirement(ann, by=ann.user)
    with pytest.raises(Refused, match="没有写原因"):
        enrolment.decline_retirement(case, by=bo, text="")
    enrolment.decline_retirement(case, by=bo, text="社保还在缴")
    assert ann.memberships.get().standing == Membership.Standing.CURRENT


# == On the pages ==


def test_a_stranger_and_the_wrong_officer_find_no_change(asked, ann, bo, chen):
    assert change_of(ann.user, asked.pk) == asked.case
    with pytest.raises(NoSuchCase):
        change_of(chen.user, asked.pk)
    with pytest.raises(NoSuchCase):
        change_in_charge(bo, asked.pk)


def test_her_pages_ask_and_show_where_it_stands(client, ann, harbour2):
    client.force_login(ann.user)
    for name, said, stage in (
        ("transfer", {"union": harbour2.pk}, "asked"),
        ("retirement", {}, "asked"),
        ("leave", {"sure": "on"}, "asked"),
    ):
        page = reverse(f"enrolment:{name}")
        assert client.get(page).status_code == 200
        sent = client.post(page, {"text": ""} | said)
        case = Case.objects.latest("pk")
        assert (sent.status_code, sent.url, case.stage) == (302, case.page, stage)
        assert client.post(page, {"text": ""} | said).url == case.page, "the one that is open"
        assert client.get(case.page).status_code == 200


def test_nobody_leaves_without_having_read_what_she_loses(client, ann):
    client.force_login(ann.user)
    assert client.post(reverse("enrolment:leave"), {"text": ""}).status_code == 422
    assert not Case.objects.exists()


def test_who_is_no_member_is_led_to_joining(client, dee):
    client.force_login(dee)
    for name in ("transfer", "leave", "retirement"):
        assert client.get(reverse(f"enrolment:{name}")).url == reverse("enrolment:new")
