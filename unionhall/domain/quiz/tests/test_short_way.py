"""A quiz on the short way: the same answers as on the whole way, the same rules, fewer statements."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.client import ClientHandler
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.cast import a_login, a_member
from tests.slow import SLOW_S, slow_reading
from unionhall.base.clock import now_in_database
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.models import Answer, Attempt, Contest
from unionhall.domain.quiz.queries import known as memory
from unionhall.domain.quiz.tests.conftest import (
    a_contest,
    overdue,
    right_answers,
    started,
)
from unionhall.kernel.audience.rules import Audience
from unionhall.people.accounts import actions as accounts
from unionhall.site.short_way import FewerSteps, FewerStepsOfForms, is_hot_form, takes_it

HTMX, JSON = {"HX-Request": "true"}, {"Accept": "application/json"}
SPARED = {"Content-Language", "Content-Length", "Vary"}  # what middleware of pages adds
RANDOM = re.compile(r"\b\w{64}\b|attempts/\d+/(?!\d)|\d\d:\d\d:\d\d")


class ShortHandler(FewerSteps, ClientHandler):
    """The test client on the short way of who wants JSON."""


class ShortHandlerOfForms(FewerStepsOfForms, ClientHandler):
    """And on that of forms."""


def on_the_short_way(client, *, enforce_csrf_checks=False):
    """As it is served."""
    whole = ClientHandler(enforce_csrf_checks)
    forms, answers = ShortHandlerOfForms(enforce_csrf_checks), ShortHandler(enforce_csrf_checks)

    def handler(environ):
        way = answers if takes_it(environ) else forms if is_hot_form(environ) else whole
        return way(environ)

    client.handler = handler
    return client


@pytest.fixture
def phone(client, ann, contest, monkeypatch):
    """Ann has the page of the contest open."""
    monkeypatch.setattr(memory.known, "age_s", 60)  # however slow this machine is
    actions.admit(contest, ann)
    client.force_login(ann.user)
    on_the_short_way(client)
    client.get(reverse("quiz:contest", args=[contest.pk]))
    assert client.cookies["door"]["path"] == "/quiz/"
    return client


def to_start(client, contest):
    return client.post(reverse("quiz:start", args=[contest.pk]))


def to_answer(client, attempt, position=1, given="A", seq=0, **headers):
    url = reverse("quiz:question", args=[attempt.pk, position])
    return client.post(url, {"answer": given, "seq": seq, "go": "next"}, headers=headers)


def to_hand_in(client, attempt):
    return client.post(reverse("quiz:hand_in", args=[attempt.pk]))


def statements(deed: Callable[[], object]) -> list[str]:
    """Their verbs. Transactions begin and end by the connection itself, so BEGIN and COMMIT are not among them."""
    with CaptureQueriesContext(connection) as asked:
        deed()
    return [one["sql"].split()[0] for one in asked if "SAVEPOINT" not in one["sql"]]


def warm(contest, member):
    """This process has seen somebody sit it, and has just read the contest."""
    attempt = started(contest, member)
    for at, given in right_answers(attempt).items():
        actions.save_answer(attempt, at, given, seq=0)
    actions.hand_in(attempt)
    memory.known(contest.pk)


@pytest.mark.parametrize(
    ("asked", "short"),
    [
        ("POST /quiz/7/start/", True),
        ("POST /quiz/attempts/7/3/", True),
        ("POST /quiz/attempts/7/hand-in/", True),
        ("GET /quiz/attempts/7/3/", False),
        ("POST /quiz/attempts/7/review/", False),
        ("POST /quiz/7/start/more", False),
        ("POST /desk/quiz/7/start/", False),
    ],
)
def test_only_the_forms_of_a_sitting_take_it(asked, short):
    method, path = asked.split()
    assert is_hot_form({"REQUEST_METHOD": method, "PATH_INFO": path}) is short


# == What it costs ==
def test_a_start_costs_six_statements(phone, contest, chen):
    """Who calls; the gate; the questions; the attempt, how often they were drawn, the ledger."""
    warm(contest, chen)
    assert statements(lambda: to_start(phone, contest)) == [
        "SELECT", "SELECT", "SELECT", "INSERT", "UPDATE", "INSERT"
    ]  # fmt: skip


def test_an_answer_costs_four(phone, contest, ann):
    """Who calls; her attempt, ours now; what is stored; the answer."""
    attempt = actions.start_attempt(contest, ann)
    to_answer(phone, attempt)  # what the question says is known from now on
    expected = ["SELECT", "SELECT", "SELECT", "INSERT"]
    assert statements(lambda: to_answer(phone, attempt, given="B", seq=1)) == expected


def test_a_hand_in_costs_six(phone, contest, ann):
    """Who calls; her attempt, ours now; the answers; the ledger, the attempt; what its paper says, if it is new here."""
    attempt = actions.start_attempt(contest, ann)
    to_answer(phone, attempt)
    asked = statements(lambda: to_hand_in(phone, attempt))
    assert asked == ["SELECT", "SELECT", "SELECT", "SELECT", "INSERT", "UPDATE"]


def test_the_whole_way_costs_more(phone, contest, ann, chen):
    warm(contest, chen)
    phone.handler = ClientHandler(enforce_csrf_checks=False)
    assert len(statements(lambda: to_start(phone, contest))) == 8
    attempt = Attempt.objects.get(member=ann)
    to_answer(phone, attempt)
    assert len(statements(lambda: to_answer(phone, attempt, given="B", seq=1))) == 5


def test_without_the_door_cookie_the_session_is_opened_first(phone, contest, chen):
    warm(contest, chen)
    del phone.cookies["door"]
    assert len(statements(lambda: to_start(phone, contest))) == 7


# == The same answers ==
def both_ways(client, deed):
    """What each way answers, from the same state of things."""
    told, cookies = [], client.cookies.copy()
    for handler in (client.handler, ClientHandler(enforce_csrf_checks=False)):
        client.handler, client.cookies = handler, cookies.copy()
        before = transaction.savepoint()
        response = deed()
        transaction.savepoint_rollback(before)
        told.append(response)
    return told


@pytest.mark.parametrize(
    ("status", "deed"),
    [
        (302, lambda c, a: to_start(c, a.contest)),
        (302, to_answer),
        (200, lambda c, a: to_answer(c, a, **HTMX)),
        (302, lambda c, a: to_answer(c, a, position=55, given="没有")),
        (409, lambda c, a: to_answer(c, a, seq=3)),
        (409, lambda c, a: to_answer(c, a, seq=3, **HTMX)),
        (409, lambda c, a: to_answer(c, a, given="Z")),
        (400, lambda c, a: to_answer(c, a, seq="x")),
        (404, lambda c, a: to_answer(c, a, position=56)),
        (404, lambda c, a: to_answer(c, a, position=0)),
        (302, lambda c, a: to_answer(c, overdue(a, minutes=2))),
        (200, lambda c, a: to_answer(c, overdue(a, minutes=2), **HTMX)),
        (302, to_hand_in),
        (302, lambda c, a: (actions.hand_in(a), to_hand_in(c, a))[1]),
        (302, lambda c, a: (actions.hand_in(a), to_answer(c, a))[1]),
    ],
)
def test_both_ways_answer_alike(phone, contest, ann, status, deed):
    """Status, body, where it leads, the messages for the next page, and all headers that pages do not add."""
    attempt = actions.start_attempt(contest, ann)
    short, whole = both_ways(phone, lambda: deed(phone, attempt))
    assert short.status_code == whole.status_code == status
    assert RANDOM.sub("", short.text) == RANDOM.sub("", whole.text)
    assert RANDOM.sub("", short.get("Location", "")) == RANDOM.sub("", whole.get("Location", ""))
    assert set(short.cookies) == set(whole.cookies)
    assert {name for name in whole.headers if name not in SPARED} <= set(short.headers)


SOON = timezone.now() + dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "values"),
    [
        (302, {}),
        (409, {"opens_at": SOON}),
        (409, {"closes_at": SOON - dt.timedelta(hours=2)}),
        (409, {"state": Contest.State.CLOSED}),
        (404, {"state": Contest.State.DRAFT}),
        (404, {"audience": Audience(sexes=("m",))}),
    ],
)
@pytest.mark.parametrize("admitted", [True, False])
def test_both_ways_start_and_refuse_alike(phone, contest, ann, plant7, status, values, admitted):
    other = a_contest(plant7, bank=contest.bank, prizes=None, **values)
    if admitted:
        actions.admit(other, ann)
    short, whole = both_ways(phone, lambda: to_start(phone, other))
    expected = 409 if status == 302 and not admitted else status
    assert short.status_code == whole.status_code == expected
    assert RANDOM.sub("", short.text) == RANDOM.sub("", whole.text)


def test_anothers_attempt_is_not_there_on_both_ways(phone, contest, chen):
    theirs, none = started(contest, chen), Attempt(pk=99_999_999)
    for deed in (to_answer, to_hand_in, lambda c, a: to_answer(c, a, seq="x")):
        for attempt in (theirs, none):
            short, whole = both_ways(phone, lambda a=attempt, d=deed: d(phone, a))
            assert short.status_code == whole.status_code == 404
            assert RANDOM.sub("", short.text) == RANDOM.sub("", whole.text)
    theirs.refresh_from_db()
    assert (theirs.state, theirs.answers.count()) == ("open", 0)


# == The same rules ==
def stopped(user, _client):
    type(user).objects.filter(pk=user.pk).update(is_active=False)


def signed_out_everywhere(user, _client):
    accounts.sign_out_everywhere(user)


def signed_out(_user, client):
    cookies = {name: client.cookies[name].value for name in ("sessionid", "door")}
    client.logout()
    for name, value in cookies.items():
        client.cookies[name] = value


@pytest.mark.parametrize("take_away", [stopped, signed_out_everywhere, signed_out])
@pytest.mark.parametrize("at_the_door", [True, False])
def test_rights_that_were_taken_away_are_gone_with_the_next_request(
    phone, contest, ann, take_away, at_the_door
):
    attempt = actions.start_attempt(contest, ann)
    assert to_answer(phone, attempt).url == reverse("quiz:question", args=[attempt.pk, 2])
    if not at_the_door:
        del phone.cookies["door"]
        phone.cookies["door"] = ""
    take_away(ann.user, phone)
    for answer in (
        to_start(phone, contest),
        to_answer(phone, attempt, 2),
        to_hand_in(phone, attempt),
    ):
        assert answer.url.startswith(reverse("sign_in"))
    attempt.refresh_from_db()
    assert (attempt.state, attempt.answers.count()) == ("open", 1)


def test_a_door_cookie_of_another_session_opens_nothing(phone, contest, ann, plant7):
    attempt, hers = actions.start_attempt(contest, ann), phone.cookies["door"].value
    other = a_member("谷小满", plant7, user=a_login("谷小满"))
    phone.force_login(other.user)
    for door in (hers, hers[:-1] + "x", ":::", ""):
        phone.cookies["door"] = door
        assert to_answer(phone, attempt).status_code == 404
    assert not Answer.objects.exists()


def test_who_left_the_union_starts_nothing(phone, plant7, contest, ann):
    hers = a_contest(plant7, bank=contest.bank, audience=Audience(under_union=plant7.pk))
    actions.admit(hers, ann)
    memory.known(hers.pk)
    ann.memberships.update(left_on=timezone.localdate())
    assert to_start(phone, hers).status_code == 404


def test_a_slow_reading_opens_nothing_early(contest):
    """What is told as now is the database's time, however long the contest took to be read."""
    with slow_reading("quiz_contest"):
        found = memory.known(contest.pk)
    assert found.reading.age > SLOW_S
    assert found.reading.now <= now_in_database()


