"""Each invariant is green on what the actions make, and red on what they would never make."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from unionhall.people.unions import actions as unions
from unionhall.people.unions import invariants
from unionhall.people.unions.models import Change, Edge, ListImport, Union
from unionhall.people.unions.tests.test_actions_import import a_list, taken_in

SOUND = "The tree of unions is sound."
ENDS = "The history of each union ends where it stands in the tree."
LET_GO = "A closed union stands below what it went to, and nobody holds office in it."
TWINS = "No two unions under one have the same name."
SERVED = "Lists of unions are let go when they have served."
BACKWARDS = "No union left a place before it came there."


def broken() -> list[str]:
    return [one.sentence for one in invariants.INVARIANTS if list(one.offenders())]


@pytest.fixture
def sound(district, plant7, harbour2, fu):
    taken_in(a_list(("一分会", plant7.name, "分会"), ("一分会", harbour2.name, "分会")))
    plant7.refresh_from_db()
    unions.move(plant7, parent=harbour2, by=fu)
    assert broken() == []


def test_a_broken_tree_is_found(sound, district):
    Union.objects.filter(pk=district.pk).update(numchild=9)
    assert broken() == [SOUND]


def test_a_union_without_its_edge_is_found(sound, plant7):
    Edge.objects.filter(union=plant7, until_on=None).delete()
    assert broken() == [ENDS]


def test_an_edge_that_lies_is_found(sound, plant7, district):
    Edge.objects.filter(union=plant7, until_on=None).update(parent=district)
    assert broken() == [ENDS]


def test_twins_are_found(sound, plant7, harbour2):
    Union.objects.filter(name="一分会").update(name=plant7.name)
    assert broken() == [TWINS]


def test_an_edge_that_runs_backwards_is_found(sound):
    Edge.objects.exclude(until_on=None).update(until_on=dt.date(1990, 1, 1))
    assert broken() == [BACKWARDS]


def test_a_closed_union_that_is_not_let_go_is_found(sound, district, plant7, harbour2):
    today = timezone.localdate()
    Edge.objects.filter(union=plant7, until_on=None).update(until_on=today)
    Union.objects.filter(pk=plant7.pk).update(closed_on=today, successor=district)
    assert broken() == []
    Union.objects.filter(pk=plant7.pk).update(successor=Union.objects.get_children(plant7).get())
    assert broken() == [LET_GO]


def test_a_list_that_is_kept_too_long_is_found(sound):
    ListImport.objects.update(created_at=timezone.now() - dt.timedelta(days=40))
    assert broken() == [SERVED]
    unions.forget_old_lists()
    assert broken() == []


def test_a_phone_that_an_import_replaced_long_ago_is_found(sound):
    union = Union.objects.first()
    Change.objects.create(union=union, column="chair_phone", was="19900000001", entry_id=1)
    Change.objects.update(at=timezone.now() - dt.timedelta(days=40))
    assert broken() == [SERVED]
