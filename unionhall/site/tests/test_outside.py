"""Coming in by WeChat and by a city's identity, against servers that speak their protocols; and every misuse of it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import IntegrityError, connection
from django.test import Client

from fakes import city as cities
from fakes import wechat as wechats
from fakes.server import Answer, in_json, serving
from tests.cast import a_login, a_phone
from tests.doors import AGREED, newest_code, sign_in_by_code
from unionhall.base.errors import Refused
from unionhall.base.ledger.models import Entry
from unionhall.kernel.notify.models import Message
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.actions import codes
from unionhall.people.accounts.login import Outsider, city
from unionhall.people.accounts.models import Arrival, Identity, Session, User

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db
WEBVIEW = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.49 Chrome/116"}
XIAOMAN, BAILU, NEWCOMER = wechats.CAST
CONFLICT = 409


@pytest.fixture
def wechat(settings: SettingsWrapper) -> Iterator[wechats.WeChat]:
    fake = wechats.WeChat()
    with serving(fake) as url:
        settings.OUTBOUND_PRIVATE = True
        settings.WECHAT = {
            "app_id": fake.app_id,
            "secret": fake.secret,
            "open_url": url,
            "api_url": url,
        }
        yield fake


@pytest.fixture
def citys(settings: SettingsWrapper) -> Iterator[cities.City]:
    fake = cities.City()
    with serving(fake) as url:
        settings.OUTBOUND_PRIVATE = True
        settings.CITY = {
            "issuer": url,
            "client_id": fake.client_id,
            "secret": fake.secret,
            "name": "云桥通",
        }
        city._lately._kept.clear()
        yield fake


def a_webview() -> Client:
    return Client(headers=WEBVIEW)


def leave(browser: Client, door: str = "wechat", path: str = "") -> dict[str, str]:
    """To the other's page; what was taken along."""
    address = browser.get(f"/sign-in/with/{door}/", {"next": path} if path else {})["Location"]
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def come_back(browser: Client, code: str, state: str, door: str = "wechat", **more: str):
    return browser.get(f"/sign-in/with/{door}/back/", {"code": code, "state": state, **more})


def by_wechat(
    fake: wechats.WeChat, person: wechats.Person, browser: Client | None = None, path: str = ""
):
    """There and back."""
    browser = browser or a_webview()
    return browser, come_back(browser, fake.code_for(person), leave(browser, path=path)["state"])


def prove_phone(browser: Client, phone: str):
    brought = {"with": browser.session.get("arrival", "")}  # as the form that she was led to has it
    browser.post("/sign-in/", {"phone": phone, **brought, **AGREED})
    return browser.post("/sign-in/code/", {"code": newest_code()})


def leads_to(answer, page: str) -> bool:
    """With what she came back with, for this sign-in alone."""
    return bool(answer["Location"] == f"{page}?with={Arrival.objects.latest('pk').pk}")


def signed_in(browser: Client) -> bool:
    return browser.get("/me/").status_code == 200


def refused(answer, code: str) -> bool:
    """In three parts, of which the last says what to do."""
    refusal = answer.context["refusal"]
    return (answer.status_code, refusal.code) == (CONFLICT, code) and all(
        (refusal.what, refusal.why, refusal.next)
    )


# == WeChat ==


def test_the_first_time_asks_for_a_phone_and_later_one_tap_is_enough(wechat, dee: User) -> None:
    browser, back = by_wechat(wechat, XIAOMAN, path="/inbox/")
    assert back["Location"] == f"/sign-in/?next=%2Finbox%2F&with={Arrival.objects.get().pk}"
    assert not signed_in(browser)
    assert "小满🌾" in browser.get(back["Location"]).text
    prove_phone(browser, dee.phone)
    assert signed_in(browser)
    bound = Identity.objects.get()
    assert (bound.user, bound.subject, bound.other_id) == (dee, XIAOMAN.unionid, XIAOMAN.openid)
    texts = Message.objects.count()
    another, back = by_wechat(wechat, XIAOMAN, path="/inbox/")
    assert back["Location"] == "/inbox/"
    assert signed_in(another)
    assert Message.objects.count() == texts
    actions = Entry.objects.order_by("pk").values_list("action", flat=True)
    assert [one for one in actions if "identity" in one] == ["accounts.identity_bound"]


