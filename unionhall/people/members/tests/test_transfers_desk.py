"""The desk's pages of a transfer, in the words of the side that reads."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from unionhall.people.members import actions as members
from unionhall.people.members.forms import MoveForm
from unionhall.people.members.models import TransferRequest
from unionhall.people.members.queries import takes_members
from unionhall.people.members.rules import masked_id, masked_phone
from unionhall.people.members.tests.test_actions_rolls import a_person, a_roll, taken_in
from unionhall.people.members.tests.test_desk import at_the_desk, to
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(plant7, harbour2, bo, cai) -> TransferRequest:
    taken_in(a_roll(a_person(1), a_person(2)), plant7, bo)  # two of one name
    taken_in(a_roll(a_person(1, 手机号码="", 所属工会="二号港工会")), harbour2, cai)
    return TransferRequest.objects.get()


def read_by(user, *page):
    return at_the_desk(Client(), user).get(to(*page)).text


def test_each_side_reads_its_own_words(asked, bo, cai, fu):
    page = ("transfer", asked.pk)
    assert "二号港工会想让你这边的会员周白露转过去" in read_by(bo, *page)
    assert "等你答复" in read_by(bo, *page)
    assert "二号港工会想让周白露转过来" in read_by(cai, *page)
    assert "等对方答复" in read_by(cai, *page)
    assert "想让周白露从原工会转过去" in read_by(fu, *page)  # she runs both
    assert "等原工会答复" in read_by(fu, *page)


@pytest.mark.parametrize(
    ("deed", "to_giver", "to_asker"),
    [
        ("agree_transfer", "同意了，已经转出", "同意了，已经转入"),
        ("withdraw_transfer", "对方撤回了", "撤回了"),
    ],
)
def test_each_side_reads_how_it_ended(asked, bo, cai, deed, to_giver, to_asker):
    getattr(members, deed)(asked, by=bo)
    for page in (("transfer", asked.pk), ("transfers",)):
        assert to_giver in read_by(bo, *page)
        assert to_asker in read_by(cai, *page)
        assert to_giver not in read_by(cai, *page)


def test_a_no_is_told_to_each_side(asked, bo, cai):
    members.refuse_transfer(asked, by=bo, reason="还在这里上班")
    assert "你这边没有同意周白露转到二号港工会" in read_by(bo, "transfer", asked.pk)
    assert "原工会没有同意周白露转到二号港工会" in read_by(cai, "transfer", asked.pk)


def test_two_of_one_name_are_told_apart_by_their_numbers(asked, bo, cai):
    her = asked.member
    for user in (bo, cai):
        assert masked_id(her.id_number) in read_by(user, "transfer", asked.pk)
        assert masked_id(her.id_number) in read_by(user, "transfers")
        assert her.id_number not in read_by(user, "transfer", asked.pk)
    assert masked_phone(her.phone) in read_by(bo, "transfer", asked.pk)
    assert to("member", her.pk) in read_by(bo, "transfer", asked.pk)
    assert her.phone[-4:] not in read_by(cai, "transfer", asked.pk)  # what the other union knows
    members.agree_transfer(asked, by=bo)
    assert masked_phone(her.phone) not in read_by(bo, "transfer", asked.pk)  # hers no more
    assert to("member", her.pk) not in read_by(bo, "transfer", asked.pk)


def test_unions_of_one_name_are_told_apart_where_one_is_chosen(
    district, plant7, harbour2, fu, django_assert_num_queries
):
    towns = [tree.found(f"{name}镇总工会", parent=district, level=2) for name in ("柳泉", "石河")]
    for town in towns:
        tree.found("机关工会", parent=town, level=Union.Level.GRASSROOTS)
    form = MoveForm(unions=takes_members(fu))
    with django_assert_num_queries(3):  # are they few, the unions, those above two of one name
        labels = str(form["union"])
    assert {"机关工会（柳泉镇总工会）", "机关工会（石河镇总工会）", "七号厂工会"} <= set(
        re.findall(r">([^<]+)</option>", labels)
    )
