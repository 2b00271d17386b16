from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver

from tests.cast import a_login
from unionhall.base.clock import now_in_database
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts import rules
from unionhall.people.accounts.models import SecondFactorGuard, User
from unionhall.people.accounts.queries import has_second_factor, totp_code, totp_secret_of
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Office, Union
from unionhall.site import second_factor
from unionhall.site.second_factor import GUARDED

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
FORBIDDEN, CONFLICT, UNPROCESSABLE = 403, 409, 422


def code_of(secret: str, step: int = 0) -> str:
    return totp_code(secret, rules.step_of(now_in_database()) + step)


@pytest.fixture
def officer(client: Client, bo: User) -> User:
    """Bo, by phone code only."""
    client.force_login(bo)
    return bo


@pytest.fixture
def enrolled(officer: User) -> User:
    accounts.enrol_totp_for_demo(officer, SECRET)
    return officer


def test_a_desk_is_closed_until_the_second_factor_is_shown(client: Client, enrolled: User) -> None:
    assert client.get("/desk/?day=3")["Location"] == "/second-factor/?next=%2Fdesk%2F%3Fday%3D3"
    response = client.post("/second-factor/", {"code": code_of(SECRET), "next": "/desk/?day=3"})
    assert response["Location"] == "/desk/?day=3"
    assert client.get("/desk/").status_code == 200


def test_opening_the_desk_changes_the_session_key(client: Client, enrolled: User) -> None:
    before = client.session.session_key
    client.post("/second-factor/", {"code": code_of(SECRET)})
    assert client.session.session_key != before


def test_the_second_factor_lasts_twelve_hours(client: Client, enrolled: User) -> None:
    client.post("/second-factor/", {"code": code_of(SECRET)})
    session = client.session
    session["second_factor_at"] = time.time() - second_factor.FRESH_FOR_S
    session.save()
    assert client.get("/desk/").status_code == 302


def test_the_second_factor_of_one_is_not_that_of_another(
    client: Client, enrolled: User, cai: User
) -> None:
    client.post("/second-factor/", {"code": code_of(SECRET)})
    kept = {key: client.session[key] for key in ("second_factor_at", "second_factor_by")}
    client.force_login(cai)
    session = client.session
    session.update(kept)
    session.save()
    assert client.get("/desk/").status_code == 302


def test_the_same_code_opens_no_second_session(client: Client, enrolled: User) -> None:
    code, other = code_of(SECRET), Client()
    other.force_login(enrolled)
    client.post("/second-factor/", {"code": code})
    assert other.post("/second-factor/", {"code": code}).status_code == CONFLICT
    assert other.get("/desk/").status_code == 302


def test_wrong_codes_are_limited_in_the_row(client: Client, enrolled: User) -> None:
    right = {code_of(SECRET, step) for step in range(-2, 5)}
    bad = next(f"{number:06}" for number in range(10) if f"{number:06}" not in right)
    for _guess in range(rules.SECOND_FACTOR_TRIES):
        assert client.post("/second-factor/", {"code": bad}).status_code == CONFLICT
    assert (
        "15 分钟后再试"
        in client.post("/second-factor/", {"code": code_of(SECRET)}).content.decode()
    )
    assert SecondFactorGuard.objects.get(user=enrolled).tries_left == 0


@pytest.mark.parametrize("code", ["", "123", "1234567", "x"])
def test_what_is_no_code_costs_no_try(client: Client, enrolled: User, code: str) -> None:
    assert client.post("/second-factor/", {"code": code}).status_code == UNPROCESSABLE
    assert SecondFactorGuard.objects.get(user=enrolled).tries_left == rules.SECOND_FACTOR_TRIES


def test_an_officer_without_authenticator_enrols_one(client: Client, officer: User) -> None:
    assert (
        client.get(client.get("/desk/")["Location"])["Location"]
        == "/second-factor/enrol/?next=%2Fdesk%2F"
    )
    page = client.get("/second-factor/enrol/").content.decode()
    key = re.search(r'class="code">([A-Z2-7 ]+)<', page)
    assert key
    secret = key[1].replace(" ", "")
    assert 'class="qr"' in page
    assert secret not in str(client.session.items())
    response = client.post("/second-factor/enrol/", {"code": code_of(secret)})
    assert response.content.decode().count('<li class="code">') == 10
    assert totp_secret_of(officer) == secret
    assert client.get("/desk/").status_code == 200


