"""Figures as of a day: what came about since changes those of today and not those of then."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from tests.people import a_member, many_members
from unionhall.people.members import actions as roll
from unionhall.people.members.actions import figures
from unionhall.people.members.models import Change, KeptFigures, Membership
from unionhall.people.members.queries.figures import figures_of, total
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Edge, Union

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate
AGO = dt.timedelta(days=30)


@pytest.fixture
def street(district, plant7, harbour2):
    """All of it stands there since long ago."""
    street = tree.found("云桥街道总工会", parent=district, level=Union.Level.STREET)
    Edge.objects.update(since_on=TODAY() - 10 * AGO)
    return street


def test_a_move_between_two_days_changes_the_one_and_not_the_other(district, street, plant7, fu):
    a_member("万大雪", plant7)
    tree.move(plant7, parent=street, by=fu)
    then, now = TODAY() - AGO, TODAY()
    assert total(figures_of(street, then), "level") == 1
    assert total(figures_of(street, now), "level") == 2
    assert total(figures_of(street, then), "standing") == 0, "she was not below it"
    assert total(figures_of(street, now), "standing") == 1
    assert figures_of(district, then) == figures_of(district, now), (
        "for the district all is the same"
    )


def test_a_transfer_counts_where_she_was_that_day(street, plant7, harbour2, ann, fu):
    roll.transfer(ann, union=harbour2, by=fu)
    assert total(figures_of(plant7, TODAY()), "standing") == 0
    assert total(figures_of(plant7, TODAY() - AGO), "standing") == 1
    assert total(figures_of(harbour2, TODAY() - AGO), "standing") == 0
    assert total(figures_of(harbour2, TODAY()), "standing") == 1


def test_a_standing_is_that_of_the_day(street, plant7, ann, fu):
    roll.retire(ann, by=fu)
    Change.objects.update(at=timezone.now() - AGO)
    assert figures_of(plant7, TODAY())["standing"] == {"retained": 1}
    assert figures_of(plant7, TODAY() - AGO)["standing"] == {"retained": 1}, "from that day on"
    assert figures_of(plant7, TODAY() - 2 * AGO)["standing"] == {"current": 1}


def test_a_closed_union_counts_up_to_its_last_day(district, street, plant7, harbour2, ann, fu):
    roll.merge_unions(plant7, into=harbour2, by=fu, reason="合并")
    assert total(figures_of(district, TODAY()), "level") == 3
    assert total(figures_of(district, TODAY() - AGO), "level") == 4
    assert total(figures_of(district, TODAY()), "standing") == 1


def test_a_large_part_is_counted_by_the_worker(street, district, monkeypatch):
    monkeypatch.setattr(figures, "FEW_UNIONS", 2)
    assert figures.read_figures(district, TODAY()).figures is None
    assert roll.take_figures() == 1
    read = figures.read_figures(district, TODAY())
    assert read.figures == figures_of(district, TODAY())
    assert roll.take_figures() == 0, "nobody found it old"
    KeptFigures.objects.update(taken_at=timezone.now() - dt.timedelta(hours=1))
    assert figures.read_figures(district, TODAY()).figures, "the old ones meanwhile"
    assert roll.take_figures() == 1


def test_the_page_tells_two_days(client, street, plant7, fu):
    many_members(3, plant7)
    Membership.objects.update(joined_on=TODAY() - AGO)
    client.force_login(fu)
    session = client.session
    from unionhall.site.second_factor import remember

    remember(session, fu)
    session.save()
    page = client.get(
        "/desk/members/figures/", {"on": TODAY(), "beside": TODAY() - 2 * AGO}
    ).content.decode()
    assert "4 个工会，3 名会员。" in page
    assert "+3" in page
