"""Where somebody is signed in, and how she ends it: at once, on every door."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.cast import a_login
from tests.doors import sign_in_by_code
from tests.world import an_export
from unionhall.base.ledger.models import Entry
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import Session, User
from unionhall.people.accounts.sessions import SessionStore
from unionhall.people.members.tests.test_desk import at_the_desk

pytestmark = pytest.mark.django_db
WECHAT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
    " MicroMessenger/8.0.49(0x18003137) NetType/WIFI Language/zh_CN"
)
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0"


def browsers_of(user: User, *agents: str) -> list[Client]:
    """Signed in as people do it, with the names that their browsers give."""
    return [
        sign_in_by_code(user.phone, headers={"User-Agent": agent}, address=f"203.0.113.{nth}")
        for nth, agent in enumerate(agents, 7)
    ]


@pytest.fixture
def two(dee: User, monkeypatch: pytest.MonkeyPatch) -> list[Client]:
    """Her phone and her computer; a code a minute is not what is tried here."""
    monkeypatch.setattr("unionhall.people.accounts.rules.PHONE_PACES", ())
    return browsers_of(dee, WECHAT, EDGE)


def test_she_sees_where_she_is_signed_in(two: list[Client]) -> None:
    page = two[0].get("/me/devices/").text
    assert (
        page.index("苹果手机，微信") < page.index("就是这一台") < page.index("Windows 电脑，Edge")
    )
    assert "203.0.113.*" in page
    assert "203.0.113.7" not in page
    told = two[1].get("/api/v1/me/devices/").json()
    assert [(one["name"], one["is_this"]) for one in told] == [
        ("Windows 电脑，Edge", True),
        ("苹果手机，微信", False),
    ]


def test_the_key_of_a_session_stands_in_no_answer(two: list[Client]) -> None:
    for ask in ("/me/devices/", "/api/v1/me/devices/"):
        told = two[0].get(ask).text
        assert not [key for key in Session.objects.values_list("pk", flat=True) if key in told]


def test_one_that_she_ends_is_a_strangers_at_its_next_request(two: list[Client]) -> None:
    here, there = two
    (other,) = [one for one in here.get("/api/v1/me/devices/").json() if not one["is_this"]]
    here.post(f"/me/devices/{other['device']}/end/")
    assert there.get("/me/").status_code == 302
    assert there.get("/api/v1/me/").status_code == 401
    assert here.get("/me/").status_code == 200
    assert Entry.objects.filter(action="accounts.session_ended").count() == 1


def test_nobody_ends_the_session_of_somebody_else(two: list[Client]) -> None:
    eve = Client()
    eve.force_login(a_login("于冬至"))
    for one in two[0].get("/api/v1/me/devices/").json():
        assert eve.post(f"/me/devices/{one['device']}/end/").status_code == 404
        assert eve.delete(f"/api/v1/me/devices/{one['device']}/").status_code == 404
    assert {one.get("/me/").status_code for one in two} == {200}


def test_ending_this_one_is_signing_out(two: list[Client]) -> None:
    here, there = two
    mark = here.get("/api/v1/me/devices/").json()[0]["device"]
    assert here.post(f"/me/devices/{mark}/end/")["Location"] == "/"
    assert here.get("/me/").status_code == 302
    assert there.get("/me/").status_code == 200


@pytest.mark.parametrize("by_api", [False, True])
def test_signing_out_everywhere_ends_all_and_what_was_kept_of_them(
    two: list[Client], dee: User, by_api: bool
) -> None:
    """Also a session that is in no list: one of which the row was put back, from a backup or by a thief."""
    kept = list(Session.objects.filter(user=dee))
    if by_api:
        assert two[0].delete("/api/v1/me/devices/").status_code == 204
    else:
        two[0].post("/me/devices/end/")
    assert not Session.objects.filter(user=dee).exists()
    for _turn in range(2):
        assert {one.get("/me/").status_code for one in two} == {302}
        assert {one.get("/api/v1/me/").status_code for one in two} == {401}
        Session.objects.bulk_create(kept, ignore_conflicts=True)


def test_without_the_round_a_row_that_was_put_back_would_open(two: list[Client], dee: User) -> None:
    """The control: only the rows are gone."""
    kept = list(Session.objects.filter(user=dee))
    Session.objects.filter(user=dee).delete()
    assert two[1].get("/me/").status_code == 302
    two[1].cookies["sessionid"] = kept[1].pk
    Session.objects.bulk_create(kept)
    assert two[1].get("/me/").status_code == 200


def test_an_export_that_an_ended_session_asked_for_is_not_handed_to_it(
    client: Client, bo: User
) -> None:
    """It was on its way when she signed out everywhere: written or not, its file is behind the same door."""
    at_the_desk(client, bo)
    export = an_export(bo)
    page, file = f"/desk/exports/{export.pk}/", f"/desk/exports/{export.pk}/file/"
    assert client.get(page).status_code == 200
    accounts.sign_out_everywhere(bo)
    assert client.get(page)["Location"].startswith("/sign-in/")
    assert client.post(file)["Location"].startswith("/sign-in/")


def test_a_request_on_its_way_does_not_bring_an_ended_session_back(dee: User) -> None:
    """It was let in a moment before, and has something to keep when it is done."""
    browser = Client()
    browser.force_login(dee)
    on_its_way = SessionStore(browser.session.session_key)
    on_its_way["typed"] = "something"
    accounts.sign_out_everywhere(dee)
    with pytest.raises(UpdateError):
        on_its_way.save()
    assert not Session.objects.exists()


# == What it costs ==


def test_a_page_costs_no_statement_more_until_an_hour_has_gone(client: Client, dee: User) -> None:
    client.force_login(dee)
    client.get("/me/devices/")
    with CaptureQueriesContext(
        connection,
    ) as young:
        client.get("/me/devices/")
    long_ago = timezone.now() - dt.timedelta(minutes=61)
    Session.objects.update(used_at=long_ago)
    with CaptureQueriesContext(
        connection,
    ) as old:
        client.get("/me/devices/")
    with CaptureQueriesContext(
        connection,
    ) as again:
        client.get("/me/devices/")
    assert (len(old) - len(young), len(again)) == (1, len(young))
    assert not [one for one in young if one["sql"].startswith(("UPDATE", "INSERT"))]
    assert Session.objects.get(user=dee).used_at > long_ago


def test_of_two_requests_of_one_hour_one_writes(client: Client, dee: User) -> None:
    client.force_login(dee)
    Session.objects.update(used_at=timezone.now() - dt.timedelta(hours=3))
    for _nth in range(2):
        stale = SessionStore(client.session.session_key)
        stale.load()
        accounts.mark_used(stale, dee)
    written = Session.objects.get(user=dee).used_at
    accounts.mark_used(stale, dee)
    assert Session.objects.get(user=dee).used_at == written


def test_a_session_of_before_is_hers_at_its_next_use(client: Client, dee: User) -> None:
    """As the upgrade leaves it: nobody's until it is seen."""
    client.force_login(dee)
    Session.objects.update(user=None, used_at=None, began_at=None)
    assert client.get("/me/devices/").text.count("就是这一台") == 1
    assert Session.objects.get().user == dee


def test_a_new_key_is_the_same_device(client: Client, dee: User) -> None:
    """At the second factor the key changes; the list does not grow by it."""
    one = sign_in_by_code(dee.phone, headers={"User-Agent": WECHAT})
    session = one.session
    session.cycle_key()
    session.save()
    (row,) = Session.objects.filter(user=dee)
    assert (row.pk, row.device) == (session.session_key, "iphone/wechat")
    assert row.get_decoded()[SESSION_KEY] == str(dee.pk)
