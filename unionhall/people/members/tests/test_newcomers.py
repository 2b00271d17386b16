"""Whom a roll brings goes in by one statement, and whoever is new no more the careful way."""

from __future__ import annotations

import base64

import pytest

from unionhall.people.members import actions as members
from unionhall.people.members.models import Member, Membership, Newcomer, TransferRequest
from unionhall.people.members.queries import find, rows_of
from unionhall.people.members.queries.shown import shown
from unionhall.people.members.tests.test_actions_rolls import a_person, a_roll, sent_in, taken_in
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import under

OTHER_KEY = base64.b64encode(b"k" * 32).decode()
FULL = {
    "性别": "女", "部门": "装配", "技能等级": "高级工", "会籍状态": "退休", "入会日期": "2019-03-05",
}  # fmt: skip


def finished(roll, by):
    members.confirm_roll(roll, by=by)
    members.take_in_confirmed_rolls()
    roll.refresh_from_db()
    assert roll.state == "done"
    return roll


def by_columns():
    """All that is known of everybody, without keys and without what is sealed anew each time."""
    people = Member.objects.order_by("id_index")
    own = [f.attname for f in Member._meta.fields if f.attname not in {"id", "batch_id"}]
    place = ("union_id", "standing", "department", "joined_on", "left_on")
    return [
        ({name: getattr(one, name) for name in own}, *one.memberships.values_list(*place))
        for one in people
    ]


def test_all_at_once_and_one_by_one_come_to_the_same(plant7, bo, settings):
    content = a_roll(a_person(1, **FULL), a_person(2, "何立夏", 手机号码="", 会籍状态="", 性别=""))
    finished(sent_in(content, plant7, bo), bo)
    at_once = by_columns()
    Membership.objects.all().delete()
    Member.objects.all().delete()
    roll = sent_in(content, plant7, bo)
    settings.INDEX_KEYS = {**settings.INDEX_KEYS, 0: OTHER_KEY}  # an old one is still in use
    finished(roll, bo)
    assert by_columns() == at_once
    assert Member.objects.filter(batch_id=roll.batch_id).count() == 2


def test_keys_that_change_between_check_and_yes_make_nobody_twice(plant7, bo, settings):
    roll = sent_in(a_roll(a_person(1), a_person(2, "何立夏")), plant7, bo)
    members.admit(
        "周白露", union=plant7, id_kind="resident", id_number=a_person(1)["证件号码"], phone=""
    )
    settings.INDEX_KEYS = {**settings.INDEX_KEYS, 2: OTHER_KEY}
    finished(roll, bo)
    assert roll.counts["effects"] == {"updated": 1, "new": 1}
    assert Member.objects.count() == 2
    assert {one.id_index[:2] for one in Member.objects.all()} == {"2:"}
    assert find("0002", under(plant7)).count() == 1


def test_a_union_that_got_another_name_takes_nobody(plant7, bo):
    roll = sent_in(a_roll(a_person(1)), plant7, bo)
    Union.objects.filter(pk=plant7.pk).update(name="改了名的工会")
    finished(roll, bo)
    assert roll.counts["reasons"] == {"UNION_NOT_FOUND": 1}
    assert not Member.objects.exists()


def test_a_newcomer_who_is_asked_for_in_the_end_keeps_her_department(plant7, harbour2, bo):
    roll = sent_in(a_roll(a_person(1, 部门="装配"), a_person(2)), plant7, bo)
    members.admit(
        "周白露", union=harbour2, id_kind="resident", id_number=a_person(1)["证件号码"], phone=""
    )
    finished(roll, bo)
    assert TransferRequest.objects.get().department == "装配"
    assert roll.counts["effects"] == {"elsewhere": 1, "new": 1}


def test_a_blank_standing_of_a_newcomer_changes_nobody_who_was_faster(plant7, bo):
    roll = sent_in(a_roll(a_person(1, 会籍状态="")), plant7, bo)
    number = a_person(1)["证件号码"]
    one = members.admit("周白露", union=plant7, id_kind="resident", id_number=number, phone="")
    members.retire(one, by=bo)
    finished(roll, bo)
    assert one.memberships.get().standing == Membership.Standing.RETAINED
    assert roll.counts["changes"] == {}


def test_newcomers_cost_a_few_statements_a_batch(plant7, bo, django_assert_max_num_queries):
    roll = sent_in(a_roll(*[a_person(n) for n in range(1, 40)]), plant7, bo)
    members.confirm_roll(roll, by=bo)
    with django_assert_max_num_queries(11):
        members.take_in_next(roll.pk)
    assert Member.objects.count() == 39


@pytest.mark.parametrize("yes", [True, False])
def test_her_name_stands_in_the_report_before_and_after_the_yes(plant7, bo, yes):
    roll = sent_in(a_roll(a_person(1)), plant7, bo)
    if yes:
        finished(roll, bo)
    assert Newcomer.objects.get().name == "周白露"
    assert [one.about for one in shown(rows_of(roll, effect="new"))] == ["周白露"]


def test_who_was_taken_in_is_unchanged_the_next_time(plant7, bo):
    content = a_roll(a_person(1, **FULL), a_person(2, "何立夏"))
    taken_in(content, plant7, bo)
    again = sent_in(content, plant7, bo)
    assert again.counts["effects"] == {"unchanged": 2}
    assert not again.newcomers.exists()
