from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import many_members
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.models import Attempt
from unionhall.domain.quiz.queries import winners
from unionhall.domain.quiz.tests.conftest import (
    a_small_contest,
    overdue,
    passed,
    right_answers,
    started,
)

API = "/api/v1/quiz"


@pytest.fixture
def app(client, ann):
    client.force_login(ann.user)
    return client


def put(app, attempt, position, **body):
    url = f"{API}/attempts/{attempt}/answers/{position}/"
    return app.put(url, json.dumps(body), content_type="application/json")


def test_the_same_journey_by_the_api(app, small, ann):
    actions.admit(small, ann)
    started_ = app.post(f"{API}/contests/{small.pk}/attempts/").json()
    attempt = Attempt.objects.get(pk=started_["id"])
    assert app.post(f"{API}/contests/{small.pk}/attempts/").json() == started_
    paper = app.get(f"{API}/attempts/{attempt.pk}/").json()
    assert [question["kind"] for question in paper["questions"]] == ["judge"]
    assert set(paper["questions"][0]) == {
        "position",
        "kind",
        "stem",
        "pictures",
        "points",
        "options",
        "given",
        "later",
        "seq",
    }
    assert app.get(f"{API}/attempts/{attempt.pk}/result/").json()["code"] == "still_open"
    saved = put(app, attempt.pk, 1, given=right_answers(attempt)[1], seq=0)
    assert (saved.status_code, saved.json()["seq"]) == (200, 1)
    for _tap in (1, 2):
        result = app.post(f"{API}/attempts/{attempt.pk}/hand-in/").json()
        assert (result["code"], result["score"], result["place"]) == ("won", 10, 1)
    assert app.get(f"{API}/attempts/{attempt.pk}/result/").json().items() >= result.items()


def test_a_page_of_the_winners_is_as_dear_as_its_own_lines(app, small, ann, plant7):
    """Once it is closed no line is read and hashed but those that are shown."""
    for member in [ann, *many_members(2, plant7)]:
        passed(small, member)
    actions.close_contest(small)
    with CaptureQueriesContext(connection) as asked:
        page = app.get(f"{API}/contests/{small.pk}/winners/?page=1").json()
    lines = [one["sql"] for one in asked if '"salt"' in one["sql"]]
    assert [sql for sql in lines if not sql.endswith("LIMIT 3")] == []
    assert [page[name] for name in ("page", "pages", "total")] == [1, 1, 3]
    whole = winners.winners_of(small)
    shown = [(one["place"], one["commitment"]) for one in page["items"]]
    assert shown == [(one.place, one.commitment) for one in whole]
    assert page["last_link"] == whole[-1].link


def test_the_gate_stands_at_this_door_too(app, small):
    response = app.post(f"{API}/contests/{small.pk}/attempts/")
    assert (response.status_code, response.json()["code"]) == (409, "not_admitted")


def test_a_conflict_brings_the_newest_answer(app, small, ann):
    attempt = started(small, ann)
    actions.save_answer(attempt, 1, ["true"], seq=0)
    response = put(app, attempt.pk, 1, given=["false"], seq=0)
    assert response.status_code == 409
    assert (response.json()["code"], response.json()["newest"]["given"]) == (
        "out_of_sequence",
        ["true"],
    )


def test_time_over_is_a_refusal(app, small, ann):
    response = put(app, overdue(started(small, ann)).pk, 1, given=["true"], seq=0)
    assert (response.status_code, response.json()["code"]) == (409, "time_is_up")


def test_what_is_no_answer_is_refused(app, small, ann):
    attempt = started(small, ann)
    assert put(app, attempt.pk, 1, given=["maybe"], seq=0).json()["code"] == "no_answer"
    assert put(app, attempt.pk, 1, given=["true"] * 9, seq=0).status_code == 422


def test_somebody_elses_attempt_is_not_there(app, plant7, chen):
    attempt = started(a_small_contest(plant7), chen)
    assert app.get(f"{API}/attempts/{attempt.pk}/").status_code == 404
    assert put(app, attempt.pk, 1, given=["true"], seq=0).status_code == 404
    assert app.post(f"{API}/attempts/{attempt.pk}/hand-in/").status_code == 404
    assert app.get(f"{API}/attempts/{attempt.pk}/result/").status_code == 404


def test_signed_out_is_refused(client, small):
    assert client.post(f"{API}/contests/{small.pk}/attempts/").status_code == 401


def test_a_login_without_a_place_on_the_roll_has_no_contests(client, small, dee):
    client.force_login(dee)
    assert client.post(f"{API}/contests/{small.pk}/attempts/").status_code == 404
