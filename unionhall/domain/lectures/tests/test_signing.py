from __future__ import annotations

import io

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from tests.cast import many_members
from unionhall.domain.lectures.queries.signing import Line, pages_to_sign, winners_below
from unionhall.domain.lectures.tests.conftest import at_the_desk
from unionhall.domain.lectures.tests.made import a_published_phase
from unionhall.domain.quiz import actions as quiz

pytestmark = pytest.mark.django_db


@pytest.fixture
def phase(plant7, bo):
    return a_published_phase(plant7, bo)


def won(phase, members, by):
    for member in members:
        quiz.enter_on_paper(phase.contest, member, score=phase.contest.full_marks, by=by)


def test_pages_of_twenty_have_a_sum_at_the_foot(phase, plant7, bo):
    won(phase, many_members(23, plant7), bo)
    first, second = pages_to_sign(phase, list(winners_below(phase, bo)))
    assert (len(first), len(second)) == (21, 4)
    assert first[0] == Line(1, "人*", plant7.name, phase.offer.title)
    assert (first[-1].place, first[-1].prizes, second[-1].prizes) == (None, 20, 3)


def test_the_sheet_is_printed_masked(client, phase, plant7, bo, ann):
    won(phase, [ann], bo)
    html = at_the_desk(client, bo).get(reverse("lectures_desk:to_sign", args=[phase.pk])).text
    assert plant7.name in html
    assert ann.name not in html
    assert "本页合计" in html


def test_winners_of_another_union_are_its_own_to_name(plant7, district, fu, bo, ann, chen):
    phase = a_published_phase(plant7, fu, under_union=str(district.pk))
    won(phase, [ann, chen], fu)
    assert [one.member for one in winners_below(phase, bo)] == [ann]
    assert [one.member for one in winners_below(phase, fu)] == [ann, chen]


def test_the_sheet_as_a_workbook(client, phase, plant7, bo):
    won(phase, many_members(21, plant7), bo)
    url = reverse("desk:export_new", args=["lectures.winners_to_sign"])
    said = {"purpose": "gifts", "format": "xlsx", "columns": ["place", "name", "prizes", "signed"]}
    response = at_the_desk(client, bo).post(f"{url}?phase={phase.pk}", said)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0)
    rows = rows.to_python()
    assert rows[0] == ["名次", "姓名", "份数", "签名"]
    assert rows[21][:3] == ["", "本页合计", 20]
    assert rows[23][:3] == ["", "本页合计", 1]
