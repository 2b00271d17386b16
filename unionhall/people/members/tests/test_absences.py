"""Whom a roll leaves out: people of the unions that it names, and whole unions."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from unionhall.people.members import actions as members
from unionhall.people.members.models import Absence, Change, Member, RollImport, RollRow
from unionhall.people.members.queries import open_absences
from unionhall.people.members.rules import Namesakes
from unionhall.people.members.tests.test_actions_rolls import a_person, a_roll, sent_in, taken_in
from unionhall.people.unions import actions as tree

LONG_AGO = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def absent_from(roll: RollImport) -> set[str]:
    return {one.membership.member.name for one in open_absences(roll, None)}


# == Whom a refused row may mean ==


@pytest.mark.parametrize(
    ("written", "on_roll"),
    [
        ("何 立夏", "何立夏"),
        ("\u3000何立夏\u200b", "何立夏"),
        ("何立夏（退休）", "何立夏"),
        ("何立夏2", "何立夏"),
        ("阿依古丽．买买提", "阿依古丽·买买提"),
        ("ＡＮＮ ＬＥＥ", "Ann Lee"),
        ("\uf9dd立夏", "利立夏"),  # a compatibility ideograph
        ("何\U000e0100立夏", "何立夏"),  # a variation selector
        ("何?夏", "何立夏"),
        ("何??夏", "何立夏"),  # one character, two bytes lost
        ("何\ue863夏", "何立夏"),  # of somebody's own font
        ("\U00030edd立夏", "\U00030edd立夏"),
    ],
)
def test_one_name_in_two_spellings(written, on_roll):
    namesakes = Namesakes()
    namesakes.add(written)
    assert on_roll in namesakes
    assert "周白露" not in namesakes


def test_a_name_in_which_nothing_is_legible_is_nobodys():
    namesakes = Namesakes()
    for written in ("???", "", "123", "（退休）", "何?夏.*"):
        namesakes.add(written)
    assert "周白露" not in namesakes
    assert "何夏" in namesakes


@pytest.fixture
def last_year(plant7, bo) -> RollImport:
    people = [a_person(1), a_person(2, "何立夏"), a_person(3, "苏惊蛰"), a_person(4, "谷雨生")]
    return taken_in(a_roll(*people), plant7, bo)


def test_whom_a_refused_row_names_otherwise_is_not_called_absent(last_year, plant7, bo):
    dirty = [
        a_person(8, "何 立夏", 证件号码="x"),
        a_person(3, "苏?"),  # refused for her name, known by her number
        a_person(4, "", 手机号码="1"),
    ]
    assert absent_from(sent_in(a_roll(a_person(1), *dirty), plant7, bo)) == set()
    assert absent_from(sent_in(a_roll(a_person(1)), plant7, bo)) == {"何立夏", "苏惊蛰", "谷雨生"}


def test_whom_the_roll_knows_under_another_name_is_not_called_absent(
    district, last_year, harbour2, fu
):
    """Her number stands in the row of another union, which may not rename her."""
    elsewhere = a_person(2, "何小满", 所属工会="二号港工会")
    roll = sent_in(a_roll(a_person(1), elsewhere), district, fu)
    assert roll.counts["reasons"] == {"ID_NAME_CONFLICT": 1}
    assert absent_from(roll) == {"苏惊蛰", "谷雨生"}


# == Unions of which it says nothing ==


def test_a_union_that_the_file_does_not_name_is_told_by_its_number(
    district, plant7, harbour2, last_year, fu
):
    taken_in(a_roll(*[a_person(n, 所属工会="二号港工会") for n in range(11, 14)]), harbour2, fu)
    tree.found("三号仓工会", parent=district, level=3)  # nobody is in it
    roll = sent_in(a_roll(a_person(1)), district, fu)
    assert roll.left_out == {str(harbour2.pk): 3}
    assert len(absent_from(roll)) == 3
    assert sent_in(a_roll(a_person(1)), plant7, fu).left_out == {}


def test_a_union_whose_rows_wait_to_be_mended_is_not_left_out(
    district, plant7, harbour2, last_year, fu
):
    taken_in(a_roll(a_person(11, 所属工会="二号港工会")), harbour2, fu)
    wrong = a_person(12, 手机号码="1", 所属工会="二号港工会")
    roll = sent_in(a_roll(a_person(1), wrong), district, fu)
    assert roll.left_out == {}
    assert "周白露" not in absent_from(roll)


def test_people_of_a_union_that_left_the_tree_are_no_concern_of_the_file(
    district, plant7, harbour2, last_year, fu
):
    elsewhere = tree.found("山城区总工会", parent=None, level=1)
    tree.move(plant7, parent=elsewhere, by=fu)
    taken_in(a_roll(a_person(11, 所属工会="二号港工会")), harbour2, fu)
    roll = sent_in(a_roll(a_person(12, 所属工会="二号港工会")), district, fu)
    assert roll.left_out == {}
    assert absent_from(roll) == {"周白露"}


# == Departments of which it says nothing ==


@pytest.fixture
def departments(plant7, bo) -> RollImport:
    people = [
        a_person(1, 部门="装配"),
        a_person(2, "何立夏", 部门="装配"),
        a_person(3, "苏惊蛰", 部门="研发"),
        a_person(4, "谷雨生"),
    ]
    return taken_in(a_roll(*people), plant7, bo)


def by_department(roll: RollImport) -> tuple[set[str], set[str]]:
    """Of departments that the file names, or of none; of the others."""
    named, others = (
        {
            one.membership.member.name
            for one in open_absences(roll, None).filter(department_named=of)
        }
        for of in (True, False)
    )
    return named, others


def test_people_of_other_departments_are_kept_apart(departments, plant7, bo):
    one_department = a_roll(a_person(1, 部门="装配"), a_person(8, "方谷雨", 部门="装配"))
    assert by_department(sent_in(one_department, plant7, bo)) == ({"何立夏", "谷雨生"}, {"苏惊蛰"})
    without = a_roll(a_person(1, 部门="装配"), a_person(8, "方谷雨"))
    assert by_department(sent_in(without, plant7, bo)) == ({"何立夏", "谷雨生", "苏惊蛰"}, set())


def test_all_are_those_of_the_departments_that_it_names(departments, plant7, bo):
    roll = taken_in(a_roll(a_person(1, 部门="装配")), plant7, bo)
    assert members.decide_absent(roll, why="moved", by=bo) == 2
    assert by_department(roll) == (set(), {"苏惊蛰"})
    left = open_absences(roll, bo).get()
    assert members.decide_absent(roll, why="moved", by=bo, only=[left.pk]) == 1


# == What is old is let go ==


def written(statements: CaptureQueriesContext) -> list[str]:
    return [one["sql"] for one in statements if one["sql"].startswith(("UPDATE", "DELETE"))]


def test_what_was_noted_of_the_absent_goes_with_the_roll(last_year, plant7, bo):
    roll = taken_in(a_roll(a_person(1)), plant7, bo)
    assert members.decide_absent(roll, why="keep", note="长期病假", by=bo) == 3
    members.forget_old_rolls()
    assert set(Absence.objects.values_list("note", "decision")) == {("长期病假", "keep")}
    RollImport.objects.update(created_at=LONG_AGO)
    members.forget_old_rolls()
    assert set(Absence.objects.values_list("note", "decision")) == {("", "keep")}


def test_what_holds_nothing_any_more_is_not_touched_again(last_year, plant7, bo):
    taken_in(a_roll(a_person(1, 部门="研发")), plant7, bo)
    sent_in(a_roll(a_person(5)), plant7, bo)
    RollImport.objects.update(created_at=LONG_AGO)
    Change.objects.update(at=LONG_AGO)
    assert members.forget_old_rolls() == 3
    assert set(RollRow.objects.values_list("values", "changes")) == {(None, None)}
    with CaptureQueriesContext(connection) as statements:
        assert members.forget_old_rolls() == 0
    assert written(statements) == []
    assert Member.objects.count() == 4
