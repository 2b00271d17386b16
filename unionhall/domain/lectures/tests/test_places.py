"""More vouchers for a phase, or fewer, while it runs."""

import pytest
from django.urls import reverse

from tests.cast import many_members
from unionhall.base.errors import Refused
from unionhall.base.ledger.queries import entries_of
from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures.models import Phase
from unionhall.domain.lectures.queries import promise_of
from unionhall.domain.lectures.tests.conftest import at_the_desk
from unionhall.domain.lectures.tests.made import a_published_phase, takes_part

pytestmark = pytest.mark.django_db
WHY = "面包坊多给了一份"


@pytest.fixture
def phase(plant7, bo):
    return a_published_phase(plant7, bo, places="1")


def places_of(phase):
    return reverse("lectures_desk:places", args=[phase.pk])


def again(phase):
    return Phase.objects.get(pk=phase.pk)


def test_the_line_is_served_and_everybody_reads_that_it_was_changed(
    bos, client, phase, plant7, ann, bo
):
    winner, waiting = (takes_part(phase, member) for member in many_members(2, plant7))
    assert (winner.prize.place, waiting.prize_refusal) == (1, "sold_out")
    answer = bos.post(places_of(phase), {"places": "3", "because": WHY}, follow=True)
    assert "现在共 3 份，其中 1 份补给了先前没领到的人" in answer.text
    waiting.refresh_from_db()
    assert waiting.prize.place == 2
    assert (
        "最先交卷的 3 名" in bos.get(reverse("lectures_desk:series", args=[phase.series_id])).text
    )
    client.force_login(ann.user)
    page = client.get(reverse("lectures:phase", args=[phase.pk])).text
    assert f"从 1 份改为 3 份，原因：{WHY}" in page
    assert "前 3 名" in page
    (entry,) = entries_of(phase).filter(action="lectures.places_changed")
    assert (entry.by_id, entry.detail) == (bo.pk, {"before": 1, "after": 3, "served": 1})


def test_never_below_what_was_given(bos, phase, plant7, ann, bo):
    lectures.change_places(phase, places=3, because=WHY, by=bo)
    for member in many_members(2, plant7):
        takes_part(phase, member)
    answer = bos.post(places_of(phase), {"places": "1", "because": WHY}, follow=True)
    assert "数量不能少于已经发出的" in answer.text
    lectures.change_places(phase, places=2, because=WHY, by=bo)
    assert promise_of(again(phase)).prize.places == 2


def test_the_same_press_again_is_the_same_change(phase, bo, fu):
    change = lectures.change_places(phase, places=3, because=WHY, by=bo)
    assert lectures.change_places(phase, places=3, because=WHY, by=bo) == change
    with pytest.raises(Refused) as refused:
        lectures.change_places(phase, places=3, because=WHY, by=fu)
    assert refused.value.code == "no_change"
    assert phase.places_changes.count() == 1


def test_without_prizes_or_when_it_is_over_there_is_nothing_to_change(bos, plant7, bo, ann):
    free = a_published_phase(
        plant7, bo, places="0", prize_title="", merchant="", face_value="", valid_days=""
    )
    assert bos.get(places_of(free)).status_code == 404
    with pytest.raises(Refused):
        lectures.change_places(free, places=3, because=WHY, by=bo)


def test_a_phase_that_is_over_keeps_its_number(phase, bo):
    lectures.close_early(phase, because="场地停电", by=bo)
    with pytest.raises(Refused) as refused:
        lectures.change_places(phase, places=3, because=WHY, by=bo)
    assert refused.value.code == "not_running"


@pytest.mark.parametrize("wrong", [{"places": "0"}, {"places": "八十"}, {"because": " "}])
def test_what_is_missing_is_said_beside_the_field(bos, phase, wrong):
    answer = bos.post(places_of(phase), {"places": "3", "because": WHY, **wrong})
    assert answer.status_code == 422
    assert again(phase).places_changes.count() == 0


def test_the_page_says_how_it_stands_and_is_hers_alone(bos, client, phase, cai, bo):
    lectures.change_places(phase, places=5, because=WHY, by=bo)
    html = bos.get(places_of(phase)).text
    assert "现在共 5 份，发出 0 份" in html
    assert WHY in html
    assert places_of(phase) in bos.get(reverse("lectures_desk:live", args=[phase.pk])).text
    stranger = at_the_desk(client, cai)
    assert stranger.get(places_of(phase)).status_code == 404
    assert stranger.post(places_of(phase), {"places": "9", "because": WHY}).status_code == 404
