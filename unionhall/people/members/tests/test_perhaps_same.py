"""A new name on a roll that is the name of somebody whom it leaves out: perhaps a mistyped number."""

from __future__ import annotations

import pytest

from unionhall.people.members import actions as members
from unionhall.people.members.queries import perhaps_same
from unionhall.people.members.tests.test_actions_rolls import a_person, a_roll, sent_in, taken_in
from unionhall.people.members.tests.test_desk import at_the_desk, to

pytestmark = pytest.mark.django_db
SAID = "可能是证件号写错了"


@pytest.fixture
def again(plant7, bo):
    """周白露 comes again under another number; 何立夏 is left out, and nobody new has her name."""
    taken_in(a_roll(a_person(1), a_person(2, "何立夏"), a_person(3, "苏惊蛰")), plant7, bo)
    content = a_roll(a_person(9, "陈小满"), a_person(8), a_person(3, "苏惊蛰"))
    return sent_in(content, plant7, bo)


def test_who_may_be_one_person_is_shown_before_and_after_the_yes(client, bo, again):
    bos = at_the_desk(client, bo)
    [one] = perhaps_same(again, bo)
    assert (one.row, one.member.name) == (3, "周白露")
    page = bos.get(to("roll_import", again.pk)).text
    assert f"1 人{SAID}" in page
    assert "名册第 3 行" in page
    assert to("member", one.member.pk) in page
    members.confirm_roll(again, by=bo)
    members.take_in_confirmed_rolls()
    page = bos.get(to("roll_import", again.pk)).text
    assert SAID in page
    assert "撤销这次导入" in page


def test_a_namesake_in_another_union_is_somebody_else(district, plant7, harbour2, bo):
    taken_in(a_roll(a_person(1), a_person(2, "何立夏", 所属工会="二号港工会")), district, None)
    here = a_person(4, 所属工会="二号港工会"), a_person(3, "苏惊蛰")
    roll = sent_in(a_roll(*here), district)
    assert roll.absences.count() == 2
    assert perhaps_same(roll, None) == []


def test_nobody_is_meant_once_an_officer_said_what_became_of_her(client, bo, again):
    members.confirm_roll(again, by=bo)
    members.take_in_confirmed_rolls()
    again.refresh_from_db()
    members.decide_absent(again, why="mistake", by=bo)
    assert perhaps_same(again, bo) == []
    assert SAID not in at_the_desk(client, bo).get(to("roll_import", again.pk)).text


def test_of_many_newcomers_no_more_is_asked(plant7, bo, again, django_assert_num_queries):
    with django_assert_num_queries(3):
        perhaps_same(again, None)
    many = a_roll(*[a_person(n, f"甲{'一二三四五六七八九十'[n % 10]}") for n in range(20, 60)])
    more = sent_in(many, plant7, bo)
    with django_assert_num_queries(1):
        assert perhaps_same(more, None) == []