def test_inside_wechat_its_button_comes_first_and_elsewhere_there_is_a_hint(wechat) -> None:
    inside, outside = a_webview().get("/sign-in/").text, Client().get("/sign-in/").text
    assert inside.index("/sign-in/with/wechat/") < inside.index('name="phone"')
    assert "/sign-in/with/wechat/" not in outside
    assert "在微信里打开这一页" in outside


def test_without_an_account_of_wechats_there_is_no_door() -> None:
    assert "with/wechat" not in a_webview().get("/sign-in/").text
    assert a_webview().get("/sign-in/with/wechat/").status_code == 404
    assert a_webview().get("/sign-in/with/wechat/back/", {"code": "1"}).status_code == 404


def test_the_page_that_is_asked_is_the_one_inside_wechat(wechat) -> None:
    address = a_webview().get("/sign-in/with/wechat/")["Location"]
    assert urlsplit(address).path == "/connect/oauth2/authorize"
    assert address.endswith("#wechat_redirect")
    taken = parse_qs(urlsplit(address).query)
    assert list(taken) == ["appid", "redirect_uri", "response_type", "scope", "state"]
    assert taken["state"][0].isalnum()
    assert len(taken["state"][0]) <= 128


def test_a_name_is_no_identity_and_another_account_of_the_same_person_is(wechat, dee: User) -> None:
    """Two people of one nickname are two; one person under another openid and name is one."""
    prove_phone(by_wechat(wechat, XIAOMAN)[0], dee.phone)
    namesake = wechats.Person(XIAOMAN.nickname, "oUnion-other", "oOpen-other")
    assert not signed_in(by_wechat(wechat, namesake)[0])
    renamed = wechats.Person("改了名", XIAOMAN.unionid, "oOpen-of-another-account")
    assert signed_in(by_wechat(wechat, renamed)[0])
    bound = Identity.objects.get()
    assert (bound.shown_as, bound.other_id) == ("改了名", "oOpen-of-another-account")


def test_an_account_that_is_told_no_unionid_lets_nobody_in(wechat) -> None:
    wechat.told_unionid = False
    browser, back = by_wechat(wechat, XIAOMAN)
    assert refused(back, "door_out_of_order")
    assert not signed_in(browser)


def test_who_has_withdrawn_her_consent_is_asked_again(wechat, dee: User) -> None:
    prove_phone(by_wechat(wechat, XIAOMAN)[0], dee.phone)
    accounts.withdraw_consent(dee, "privacy")
    browser, back = by_wechat(wechat, XIAOMAN)
    assert leads_to(back, "/sign-in/")
    assert not signed_in(browser)


def test_a_login_that_was_stopped_stays_outside(wechat, dee: User) -> None:
    prove_phone(by_wechat(wechat, XIAOMAN)[0], dee.phone)
    User.objects.filter(pk=dee.pk).update(is_active=False)
    browser, back = by_wechat(wechat, XIAOMAN)
    assert refused(back, "account_stopped")
    assert not signed_in(browser)


def test_signing_out_everywhere_ends_what_wechat_opened_too(wechat, dee: User) -> None:
    browser, _back = by_wechat(wechat, XIAOMAN)
    prove_phone(browser, dee.phone)
    accounts.sign_out_everywhere(dee)
    assert not signed_in(browser)


# == One person, one login ==


def test_a_wechat_of_somebody_else_is_not_bound_twice(wechat, dee: User) -> None:
    prove_phone(by_wechat(wechat, XIAOMAN)[0], dee.phone)
    other = sign_in_by_code(a_phone(), headers=WEBVIEW)
    _browser, back = by_wechat(wechat, XIAOMAN, other)
    assert refused(back, "identity_of_somebody_else")
    assert Identity.objects.get().user == dee