def test_a_wrong_first_code_keeps_the_key_that_was_scanned(client: Client, officer: User) -> None:
    page = client.get("/second-factor/enrol/").content.decode()
    again = client.post("/second-factor/enrol/", {"code": "00000000"})
    assert again.status_code == CONFLICT
    key = re.findall(r'class="code">([A-Z2-7 ]+)<', page)
    assert re.findall(r'class="code">([A-Z2-7 ]+)<', again.content.decode()) == key
    assert not has_second_factor(officer)


def test_nobody_enrols_another_one_with_the_phone_code_alone(
    client: Client, enrolled: User
) -> None:
    assert client.get("/second-factor/enrol/")["Location"].startswith("/second-factor/")
    client.post("/second-factor/enrol/", {"code": "123456"})
    client.post("/second-factor/recovery/")
    assert totp_secret_of(enrolled) == SECRET


def test_new_recovery_codes_are_shown_after_the_second_factor(
    client: Client, enrolled: User
) -> None:
    client.post("/second-factor/", {"code": code_of(SECRET)})
    assert client.post("/second-factor/recovery/").content.decode().count('<li class="code">') == 10


def test_recovery_pages_are_kept_by_no_cache(client: Client, officer: User) -> None:
    assert "no-store" in client.get("/second-factor/enrol/")["Cache-Control"]


# == Who ==


def test_an_auditor_and_an_operator_need_one_a_member_and_a_clerk_do_not(
    plant7: Union, ann: object, dee: User, eve: User
) -> None:
    auditor = a_login("冯寒露")
    tree.appoint(auditor, union=plant7, role=Office.Role.AUDITOR)
    assert second_factor.needs_second_factor(auditor)
    assert second_factor.needs_second_factor(eve)
    assert not second_factor.needs_second_factor(dee)
    assert set(second_factor.officers_without_second_factor()) == {auditor, eve}


def test_who_holds_no_office_is_told_so(client: Client, dee: User) -> None:
    client.force_login(dee)
    assert client.get("/desk/").status_code == FORBIDDEN
    assert client.get("/second-factor/").status_code == FORBIDDEN
    assert client.get("/second-factor/enrol/").status_code == FORBIDDEN


def test_an_office_that_ends_closes_the_desk_at_the_next_request(
    client: Client, enrolled: User, fu: User
) -> None:
    client.post("/second-factor/", {"code": code_of(SECRET)})
    assert client.get("/desk/").status_code == 200
    tree.dismiss(enrolled.offices.get(), by=fu)
    assert client.get("/desk/").status_code == FORBIDDEN


def test_an_office_that_begins_asks_for_the_factor_at_the_next_request(
    client: Client, dee: User, plant7: Union
) -> None:
    client.force_login(dee)
    assert client.get("/desk/").status_code == FORBIDDEN
    tree.appoint(dee, union=plant7, role=Office.Role.OFFICER)
    assert client.get("/desk/").status_code == 302


# == Which addresses ==


@pytest.mark.parametrize(
    "path",
    ["/desk", "/desk/", "/desk/quiz/", "/operator/x", "/api/v1/quiz/desk/", "/api/v1/quiz/desk/x/"],
)
def test_every_desk_is_guarded(client: Client, officer: User, path: str) -> None:
    response = client.get(path)
    assert response.status_code == (FORBIDDEN if path.startswith("/api") else 302)


def test_every_route_for_officers_alone_is_a_desk() -> None:
    """No page of an officer stands where the middleware would not look."""
    unguarded = [
        path
        for path, view in _routes(get_resolver())
        if _for_officers(view) and not GUARDED.match(path)
    ]
    assert unguarded == []


def _routes(resolver: URLResolver, before: str = "/") -> Iterator[tuple[str, object]]:
    for one in resolver.url_patterns:
        path = before + re.sub(r"<[^>]+>", "1", str(one.pattern))
        if isinstance(one, URLResolver):
            yield from _routes(one, path)
        else:
            yield path, one.callback


def _for_officers(view: object) -> bool:
    return getattr(view, "reader", "") in {"runs_unions", "is_officer"}


def test_the_api_says_it_in_its_own_shape(client: Client, officer: User) -> None:
    assert client.post("/api/v1/quiz/desk/").json()["code"] == "second_factor"


def test_a_form_sent_without_it_comes_back_to_the_desk_not_to_the_form(
    client: Client, enrolled: User
) -> None:
    assert client.post("/desk/quiz/1/")["Location"] == "/second-factor/?next=%2Fdesk%2F"


def test_a_fragment_asked_for_without_it_loads_the_whole_challenge(
    client: Client, enrolled: User
) -> None:
    response = client.get("/desk/", headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == "/second-factor/?next=%2Fdesk%2F"


def test_a_member_page_asks_for_none(client: Client, officer: User) -> None:
    assert client.get("/me/").status_code == 200
