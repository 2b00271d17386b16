"""A member's record at the desk: which rolls brought her, changed her, left her out, were put back."""

from __future__ import annotations

import pytest

from unionhall.people.members import actions as members
from unionhall.people.members.models import Member, RollImport, RollRow
from unionhall.people.members.queries import memberships_of
from unionhall.people.members.queries.record import roll_deeds
from unionhall.people.members.tests.test_actions_rolls import a_person, a_roll, taken_in
from unionhall.people.members.tests.test_desk import at_the_desk, to

pytestmark = pytest.mark.django_db


@pytest.fixture
def bos(client, bo):
    return at_the_desk(client, bo)


def deeds_upon(member, user):
    return roll_deeds(member, list(memberships_of(member, user)), user)


def told(member, user):
    return [(one.what, one.roll and one.roll.pk) for one in deeds_upon(member, user)]


def test_a_record_tells_which_rolls_brought_and_changed_her(bos, plant7, bo):
    first = taken_in(a_roll(a_person(1, 部门="装配")), plant7, bo)
    second = taken_in(a_roll(a_person(1, 部门="研发", 手机号码="19900004321")), plant7, bo)
    taken_in(a_roll(a_person(1, 部门="研发", 手机号码="19900004321")), plant7, bo)  # nothing new
    her = Member.objects.get()
    assert told(her, bo) == [("改了手机号码、部门", second.pk), ("登记进来", first.pk)]
    page = bos.get(to("member", her.pk)).text
    assert f'href="{to("roll_import", second.pk)}"' in page
    assert "装配" not in page  # no former value, nor the numbers in clear
    assert "0001" not in page
    assert f"<dt>出生年份</dt><dd>{her.born_on:%Y}</dd>" in page
    assert f"{her.born_on:%Y-%m-%d}" not in page  # it would complete the masked number


def test_a_record_tells_that_an_import_was_put_back(bos, plant7, bo):
    first = taken_in(a_roll(a_person(1, 部门="装配")), plant7, bo)
    wrong = taken_in(a_roll(a_person(1, 部门="研发")), plant7, bo)
    members.undo_roll(wrong, by=bo, reason="传错了")
    her = Member.objects.get()
    assert told(her, bo) == [("改了部门", wrong.pk), ("登记进来", first.pk)]
    assert [bool(one.undone_at) for one in deeds_upon(her, bo)] == [True, False]
    assert "撤销了，改回了原来的" in bos.get(to("member", her.pk)).text
    RollRow.objects.update(changes=None)  # let go after a month
    assert told(her, bo) == [("名册里有变动", wrong.pk), ("登记进来", first.pk)]


def test_a_record_tells_who_was_left_out_and_who_came_back(plant7, bo):
    taken_in(a_roll(a_person(1), a_person(2, "何立夏")), plant7, bo)
    without = taken_in(a_roll(a_person(1)), plant7, bo)
    members.decide_absent(without, why="moved", by=bo)
    again = taken_in(a_roll(a_person(2, "何立夏")), plant7, bo)
    he = Member.objects.get(name="何立夏")
    assert told(he, bo)[:2] == [
        ("重新登记进来", again.pk),
        ("不在名册里，记作“离开了单位”", without.pk),
    ]
    members.undo_roll(again, by=bo, reason="传错了")
    assert told(he, bo)[0] == ("重新登记进来", again.pk)


def test_rolls_of_another_union_are_neither_named_nor_opened(plant7, harbour2, bo, cai, fu):
    theirs = taken_in(a_roll(a_person(1, 所属工会="二号港工会")), harbour2, cai)
    taken_in(a_roll(a_person(1, 所属工会="二号港工会", 部门="码头")), harbour2, cai)
    her = Member.objects.get()
    members.agree_transfer(members.ask_transfer(her, union=plant7, by=bo), by=cai)
    assert told(her, bo) == [("改了资料", None), ("登记进来", None)]
    assert told(her, fu)[1] == ("登记进来", theirs.pk)  # she runs both


def test_many_rolls_ask_no_more_than_one(plant7, bo, django_assert_num_queries):
    taken_in(a_roll(a_person(1)), plant7, bo)
    for number in range(4):
        taken_in(a_roll(a_person(1, 部门=f"{number}车间")), plant7, bo)
    her = Member.objects.get()
    memberships = list(memberships_of(her, bo))
    with django_assert_num_queries(7):
        assert len(roll_deeds(her, memberships, bo)) == 5
    assert RollImport.objects.count() == 5


def test_a_name_in_a_line_of_history_is_escaped_once(bos, plant7, bo):
    bo.name = "<b>何立夏"
    bo.save()
    taken_in(a_roll(a_person(1)), plant7, bo)
    her = Member.objects.get()
    members.retire(her, by=bo)
    page = bos.get(to("member", her.pk)).text
    assert "&lt;b&gt;何立夏 改为保留会籍" in page
    assert "<b>何立夏" not in page
