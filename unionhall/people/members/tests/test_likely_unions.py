"""A name that no union has: which one may be meant, and where nobody can tell."""

from __future__ import annotations

import pytest

from unionhall.people.members.models import RollRow
from unionhall.people.members.queries.shown import shown
from unionhall.people.members.rules import likely_union
from unionhall.people.members.tests.test_actions_rolls import a_person, a_roll, sent_in
from unionhall.people.members.tests.test_desk import at_the_desk, to
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union

NAMES = [
    "云桥甲商贸有限公司工会委员会",
    "云桥乙商贸有限公司工会委员会",
    "江畔第一小学工会",
    "江畔第二小学工会",
    "七号厂工会",
    "桥头环卫站工会",
]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("云桥甲商贸公司工会", "云桥甲商贸有限公司工会委员会"),  # in short
        ("七号厂", "七号厂工会"),
        ("桥头环卫站工会（筹）", "桥头环卫站工会"),
        ("江畔第三小学工会", ""),  # as like the first as the second
        ("商贸有限公司工会委员会", ""),
        ("有限公司工会", ""),  # what all have
        ("", ""),
        ("完全不相干", ""),
    ],
)
def test_the_one_that_is_much_like_it_is_meant(written: str, meant: str) -> None:
    assert likely_union(written, NAMES) == meant


def test_where_there_are_no_unions_none_is_meant() -> None:
    assert likely_union("七号厂", []) == ""


@pytest.mark.django_db
def test_the_page_says_it_and_tells_no_union_of_somebody_else(client, fu, district, plant7, bo):
    tree.found("七号码头工会", parent=district, level=Union.Level.GRASSROOTS)
    roll = sent_in(a_roll(a_person(1, 所属工会="七号厂分工会"), a_person(2)), plant7, bo)
    assert "像是“七号厂工会”" in at_the_desk(client, bo).get(to("roll_import", roll.pk)).text
    roll = sent_in(a_roll(a_person(1, 所属工会="七号码头"), a_person(2)), plant7, bo)
    assert "七号码头工会" not in at_the_desk(client, bo).get(to("roll_import", roll.pk)).text


@pytest.mark.django_db
def test_nothing_is_guessed_of_a_name_that_two_have(client, bo, plant7):
    for name in ("甲车间分会", "乙车间分会"):
        shop = tree.found(name, parent=plant7, level=Union.Level.GRASSROOTS)
        tree.found("机修分会", parent=shop, level=Union.Level.GRASSROOTS)
    tree.found("机修三分会", parent=plant7, level=Union.Level.GRASSROOTS)
    roll = sent_in(a_roll(a_person(1, 所属工会="机修分会"), a_person(2)), plant7, bo)
    page = at_the_desk(client, bo).get(to("roll_import", roll.pk)).text
    assert "按这个名字找不到唯一的工会" in page
    assert "像是" not in page


@pytest.mark.django_db
def test_many_rows_ask_no_more_than_one(plant7, bo, django_assert_num_queries):
    people = [a_person(n, 所属工会=f"没有的工会{n}") for n in range(1, 9)]
    roll = sent_in(a_roll(*people), plant7, bo)
    for rows in (1, 8):
        some = list(RollRow.objects.filter(roll_import=roll, verdict="rejected")[:rows])
        with django_assert_num_queries(3):
            shown(some)
