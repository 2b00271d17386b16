"""A union is moved, merged, split or closed, with all that hangs on it, and put back."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from tests.people import a_login, a_member, many_members
from unionhall.base.errors import Refused
from unionhall.base.ledger.queries import entries_of
from unionhall.people.members import actions as roll
from unionhall.people.members import invariants as of_members
from unionhall.people.members.actions import carrying
from unionhall.people.members.models import Member, Membership, Reorganisation, TransferRequest
from unionhall.people.members.queries.reorganisations import later_deeds
from unionhall.people.members.tests.at_once import meanwhile
from unionhall.people.programs import actions as programs
from unionhall.people.unions import actions as tree
from unionhall.people.unions import invariants as of_unions
from unionhall.people.unions.models import Office, Union
from unionhall.people.unions.queries import in_charge_of, offices_of

WHY = "企业合并了"
pytestmark = pytest.mark.django_db


def offences() -> list[str]:
    every = [*of_unions.INVARIANTS, *of_members.INVARIANTS]
    return [one.sentence for one in every if list(one.offenders())]


def live_in(union: Union) -> int:
    return Membership.objects.filter(union=union, left_on=None).count()


def where_is(member) -> tuple[int, str]:
    return member.memberships.values_list("union", "standing").get(left_on=None)


@pytest.fixture
def workshop(plant7):
    return tree.found("一车间", parent=plant7, level=Union.Level.BRANCH)


def test_a_merger_takes_members_unions_below_and_what_it_did_along(
    plant7, harbour2, workshop, ann, bo, cai, fu
):
    deed = roll.merge_unions(plant7, into=harbour2, by=fu, reason=WHY)
    assert (deed.state, deed.people, deed.gone) == ("done", 1, 1)
    plant7.refresh_from_db()
    workshop.refresh_from_db()
    assert (plant7.successor, plant7.closed_on) == (harbour2, timezone.localdate())
    assert where_is(ann) == (harbour2.pk, "current")
    assert Union.objects.get_parent(workshop) == harbour2
    assert not offices_of(bo).exists(), "her office ended with it"
    assert set(in_charge_of(cai)) == {harbour2, plant7, workshop}, "its history is theirs to see"
    assert [one.action for one in entries_of(plant7)] == [
        "members.union_merged",
        "unions.union_founded",
    ]
    assert offences() == []


def test_a_closed_union_leaves_its_members_with_the_upper_one(district, plant7, workshop, ann, fu):
    someone = a_member("万大雪", plant7)
    roll.retire(someone, by=fu)
    deed = roll.close_union(plant7, by=fu, reason=WHY)
    assert where_is(ann) == (district.pk, "retained")
    assert Union.objects.get_parent(Union.objects.get(pk=workshop.pk)) == district
    roll.undo_reorganisation(deed, by=fu, reason="关错了")
    assert where_is(ann) == (plant7.pk, "current"), "as she was"
    assert where_is(someone) == (plant7.pk, "retained"), "who had retired before stays so"
    assert Union.objects.get_parent(Union.objects.get(pk=workshop.pk)) == plant7
    assert offences() == []


def test_a_merger_is_put_back_as_far_as_nobody_has_gone_on(plant7, harbour2, ann, bo, chen, fu):
    gone_on = a_member("谷大暑", plant7)
    deed = roll.merge_unions(plant7, into=harbour2, by=fu, reason=WHY)
    third = tree.found("三号库工会", parent=plant7.successor and harbour2, level=3)
    roll.transfer(gone_on, union=third, by=fu)
    roll.undo_reorganisation(deed, by=fu, reason="搞错了")
    deed.refresh_from_db()
    assert deed.state == "undone"
    assert where_is(ann) == (plant7.pk, "current")
    assert where_is(chen) == (harbour2.pk, "current")
    assert where_is(gone_on) == (third.pk, "current")
    assert [one.union for one in offices_of(bo)] == [plant7], "her office came back with it"
    assert offences() == []
    with pytest.raises(Refused, match="现在改不回去"):
        roll.undo_reorganisation(deed, by=fu, reason="再来")


def test_departments_and_unions_below_are_split_off(plant7, workshop, ann, fu):
    some = many_members(3, plant7)
    Membership.objects.filter(member__in=some).update(department="物流部")
    deed = roll.split_union(
        plant7, name="七号厂物流工会", departments=["物流部"], children=[workshop.pk], by=fu, reason=WHY
    )  # fmt: skip
    new = deed.other
    assert (live_in(new), live_in(plant7), deed.gone) == (3, 1, 3)
    assert Union.objects.get_parent(Union.objects.get(pk=workshop.pk)) == new
    assert Union.objects.get_parent(new) == Union.objects.get_parent(plant7)
    roll.undo_reorganisation(deed, by=fu, reason="不分了")
    new.refresh_from_db()
    assert (live_in(new), live_in(plant7), new.successor) == (0, 4, plant7)
    assert offences() == []


def test_a_move_is_put_back_unless_the_union_went_on(district, plant7, harbour2, fu):
    deed = roll.move_union(plant7, parent=harbour2, by=fu, reason=WHY)
    again = roll.move_union(
        plant7, parent=tree.found("街道", parent=district, level=2), by=fu, reason=WHY
    )
    assert list(later_deeds(deed)) == [again]
    with pytest.raises(Refused, match="先把后来的那一次改回去"):
        roll.undo_reorganisation(deed, by=fu, reason="改回去")
    roll.undo_reorganisation(again, by=fu, reason="改回去")
    roll.undo_reorganisation(deed, by=fu, reason="改回去")
    plant7.refresh_from_db()
    assert Union.objects.get_parent(plant7) == district
    assert offences() == []


def test_what_asks_for_a_closed_union_is_answered_with_its_reason(plant7, harbour2, ann, chen, fu):
    into_it = roll.ask_transfer(chen, union=plant7, by=fu)
    out_of_it = roll.ask_transfer(ann, union=harbour2, by=fu)
    key, _secret = programs.issue_key(plant7, name="人事系统", by=fu)
    third = tree.found("三号库工会", parent=Union.objects.get_parent(plant7), level=3)
    roll.merge_unions(plant7, into=third, by=fu, reason=WHY)
    for one in (into_it, out_of_it, key):
        one.refresh_from_db()
    assert into_it.state == TransferRequest.State.REFUSED
    assert third.name in into_it.reason
    assert (out_of_it.state, out_of_it.from_union) == (TransferRequest.State.ASKED, third)
    assert key.revoked_at, "nobody sends rolls for it any more"
    with pytest.raises(Refused, match="已经撤销了"):
        roll.transfer(chen, union=plant7, by=fu)
    with pytest.raises(Refused, match="已经撤销了"):
        a_member("段立秋", plant7)


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        (lambda u, _o, by: roll.merge_unions(u, into=u, by=by, reason=WHY), "自己"),
        (lambda u, o, by: roll.merge_unions(u, into=o, by=by, reason=" "), "没有写原因"),
        (lambda u, o, by: roll.move_union(o, parent=u, by=by, reason=WHY), "已经有了"),
        (lambda u, _o, by: roll.close_union(Union.objects.get_parent(u), by=by, reason=WHY), "没有上级"),
        (lambda u, _o, by: roll.merge_unions(u, into=Union.objects.get_parent(u), by=by, reason=WHY), "只有没有单位的会员"),
        (lambda u, o, by: roll.split_union(u, name=o.name, by=by, reason=WHY), "已经有了"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_changes_nothing(plant7, harbour2, ann, fu, deed, said):
    tree.found(harbour2.name, parent=plant7, level=4)
    with pytest.raises(Refused, match=said):
        deed(plant7, harbour2, fu)
    assert not Reorganisation.objects.exists()
    assert offences() == []


def test_a_street_takes_those_who_have_no_employer_of_another_street(district, fu):
    """Couriers join a street; so streets are merged with them, and with whom they keep in retirement."""
    street, other = (tree.found(name, parent=district, level=2) for name in ("东街", "西街"))
    courier, retired = a_member("林大雪", street), a_member("方谷雨", street)
    Member.objects.filter(pk=courier.pk).update(employment=Member.Employment.NEW_FORM)
    roll.retire(retired, by=fu)
    roll.merge_unions(street, into=other, by=fu, reason=WHY)
    assert [where_is(one) for one in (courier, retired)] == [
        (other.pk, "current"),
        (other.pk, "retained"),
    ]
    assert offences() == []


def test_many_members_go_batch_by_batch_and_a_dead_worker_is_followed(
    plant7, harbour2, fu, monkeypatch
):
    many_members(7, plant7)
    monkeypatch.setattr("unionhall.people.members.actions.reorganising.SOON", 2)
    deed = roll.merge_unions(plant7, into=harbour2, by=fu, reason=WHY)
    assert (deed.state, live_in(plant7)) == ("running", 7)
    with pytest.raises(Refused, match="现在不能动"):
        roll.move_union(harbour2, parent=Union.objects.get(depth=1), by=fu, reason=WHY)
    assert carrying.carry_next(deed.pk, limit=3)
    deed.refresh_from_db()
    assert (live_in(plant7), live_in(harbour2), deed.gone) == (4, 3, 3), "and here the worker died"
    roll.go_on_with_reorganisations()
    deed.refresh_from_db()
    assert (deed.state, deed.gone, live_in(harbour2)) == ("done", 7, 7)
    assert roll.go_on_with_reorganisations() == 0


def test_whoever_was_on_her_way_into_it_goes_along(plant7, harbour2, ann, fu):
    roll.merge_unions(plant7, into=harbour2, by=fu, reason=WHY)
    Membership.objects.filter(member=ann, left_on=None).update(union=plant7)  # a roll was at work
    assert offences() == ["Nobody is in a union that is closed."]
    assert roll.go_on_with_reorganisations() == 1
    assert where_is(ann) == (harbour2.pk, "current")
    assert offences() == []


def test_an_office_that_somebody_has_again_does_not_come_back_twice(plant7, harbour2, bo, fu):
    deed = roll.merge_unions(plant7, into=harbour2, by=fu, reason=WHY)
    Office.objects.create(
        user=bo, union=plant7, role="officer", since_on=dt.date(2026, 1, 1)
    )  # planted
    roll.undo_reorganisation(deed, by=fu, reason="改回去")
    assert Office.objects.filter(user=bo, union=plant7, until_on=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_transfer_that_meets_the_closing_of_its_union_does_not_arrive_there(
    plant7, harbour2, ann, chen, fu
):
    request = roll.ask_transfer(chen, union=plant7, by=fu)
    third = tree.found("三号库工会", parent=Union.objects.get_parent(plant7), level=3)
    came = meanwhile(
        lambda: roll.merge_unions(plant7, into=third, by=fu, reason=WHY),
        lambda: roll.agree_transfer(request, by=fu),
    )
    assert isinstance(came, Refused), came
    assert where_is(chen) == (harbour2.pk, "current")
    request.refresh_from_db()
    assert request.state == TransferRequest.State.REFUSED
    assert offences() == []


@pytest.mark.django_db(transaction=True)
def test_without_holding_the_union_she_would_arrive_in_a_closed_one(
    plant7, harbour2, ann, chen, fu, monkeypatch
):
    """A control: the same meeting, and nobody looks whether the union is open."""
    monkeypatch.setattr("unionhall.people.members.actions.transfers.hold_open", lambda _union: None)
    third = tree.found("三号库工会", parent=Union.objects.get_parent(plant7), level=3)
    meanwhile(
        lambda: roll.merge_unions(plant7, into=third, by=fu, reason=WHY),
        lambda: roll.transfer(chen, union=plant7, by=fu),
    )
    assert where_is(chen)[0] == plant7.pk
    assert offences() == ["Nobody is in a union that is closed."]


def test_the_officer_of_a_closed_union_is_out_with_her_next_request(client, plant7, harbour2, fu):
    user = a_login("严小雪")
    tree.appoint(user, union=plant7, role="chair")
    assert in_charge_of(user).exists()
    roll.merge_unions(plant7, into=harbour2, by=fu, reason=WHY)
    assert not in_charge_of(user).exists()
