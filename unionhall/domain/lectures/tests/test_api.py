import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from unionhall.domain.learning.models import Watching
from unionhall.domain.lectures.tests.made import a_published_phase, has_watched
from unionhall.domain.quiz.models import Admission

pytestmark = pytest.mark.django_db


@pytest.fixture
def phase(plant7, bo):
    return a_published_phase(plant7, bo)


def to(name, *args):
    return reverse(f"api:lectures_{name}", args=args)


def post(client, url, body=None):
    return client.post(url, body or {}, content_type="application/json")


def test_the_list_and_the_phase(anns, phase):
    (line,) = anns.get(to("phases")).json()
    assert (line["phase_title"], line["step"]) == ("冬季用气安全", "watch")
    told = anns.get(to("phase", phase.pk)).json()
    assert (told["full_marks"], told["prize"]["left"], told["contest"]) == (
        150,
        80,
        phase.contest_id,
    )


def test_a_player_reports_and_the_quiz_opens(anns, ann, phase):
    player = post(anns, to("player", phase.pk)).json()["player"]
    forged = post(anns, to("watched", phase.pk), {"player": player, "pieces": [[0, 60]]}).json()
    assert (forged["settled"], forged["done"], forged["left"]) == ([False], False, "还要看 57 秒")
    Watching.objects.update(
        last_seen_at=timezone.now() - dt.timedelta(minutes=1),
        opened_at=timezone.now() - dt.timedelta(minutes=2),
    )
    told = post(
        anns,
        to("watched", phase.pk),
        {"player": player, "pieces": [[0, 30], [30, 60]], "position": 60},
    ).json()
    assert (told["settled"], told["done"], told["left"], told["watched"]) == (
        [True, True],
        True,
        "看完了",
        60,
    )
    assert Admission.objects.filter(contest=phase.contest, member=ann).exists()


def test_the_first_of_two_players_is_told_kindly(anns, phase):
    first = post(anns, to("player", phase.pk)).json()["player"]
    post(anns, to("player", phase.pk))
    response = post(anns, to("watched", phase.pk), {"player": first, "pieces": [[0, 1]]})
    assert response.status_code == 409
    assert response.json()["code"] == "other_player"
    assert "再点一次播放" in response.json()["next"]


@pytest.mark.parametrize(
    "pieces", [[[0, 1]] * 201, [["a", 1]], [[-1, 3]], [[0, 1e9]], [[0]], "x", [[0, float("nan")]]]
)
def test_nonsense_is_refused(anns, phase, pieces):
    player = post(anns, to("player", phase.pk)).json()["player"]
    assert post(
        anns, to("watched", phase.pk), {"player": player, "pieces": pieces}
    ).status_code in {400, 422}


def test_members_elsewhere_get_the_same_answer_as_for_nothing(client, chen, phase):
    client.force_login(chen.user)
    for url in (to("player", phase.pk), to("player", 999_999), to("read", phase.pk)):
        assert post(client, url).status_code == 404
    assert client.get(to("phase", phase.pk)).status_code == 404
    assert client.get(to("phases")).json() == []


def test_nobody_reads_without_signing_in(client, phase):
    assert client.get(to("phases")).status_code == 401


def test_a_write_wants_its_token(ann, phase):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ann.user)
    assert post(strict, to("player", phase.pk)).status_code == 403


def test_reading_is_reported_too_early(anns, phase):
    assert post(anns, to("read", phase.pk)).json()["code"] == "too_early"


def test_reports_cost_the_same_however_much_was_watched(
    anns, ann, phase, django_assert_max_num_queries
):
    has_watched(phase, ann)
    player = post(anns, to("player", phase.pk)).json()["player"]
    with django_assert_max_num_queries(17):
        post(anns, to("watched", phase.pk), {"player": player, "pieces": [[0, 1]]})
