"""Members hear what became of their union: once, in slices, whoever dies on the way."""

from __future__ import annotations

import pytest
from django.db import transaction

from tests.people import a_member, many_members
from unionhall.kernel.notify.models import Message
from unionhall.kernel.notify.wording import in_inbox, leads_to
from unionhall.people.members import actions as members
from unionhall.people.members.models import Membership, Reorganisation
from unionhall.site import reorganisation_notices
from unionhall.site.reorganisation_notices import tell_of_reorganisations

WHY = "企业合并了"
pytestmark = pytest.mark.django_db


def told(member) -> list[str]:
    return [in_inbox(one) for one in Message.objects.filter(member=member).order_by("pk")]


def test_each_hears_once_where_she_is_now_and_whom_to_ask(plant7, harbour2, ann, chen, fu):
    deed = members.merge_unions(plant7, into=harbour2, by=fu, reason=WHY)
    assert [tell_of_reorganisations(), tell_of_reorganisations()] == [1, 0]
    assert "七号厂工会并入了二号港工会，你现在是二号港工会的会员" in told(ann)[0]
    assert "五个工作日内答复" in told(ann)[0]
    assert leads_to(Message.objects.get(member=ann)) == "/corrections/new/other/"
    assert told(chen) == [], "nothing became of hers"
    members.undo_reorganisation(deed, by=fu, reason="批复撤回了")
    assert tell_of_reorganisations() == 1
    assert "七号厂工会恢复了" in told(ann)[1]


def test_whose_membership_is_kept_hears_what_that_means(plant7, ann, fu):
    members.close_union(plant7, by=fu, reason="企业注销了")
    tell_of_reorganisations()
    assert "会籍保留在云桥区总工会" in told(ann)[0]
    assert "不选举、不表决" in told(ann)[0]


def test_only_those_of_the_departments_hear_of_a_split(plant7, ann, fu):
    other = a_member("何立秋", plant7)
    Membership.objects.filter(member=ann).update(department="物流")
    members.split_union(plant7, name="物流工会", departments=["物流"], by=fu, reason=WHY)
    assert tell_of_reorganisations() == 1
    assert "你的部门从七号厂工会分了出来" in told(ann)[0]
    assert told(other) == []


def test_a_worker_that_dies_is_followed_and_nobody_hears_twice(plant7, harbour2, fu, monkeypatch):
    crowd = many_members(5, plant7)
    deed = members.merge_unions(plant7, into=harbour2, by=fu, reason=WHY)
    monkeypatch.setattr(reorganisation_notices, "AT_ONCE", 2)
    with transaction.atomic():
        _deed, taken = members.take_up_to_tell(deed.pk, limit=2)
        assert [one.member for one in taken] == crowd[:2]
        transaction.set_rollback(True)  # here the worker died
    assert tell_of_reorganisations() == 5
    assert tell_of_reorganisations() == 0
    assert [len(told(one)) for one in crowd] == [1] * 5


def test_whoever_came_late_hears_too_and_a_move_tells_nobody(plant7, harbour2, ann, bo, fu):
    late = a_member("万大雪", harbour2)
    deed = members.merge_unions(plant7, into=harbour2, by=fu, reason=WHY)
    tell_of_reorganisations()
    Membership.objects.filter(member=late).update(union=plant7)  # a roll was at work
    members.go_on_with_reorganisations()
    assert tell_of_reorganisations() == 1
    assert len(told(late)) == len(told(ann)) == 1
    assert Reorganisation.objects.filter(pk=deed.pk, told=2).exists()