@pytest.mark.parametrize(
    "values", [{"state": Contest.State.CLOSED}, {"closes_at": SOON - dt.timedelta(hours=2)}]
)
def test_a_contest_that_was_just_ended_is_ended_whatever_is_remembered(phone, contest, values):
    assert memory.known(contest.pk).stage == "open"
    Contest.objects.filter(pk=contest.pk).update(**values)
    assert to_start(phone, contest).status_code == 409
    assert not Attempt.objects.exists()


def test_the_short_way_wants_the_csrf_token(phone, contest):
    on_the_short_way(phone, enforce_csrf_checks=True)
    assert to_start(phone, contest).status_code == 403
    assert not Attempt.objects.exists()


def test_her_language_is_hers_on_the_short_way(phone, contest, ann):
    ann.user.language = "en"
    ann.user.save()
    answer = to_answer(phone, actions.start_attempt(contest, ann), seq=3)
    assert answer.headers["Content-Language"] == "en"
    assert '<html lang="en' in answer.text


# == Whoever waits ==
def standing(client, contest):
    return client.get(reverse("quiz:standing", args=[contest.pk]), headers=JSON)


def test_whoever_waits_is_told_from_memory_and_each_at_a_time_of_her_own(phone, plant7, contest):
    soon = a_contest(plant7, bank=contest.bank, opens_at=timezone.now() + dt.timedelta(seconds=90))
    answers = [standing(phone, soon) for _look in range(12)]
    told = answers[-1].json()
    assert told["stage"] == "soon"
    assert told["age_ms"] >= 0
    assert len({answer.headers["Retry-After"] for answer in answers}) > 1
    assert all(30 < int(answer.headers["Retry-After"]) <= 36 for answer in answers)
    assert "contest" not in " ".join(statements(lambda: standing(phone, soon)))
    opened = standing(phone, contest)
    assert (opened.json()["stage"], "Retry-After" in opened.headers) == ("open", False)


def test_the_standing_of_what_is_not_hers_is_not_told(phone, plant7, contest, client):
    for_men = a_contest(plant7, bank=contest.bank, audience=Audience(sexes=("m",)))
    draft = a_contest(plant7, bank=contest.bank, state=Contest.State.DRAFT)
    for other in (for_men, draft, Contest(pk=99_999_999)):
        answer = standing(phone, other)
        assert (answer.status_code, answer.json()) == (404, {"code": "not_found"})
    phone.logout()
    assert standing(phone, contest).status_code == 401


def test_the_page_of_whoever_waits_has_its_button_ready(phone, plant7, contest, ann):
    soon = a_contest(plant7, bank=contest.bank, opens_at=timezone.now() + dt.timedelta(minutes=5))
    actions.admit(soon, ann)
    page = phone.get(reverse("quiz:contest", args=[soon.pk])).text
    assert re.search(r'data-opens-in="(299|300)"', page)
    assert re.search(r'<form [^>]*id="start" hidden>', page)