def test_a_phone_that_changed_hands_does_not_open_the_login_of_its_former_owner(
    wechat, dee: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its new owner has the texts and another WeChat: she is told so, and nothing is bound."""
    monkeypatch.setattr(codes, "_keep_pace", lambda _phone, _now: None)
    prove_phone(by_wechat(wechat, XIAOMAN)[0], dee.phone)
    browser, _back = by_wechat(wechat, BAILU)
    answer = prove_phone(browser, dee.phone)
    assert refused(answer, "login_of_another_identity")
    assert not signed_in(browser)
    assert "/sign-in/alone/" in answer.text
    assert Identity.objects.get().subject == XIAOMAN.unionid


def test_two_who_bind_one_wechat_at_once_are_one(wechat, dee: User) -> None:
    """The constraint behind the question, whoever asked first."""
    accounts.bind(dee, Outsider("wechat", "open.weixin.qq.com", XIAOMAN.unionid))
    twin = Identity.objects.get()
    twin.pk, twin.user = None, a_login("于冬至")
    with pytest.raises(IntegrityError):
        twin.save(force_insert=True)


def test_she_connects_and_disconnects_it_and_her_phone_stays(wechat, dee: User) -> None:
    browser = sign_in_by_code(dee.phone, headers=WEBVIEW)
    assert by_wechat(wechat, XIAOMAN, browser)[1]["Location"] == "/me/devices/"
    page = browser.get("/me/devices/").text
    assert "小满🌾" in page
    identity = Identity.objects.get()
    eve = Client()
    eve.force_login(a_login("于冬至"))
    assert eve.post(f"/me/ways-in/{identity.pk}/unbind/").status_code == 404
    browser.post(f"/me/ways-in/{identity.pk}/unbind/")
    assert not Identity.objects.exists()
    assert "一直能用" in browser.get("/me/devices/").text
    assert not signed_in(by_wechat(wechat, XIAOMAN)[0])


def test_she_goes_on_by_phone_without_what_she_came_with(wechat, dee: User) -> None:
    browser, _back = by_wechat(wechat, XIAOMAN)
    browser.post("/sign-in/alone/")
    prove_phone(browser, dee.phone)
    assert signed_in(browser)
    assert not Identity.objects.exists()


# == Misuse of what leads back ==


def test_a_state_of_another_browser_lets_nobody_in(wechat, dee: User) -> None:
    """A link that somebody sends, to have others sign in as him."""
    prove_phone(by_wechat(wechat, XIAOMAN)[0], dee.phone)
    sender, victim = a_webview(), a_webview()
    state = leave(sender)["state"]
    leave(victim)
    asked = len(wechat.asked)
    for foreign in (state, "", "x" * 48, leave(a_webview())["state"]):
        assert refused(come_back(victim, wechat.code_for(XIAOMAN), foreign), "foreign_state")
    assert not signed_in(victim)
    assert len(wechat.asked) == asked  # nobody was even asked who it may be


def test_a_state_is_good_once(wechat, dee: User) -> None:
    prove_phone(by_wechat(wechat, XIAOMAN)[0], dee.phone)
    browser = a_webview()
    state = leave(browser)["state"]
    kept = browser.session["errand"]
    come_back(browser, wechat.code_for(XIAOMAN), state)
    assert signed_in(browser)
    browser.logout()
    assert refused(come_back(browser, wechat.code_for(XIAOMAN), state), "foreign_state")
    session = browser.session
    session["errand"] = kept  # as a request that ran beside it would have found it
    session.save()
    browser.cookies["sessionid"] = session.session_key
    assert refused(come_back(browser, wechat.code_for(XIAOMAN), state), "state_used")


def test_an_errand_that_lasted_too_long_or_was_another_doors_is_over(wechat, citys) -> None:
    for change in ({"left_at": 0}, {"door": "city"}, {"for": 1}):
        browser = a_webview()
        state = leave(browser)["state"]
        session = browser.session
        session["errand"] = session["errand"] | change
        session.save()
        assert refused(come_back(browser, wechat.code_for(XIAOMAN), state), "foreign_state")


def test_a_code_is_good_once_in_whatever_browser(wechat) -> None:
    code = wechat.code_for(XIAOMAN)
    first, second = a_webview(), a_webview()
    assert come_back(first, code, leave(first)["state"])["Location"].startswith("/sign-in/?with=")
    assert refused(come_back(second, code, leave(second)["state"]), "code_spent")


def test_who_refuses_there_is_not_let_in_here(wechat) -> None:
    browser = a_webview()
    answer = browser.get("/sign-in/with/wechat/back/", {"state": leave(browser)["state"]})
    assert refused(answer, "stopped_there")


@pytest.mark.parametrize(
    ("misery", "told"),
    [
        (lambda fake: setattr(fake, "minute_quota", 0), "door_busy"),
        (lambda fake: setattr(fake, "secret", "another"), "door_out_of_order"),
        (lambda fake: setattr(fake, "app_id", "another"), "door_out_of_order"),
        (lambda fake: fake.codes.clear(), "code_unknown"),
        (lambda fake: setattr(fake, "broken", Answer(502, b"<html>")), "door_out_of_order"),
        (lambda fake: setattr(fake, "broken", in_json({"errcode": 42001})), "code_unknown"),
        (lambda fake: setattr(fake, "broken", in_json({"errcode": 40001})), "door_out_of_order"),
        (lambda fake: setattr(fake, "broken", in_json({"openid": "x"})), "door_out_of_order"),
    ],
)  # fmt: skip
def test_whatever_wechat_says_is_told_in_three_parts(wechat, misery, told: str) -> None:
    browser = a_webview()
    code, state = wechat.code_for(XIAOMAN), leave(browser)["state"]
    misery(wechat)
    assert refused(come_back(browser, code, state), told)
    assert not signed_in(browser)


def test_a_session_from_before_is_worth_nothing_after(wechat, dee: User) -> None:
    """Fixation: the key that the browser had when it left is not the one of her session."""
    prove_phone(by_wechat(wechat, XIAOMAN)[0], dee.phone)
    browser = a_webview()
    state = leave(browser)["state"]
    before = browser.cookies["sessionid"].value
    come_back(browser, wechat.code_for(XIAOMAN), state)
    assert signed_in(browser)
    assert browser.cookies["sessionid"].value != before
    assert not Session.objects.filter(pk=before).exists()


def test_it_leads_back_to_no_other_site(wechat, dee: User) -> None:
    prove_phone(by_wechat(wechat, XIAOMAN)[0], dee.phone)
    for outside in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
    ):
        assert by_wechat(wechat, XIAOMAN, path=outside)[1]["Location"] == "/"


def test_what_waits_for_a_phone_stands_sealed_and_goes_after_a_day(wechat) -> None:
    browser, _back = by_wechat(wechat, XIAOMAN)
    with connection.cursor() as cursor:
        cursor.execute("SELECT who FROM accounts_arrival")
        assert XIAOMAN.unionid.encode() not in bytes(cursor.fetchone()[0])
    assert XIAOMAN.unionid not in str(Session.objects.get().get_decoded())
    assert accounts.forget_old_arrivals() == 0
    Arrival.objects.update(came_at="2026-01-01T00:00Z")
    assert accounts.forget_old_arrivals() == 1
    assert browser.get("/sign-in/").status_code == 200


# == The city ==


def by_city(fake: cities.City, citizen: cities.Citizen, browser: Client | None = None):
    browser = browser or Client()
    taken = leave(browser, "city")
    return browser, come_back(
        browser, fake.code_for(citizen, taken), taken["state"], "city", iss=fake.url
    )


ZHOU, HE, GU = cities.CAST


def test_a_verified_phone_is_enough_and_only_consent_is_asked(citys) -> None:
    browser, back = by_city(citys, ZHOU)
    assert leads_to(back, "/sign-in/agree/")
    assert "199****0031" in browser.get(back["Location"]).text
    assert browser.post(back["Location"], {}).status_code == 422
    assert browser.post("/sign-in/agree/", AGREED)["Location"] == "/sign-in/", "not brought along"
    assert browser.post(back["Location"], AGREED)["Location"] == "/"
    assert signed_in(browser)
    assert [one.topic for one in Message.objects.all()] == ["accounts/way_in_added"]
    assert User.objects.with_phone("19900000031").get().identities.get().subject == ZHOU.sub
    assert by_city(citys, ZHOU)[1]["Location"] == "/"


@pytest.mark.parametrize("citizen", [HE, GU])
def test_without_a_verified_phone_a_code_is_asked_for(
    citys, citizen: cities.Citizen, dee: User
) -> None:
    browser, back = by_city(citys, citizen)
    assert leads_to(back, "/sign-in/")
    vouched = f"/sign-in/agree/?with={Arrival.objects.get().pk}"
    assert browser.post(vouched, AGREED)["Location"] == "/sign-in/"
    assert not signed_in(browser)
    prove_phone(browser, dee.phone)
    assert Identity.objects.get().user == dee


def test_a_verified_phone_whose_login_is_another_citizens_is_refused(citys, dee: User) -> None:
    """The number changed hands between two people whom the city knows."""
    browser, back = by_city(citys, ZHOU)
    browser.post(back["Location"], AGREED)
    heir = cities.Citizen("city-0009", "新主人", ZHOU.phone)
    browser, back = by_city(citys, heir)
    assert refused(browser.post(back["Location"], AGREED), "login_of_another_identity")
    assert not signed_in(browser)


@pytest.mark.parametrize(
    "claims",
    [{"nonce": "of another errand"}, {"aud": "somebody else"}, {"iss": "https://evil.example"}, {"exp": 1}, {"azp": "x", "aud": ["unionhall", "x"]}],
)  # fmt: skip
def test_an_id_token_that_is_not_for_us_and_now_is_refused(
    citys, claims: dict[str, object]
) -> None:
    citys.claims = claims
    browser, back = by_city(citys, ZHOU)
    assert refused(back, "door_out_of_order")
    assert not signed_in(browser)


def test_an_id_token_of_another_key_is_refused(citys) -> None:
    citys.signing = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert refused(by_city(citys, ZHOU)[1], "door_out_of_order")


def test_another_issuer_and_a_stolen_code_are_refused(citys) -> None:
    browser = Client()
    taken = leave(browser, "city")
    code = citys.code_for(ZHOU, taken)
    assert refused(
        come_back(browser, code, taken["state"], "city", iss="https://evil.example"),
        "door_out_of_order",
    )
    thief = Client()
    assert refused(come_back(thief, code, leave(thief, "city")["state"], "city"), "code_unknown")


def test_a_city_that_cannot_be_reached_is_told_before_one_leaves(citys) -> None:
    citys.broken = Answer(500, b"")
    assert refused(Client().get("/sign-in/with/city/"), "door_out_of_order")


# == Contended for ==


@pytest.mark.django_db(transaction=True)
def test_twenty_who_come_back_with_one_state_are_one() -> None:
    gate = Barrier(20)

    def come(_nth: int) -> str:
        gate.wait(timeout=30)
        try:
            accounts.arrive("wechat", "one state")
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()
        return "in"

    with ThreadPoolExecutor(20) as pool:
        told = list(pool.map(come, range(20)))
    assert sorted(told) == ["in"] + ["state_used"] * 19


# == One more way in, and whose it is ==


def test_who_is_in_connects_nothing_without_her_phone(wechat, dee: User, client: Client) -> None:
    """A stolen session, or a screen left open, opens no other way in."""
    client.force_login(dee)
    address = client.get("/sign-in/with/wechat/", headers=WEBVIEW)["Location"]
    assert address == "/me/proof/?next=%2Fsign-in%2Fwith%2Fwechat%2F"
    assert "errand" not in client.session
    assert "199****" in client.get(address).text
    assert client.post("/me/proof/", {"code": "000000"}).status_code == CONFLICT, "none was sent"
    client.post("/me/proof/", {"send": "yes", "next": "/sign-in/with/wechat/"})
    assert Message.objects.latest("pk").topic == "accounts/proof_code"
    code = newest_code()
    wrong = client.post("/me/proof/", {"code": f"{(int(code) + 1) % 10**6:06}"})
    assert (wrong.status_code, wrong.context["refusal"].code) == (CONFLICT, "wrong_code")
    right = client.post("/me/proof/", {"code": code, "next": "/sign-in/with/wechat/"})
    assert right["Location"] == "/sign-in/with/wechat/"
    assert by_wechat(wechat, XIAOMAN, client)[1]["Location"] == "/me/devices/"
    told = Message.objects.latest("pk")
    assert (told.topic, told.phone) == ("accounts/way_in_added", dee.phone)
    texts = Message.objects.count()
    by_wechat(wechat, XIAOMAN, client)
    assert Message.objects.count() == texts, "told once"


def test_a_proof_is_hers_her_phones_and_of_now(
    wechat, dee: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(dee)
    session = client.session
    other = accounts.ask_code(a_phone(), asked_from="203.0.113.7")
    session["phone_to_prove"] = other.ask.pk
    session.save()
    sent = client.post("/me/proof/", {"code": other.code})
    assert (sent.status_code, sent.context["refusal"].code) == (CONFLICT, "no_live_code")
    for by, age in ((dee.pk + 1, 0), (dee.pk, 601)):
        session["phone_proved"] = {"by": by, "at": time.time() - age}
        session.save()
        assert client.get("/sign-in/with/wechat/")["Location"].startswith("/me/proof/")
    session["phone_proved"] = {"by": dee.pk, "at": time.time() - 590}
    session.save()
    assert "/connect/oauth2/" in client.get("/sign-in/with/wechat/")["Location"]


def test_whoever_holds_the_phone_hears_of_each_way_in(wechat, citys, dee: User) -> None:
    prove_phone(by_wechat(wechat, XIAOMAN)[0], dee.phone)
    browser, back = by_city(citys, ZHOU)
    browser.post(back["Location"], AGREED)
    told = [one for one in Message.objects.order_by("pk") if one.topic == "accounts/way_in_added"]
    assert [one.phone for one in told] == [dee.phone, "19900000031"]


def test_what_somebody_else_came_back_with_is_not_bound_to_the_next(wechat, dee: User) -> None:
    """A browser that is shared: one comes back from WeChat and goes, the next signs in by phone."""
    browser, _back = by_wechat(wechat, XIAOMAN)
    assert "小满🌾" not in browser.get("/sign-in/").text
    browser.post("/sign-in/", {"phone": dee.phone, **AGREED})
    browser.post("/sign-in/code/", {"code": newest_code()})
    assert signed_in(browser)
    assert not Identity.objects.exists()
    assert "arrival" not in browser.session


def test_the_page_of_the_code_says_who_will_come_in_by_it(wechat, dee: User) -> None:
    browser, back = by_wechat(wechat, XIAOMAN)
    form = {"with": Arrival.objects.get().pk, "phone": dee.phone, **AGREED}
    assert f'name="with" value="{form["with"]}"' in browser.get(back["Location"]).text
    browser.post("/sign-in/", form)
    assert "小满🌾" in browser.get("/sign-in/code/").text
    assert browser.post("/sign-in/alone/")["Location"] == "/sign-in/code/"
    browser.post("/sign-in/code/", {"code": newest_code()})
    assert signed_in(browser)
    assert not Identity.objects.exists()


def test_a_way_in_is_closed_with_all_who_came_in_by_it(wechat, dee: User) -> None:
    prove_phone(by_wechat(wechat, XIAOMAN)[0], dee.phone)
    thief, hers = by_wechat(wechat, XIAOMAN)[0], Client()
    hers.force_login(dee)
    identity = Identity.objects.get()
    page = hers.get(f"/me/ways-in/{identity.pk}/").text
    assert "小满🌾" in page
    eve = Client()
    eve.force_login(a_login("于冬至"))
    assert eve.get(f"/me/ways-in/{identity.pk}/").status_code == 404
    hers.post(f"/me/ways-in/{identity.pk}/unbind/", {"everywhere": "yes"})
    assert not signed_in(thief)
    assert not signed_in(hers)
    assert not Identity.objects.exists()
