"""Each invariant is silent on an honest tree and names a planted offence."""

import datetime as dt

import pytest

from unionhall.people.unions import actions as tree
from unionhall.people.unions import invariants
from unionhall.people.unions.models import Edge, Office, Union


def offenders():
    return {rule.offenders.__name__ for rule in invariants.INVARIANTS if list(rule.offenders())}


@pytest.fixture
def honest(plant7, harbour2, district, bo, fu):
    branch = tree.found("一分会", parent=plant7, level=Union.Level.BRANCH)
    tree.move(branch, parent=harbour2, by=fu)
    assert offenders() == set()
    return branch


def test_an_edge_beside_the_tree(honest, plant7):
    Edge.objects.filter(union=honest, until_on=None).update(parent=plant7)
    assert offenders() == {"edges_beside_the_tree"}


def test_a_union_without_an_edge(honest):
    Edge.objects.filter(union=honest).delete()
    assert offenders() == {"edges_beside_the_tree"}


def test_two_of_one_name(honest, plant7, harbour2):
    Union.objects.filter(pk=plant7.pk).update(name=harbour2.name)
    assert offenders() == {"siblings_of_one_name"}


def test_a_wrong_number_of_children(honest, harbour2):
    Union.objects.filter(pk=harbour2.pk).update(numchild=7)
    assert offenders() == {"broken_paths"}


def test_an_office_the_wrong_way_round(honest, bo):
    Office.objects.filter(user=bo).update(until_on=dt.date(2000, 1, 1))
    assert offenders() == {"offices_that_end_before_they_begin"}
