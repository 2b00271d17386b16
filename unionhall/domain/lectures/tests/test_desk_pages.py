import pytest
from django.urls import reverse

from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures.queries.composing import choices_for
from unionhall.domain.lectures.tests.made import a_bank, a_draft_series, a_published_phase

pytestmark = pytest.mark.django_db


def to(name, *args):
    return reverse(f"lectures_desk:{name}", args=args)


@pytest.fixture
def phase(plant7, bo):
    return a_published_phase(plant7, bo)


def test_the_search_of_the_list_is_a_button_and_nothing_found_has_none(bos, phase):
    new = f'href="{to("new")}"'
    for asked in ({}, {"q": "没有这样的"}):
        html = bos.get(to("index"), asked).text
        assert new not in html
        assert f'action="{to("new")}"' in html


def test_what_is_wrong_in_the_margin_is_called_by_its_fields_id(bos, bo, plant7):
    """compose.js marks, and unmarks, the fields of the sentence by these ids."""
    series = a_draft_series(plant7, bo)
    pk = series.phases.get().pk
    html = bos.get(to("compose", series.pk)).text
    assert "lectures/compose" in html
    assert f'id="id_p{pk}-places"' in html
    for typed, wrong in (("八十", True), ("80", False)):
        margin = bos.post(
            to("save", series.pk),
            {"title": "冬", "union": plant7.pk, f"p{pk}-places": typed},
            headers={"HX-Request": "true"},
        ).text
        assert (f'id="id_p{pk}-places_error"' in margin) is wrong


def test_a_bank_of_a_union_below_the_host_may_be_chosen_and_a_foreign_one_may_not(
    client, fu, bo, cai, plant7, harbour2, district
):
    below, foreign = a_bank(plant7, name="厂里的题库"), a_bank(harbour2, name="港里的题库")
    series = lectures.compose(district, by=fu, draft={})
    assert {below, foreign} <= set(choices_for(series, fu).banks)
    own = lectures.compose(plant7, by=bo, draft={})
    assert foreign not in choices_for(own, bo).banks
