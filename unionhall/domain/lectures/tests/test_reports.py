"""The report of a phase for a great many is kept for a while, and says how old it is."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from tests.cast import a_member, many_members
from unionhall.base.clock import now_in_database
from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures.actions import reports
from unionhall.domain.lectures.invariants import kept_reports_of_too_many
from unionhall.domain.lectures.models import KeptReport
from unionhall.domain.lectures.queries import report_of, taking_part
from unionhall.domain.lectures.tests.conftest import at_the_desk
from unionhall.domain.lectures.tests.made import a_published_phase, has_watched, takes_part

pytestmark = pytest.mark.django_db


@pytest.fixture
def phase(plant7, bo, ann):
    many_members(3, plant7)
    return a_published_phase(plant7, bo)


@pytest.fixture
def crowded(phase, monkeypatch):
    """For more people than are counted."""
    monkeypatch.setattr(reports, "COUNTED", 3)
    return phase


def started(report):
    return report.total.started


def test_of_a_few_it_is_counted_each_time(phase, ann):
    assert started(lectures.read_report(phase)) == 0
    takes_part(phase, ann)
    report = lectures.read_report(phase)
    assert (started(report), report.taken_at) == (1, None)
    assert not KeptReport.objects.exists()


def test_of_a_great_many_it_is_kept_and_says_its_age(crowded, ann, django_assert_num_queries):
    assert lectures.read_report(crowded).lines == report_of(crowded)
    takes_part(crowded, ann)
    with django_assert_num_queries(2):  # what is kept, and what time it is
        report = lectures.read_report(crowded)
    assert started(report) == 0
    assert report.taken_at <= now_in_database()
    assert lectures.take_reports() == 0, "it is fresh: nobody asked for another"


def test_an_old_one_is_counted_anew_once_somebody_has_looked_at_it(crowded, ann):
    lectures.read_report(crowded)
    takes_part(crowded, ann)
    KeptReport.objects.update(taken_at=now_in_database() - dt.timedelta(minutes=2))
    assert lectures.take_reports() == 0, "nobody looks at it"
    assert started(lectures.read_report(crowded)) == 0
    assert lectures.take_reports() == 1
    assert started(lectures.read_report(crowded)) == 1
    assert lectures.take_reports() == 0


def test_nothing_is_kept_of_a_phase_that_is_not_for_so_many_any_more(crowded, monkeypatch):
    lectures.read_report(crowded)
    monkeypatch.setattr(reports, "COUNTED", 100)
    KeptReport.objects.update(asked_at=now_in_database())
    lectures.take_reports()
    assert not KeptReport.objects.exists()


@pytest.mark.parametrize("column", range(2, 5))  # started, passed, won
def test_a_kept_report_that_counts_too_many_is_found(crowded, ann, bo, column):
    """By one; that somebody came later makes it no truer, nor that somebody has left makes it false."""
    takes_part(crowded, ann)
    lectures.read_report(crowded)
    late = a_member("程大寒", ann.memberships.get().union)
    lectures.enter_on_paper(crowded, member=late, score=120, by=bo)
    assert list(kept_reports_of_too_many()) == []
    ann.memberships.update(left_on=timezone.localdate())
    assert list(kept_reports_of_too_many()) == []
    kept = KeptReport.objects.get()
    kept.lines[0][column] += 1
    kept.save()
    assert list(kept_reports_of_too_many()) == [str(kept)]


def test_a_page_of_names_and_the_whole_list_are_of_the_same_people(phase, ann, bo, chen, plant7):
    """Who began, who only watched and is entitled; not who only watched and is not."""
    takes_part(phase, ann)
    has_watched(phase, a_member("程大寒", plant7))
    has_watched(phase, chen)
    a_page, everybody = (taking_part(phase, bo, a_page=one) for one in (True, False))
    assert list(a_page) == list(everybody)
    assert {one.name for one in a_page} == {ann.name, "程大寒"}
    assert [vars(one)["union_name"] for one in a_page] == [plant7.name] * 2


def test_the_page_says_how_old_its_figures_are(crowded, client, bo):
    desk = at_the_desk(client, bo)
    assert "这些是" not in desk.get(f"/desk/lectures/phases/{crowded.pk}/report/").text
    html = desk.get(f"/desk/lectures/phases/{crowded.pk}/report/").text
    assert "这些是" in html
    assert "4 人能参加" in html
