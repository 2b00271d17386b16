"""Passkeys and passwords of officers: two factors each time, and every way in which one may be missing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from tests.cast import a_login, a_phone
from tests.passkey import Passkey
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts import rules
from unionhall.people.accounts.models import Tally, User
from unionhall.people.accounts.queries import has_second_factor, recovery_codes_left
from unionhall.people.accounts.tests.test_races import AT_ONCE, outcomes
from unionhall.people.members.tests.test_desk import at_the_desk
from unionhall.site.tests.test_second_factor import SECRET, code_of

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db
CONFLICT, UNPROCESSABLE = 409, 422
LONG = "四个不相干的词 correct horse"
TO_MAKE, PASSKEYS = "/second-factor/passkeys/ask/", "/second-factor/passkeys/"
TO_SIGN, SIGN = "/sign-in/passkey/ask/", "/sign-in/passkey/"


@pytest.fixture(autouse=True)
def _quick(settings: SettingsWrapper) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def bos(bo: User) -> Client:
    """Bo has agreed to the notice, and passed by his authenticator."""
    accounts.give_consent(bo, "privacy")
    accounts.enrol_totp_for_demo(bo, SECRET)
    return at_the_desk(Client(), bo)


def make(browser: Client, key: Passkey, name: str = "我的手机"):
    return browser.post(
        PASSKEYS, {"name": name, "credential": key.made(browser.post(TO_MAKE).json())}
    )


def sign(browser: Client, key: Passkey, path: str = ""):
    return browser.post(
        SIGN, {"credential": key.signed(browser.post(TO_SIGN).json()), "next": path}
    )


def is_refused(answer, code: str) -> bool:
    refusal = answer.context["refusal"]
    return (answer.status_code, refusal.code) == (CONFLICT, code)


# == Passkeys ==


def test_a_passkey_is_made_and_is_both_factors_of_a_sign_in(bos: Client) -> None:
    key = Passkey()
    assert make(bos, key)["Location"] == PASSKEYS
    assert "我的手机" in bos.get(PASSKEYS).text
    browser = Client()
    assert sign(browser, key, "/desk/")["Location"] == "/desk/"
    assert browser.get("/desk/").status_code == 200


def test_who_is_in_by_phone_opens_the_desk_by_her_passkey(bos: Client, bo: User) -> None:
    key = Passkey()
    make(bos, key)
    browser = Client()
    browser.force_login(bo)
    assert "/sign-in/passkey/ask/" in browser.get("/second-factor/").text
    before = browser.session.session_key
    assert sign(browser, key, "/desk/")["Location"] == "/desk/"
    assert browser.session.session_key != before
    assert browser.get("/desk/").status_code == 200


def test_a_first_passkey_comes_with_recovery_codes(client: Client, bo: User) -> None:
    client.force_login(bo)
    page = make(client, Passkey())
    assert page.text.count('class="code"') == 10
    assert has_second_factor(bo)
    assert recovery_codes_left(bo) == 10
    assert client.get("/desk/").status_code == 200


def test_another_authenticator_leaves_the_passkeys(bos: Client, bo: User) -> None:
    make(bos, Passkey())
    accounts.enrol_totp_for_demo(bo, SECRET)
    assert Authenticator.objects.filter(user=bo, type="webauthn").count() == 1


def test_a_passkey_of_another_site_or_without_a_finger_is_none(bos: Client) -> None:
    elsewhere, nobody = Passkey("evil.example"), Passkey(verifies=False)
    beside = Passkey()
    beside.origin = "http://testserver:8080"
    for wrong in (elsewhere, nobody, beside):
        assert is_refused(make(bos, wrong), "wrong_passkey")
    assert not Authenticator.objects.filter(type="webauthn").exists()


def test_what_was_signed_before_or_for_another_browser_is_worth_nothing(bos: Client) -> None:
    key = Passkey()
    make(bos, key)
    browser, thief = Client(), Client()
    answer = key.signed(browser.post(TO_SIGN).json())
    assert is_refused(thief.post(SIGN, {"credential": answer}), "wrong_passkey")
    thief.post(TO_SIGN)
    assert is_refused(thief.post(SIGN, {"credential": answer}), "wrong_passkey")
    browser.post(SIGN, {"credential": answer})
    assert browser.get("/me/").status_code == 200
    browser.logout()
    assert is_refused(browser.post(SIGN, {"credential": answer}), "wrong_passkey")


@pytest.mark.parametrize("sent", ["", "null", "[]", "{}", '{"id": 1}', '{"id": "AA"}', "{" * 2000])
def test_what_is_no_answer_of_a_browser_is_refused(bos: Client, sent: str) -> None:
    make(bos, Passkey())
    browser = Client()
    browser.post(TO_SIGN)
    assert is_refused(browser.post(SIGN, {"credential": sent}), "wrong_passkey")


def test_a_copy_that_counts_backwards_is_refused_and_one_that_never_counts_is_not(
    bos: Client,
) -> None:
    key, still = Passkey(), Passkey(counts=False)
    make(bos, key)
    make(bos, still)
    sign(Client(), key)
    key.counter -= 1
    assert is_refused(sign(Client(), key), "wrong_passkey")
    for _turn in range(2):
        assert sign(Client(), still).status_code == 302


def test_the_passkey_of_somebody_else_opens_no_desk(bos: Client, dee: User) -> None:
    key = Passkey()
    make(bos, key)
    browser = Client()
    browser.force_login(dee)
    assert is_refused(sign(browser, key), "wrong_passkey")


def test_a_stopped_officer_is_not_let_in_by_it(bos: Client, bo: User) -> None:
    key = Passkey()
    make(bos, key)
    User.objects.filter(pk=bo.pk).update(is_active=False)
    assert is_refused(sign(Client(), key), "account_stopped")


def test_a_lost_passkey_is_dropped_and_the_last_factor_stays(bos: Client, bo: User) -> None:
    key = Passkey()
    make(bos, key)
    (held,) = Authenticator.objects.filter(type="webauthn")
    eve = a_login("于冬至")
    User.objects.filter(pk=eve.pk).update(is_staff=True)
    at_the_desk(Client(), eve).post(f"{PASSKEYS}{held.pk}/drop/")
    assert Authenticator.objects.filter(pk=held.pk).exists()
    bos.post(f"{PASSKEYS}{held.pk}/drop/")
    assert is_refused(sign(Client(), key), "wrong_passkey")
    totp = Authenticator.objects.get(type="totp")
    make(bos, key)
    totp.delete()
    last = Authenticator.objects.get(type="webauthn")
    assert is_refused(bos.post(f"{PASSKEYS}{last.pk}/drop/"), "last_second_factor")


def test_without_the_factor_she_has_nobody_makes_another(bo: User) -> None:
    accounts.enrol_totp_for_demo(bo, SECRET)
    thief = Client()
    thief.force_login(bo)
    assert thief.get(PASSKEYS)["Location"].startswith("/second-factor/?next=")
    assert thief.post(TO_MAKE).status_code == 403
    assert thief.post("/second-factor/password/", {"password": LONG})["Location"].startswith(
        "/second-factor/"
    )


# == Passwords ==


@pytest.fixture
def with_password(bos: Client, bo: User) -> User:
    assert bos.post("/second-factor/password/", {"password": LONG})["Location"] == "/me/devices/"
    bo.refresh_from_db()
    return bo


def first_half(browser: Client, phone: str, password: str = LONG, **more: str):
    return browser.post("/sign-in/password/", {"phone": phone, "password": password, **more})


def test_a_password_opens_with_a_code_of_the_authenticator_and_never_alone(
    with_password: User,
) -> None:
    browser = Client()
    answer = first_half(browser, with_password.phone, next="/desk/")
    assert answer["Location"] == "/sign-in/second/?next=%2Fdesk%2F"
    assert browser.get("/me/").status_code == 302
    assert is_refused(browser.post("/sign-in/second/", {"code": "000000"}), "wrong_code")
    answer = browser.post("/sign-in/second/", {"code": code_of(SECRET), "next": "/desk/"})
    assert answer["Location"] == "/desk/"
    assert browser.get("/desk/").status_code == 200


def test_half_a_sign_in_is_over_after_five_minutes(
    with_password: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Client()
    first_half(browser, with_password.phone)
    later = time.time() + 301
    monkeypatch.setattr("unionhall.site.passwords.time.time", lambda: later)
    assert (
        browser.post("/sign-in/second/", {"code": code_of(SECRET)})["Location"]
        == "/sign-in/password/"
    )


def test_a_new_password_ends_what_was_open_elsewhere(bos: Client, bo: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(bo)
    bos.post("/second-factor/password/", {"password": LONG})
    assert elsewhere.get("/me/").status_code == 302
    assert bos.get("/desk/").status_code == 200
    bos.post("/second-factor/password/", {"password": ""})
    assert bos.get("/desk/").status_code == 200
    assert is_refused(first_half(Client(), bo.phone), "wrong_password")


@pytest.mark.parametrize("weak", ["short", "password1234", "123456789012", "x" * 11])
def test_a_password_that_many_have_is_refused(bos: Client, weak: str) -> None:
    answer = bos.post("/second-factor/password/", {"password": weak})
    assert is_refused(answer, "weak_password")


def test_phone_and_password_fail_alike_whichever_is_wrong(with_password: User, dee: User) -> None:
    told = set()
    for phone, password in (
        (with_password.phone, "another one"),
        (dee.phone, LONG),
        (a_phone(), LONG),
    ):
        refusal = first_half(Client(), phone, password).context["refusal"]
        told.add((refusal.code, refusal.what, refusal.why, refusal.next))
    assert len(told) == 1


def test_a_pair_is_held_and_the_login_is_not_locked(with_password: User) -> None:
    for _turn in range(rules.PASSWORD_TRIES):
        assert is_refused(first_half(Client(), with_password.phone, "wrong"), "wrong_password")
    assert is_refused(first_half(Client(), with_password.phone), "too_many_wrong")
    elsewhere = Client(REMOTE_ADDR="203.0.113.99")
    assert first_half(elsewhere, with_password.phone).status_code == 302


def test_right_ones_use_up_nothing(with_password: User) -> None:
    for _turn in range(rules.PASSWORD_TRIES + 2):
        assert first_half(Client(), with_password.phone).status_code == 302
    assert not Tally.objects.filter(key__startswith="password:", count__gt=0).exists()


@pytest.mark.django_db(transaction=True)
def test_a_hundred_wrong_passwords_at_once_are_a_hundred(with_password: User) -> None:
    phone = with_password.phone
    told = outcomes(
        [lambda: accounts.try_password(phone, "wrong", asked_from="203.0.113.7")] * 5 * AT_ONCE
    )
    assert told == {
        "wrong_password": rules.PASSWORD_TRIES,
        "too_many_wrong": 5 * AT_ONCE - rules.PASSWORD_TRIES,
    }


@pytest.mark.django_db(transaction=True)
def test_without_the_tally_all_would_be_compared(
    with_password: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(
        "unionhall.people.accounts.actions.passwords.count_one", lambda *_args, **_most: True
    )
    phone = with_password.phone
    told = outcomes(
        [lambda: accounts.try_password(phone, "wrong", asked_from="203.0.113.7")] * AT_ONCE
    )
    assert told == {"wrong_password": AT_ONCE}


def test_a_lost_authenticator_takes_the_password_along(with_password: User) -> None:
    accounts.drop_second_factor(with_password, by=None)
    assert is_refused(first_half(Client(), with_password.phone), "wrong_password")


def test_the_officers_door_says_what_it_is_for(client: Client) -> None:
    assert "/sign-in/password/" in client.get("/sign-in/").text
    assert first_half(client, "123").status_code == UNPROCESSABLE
