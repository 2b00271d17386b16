"""Who comes to a door in disguise: under another host's name, from a made-up address, with an old key, to be led away."""

from __future__ import annotations

import itertools
import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import a_phone
from unionhall.base.own_paths import is_own_path
from unionhall.domain.learning import desk as learning
from unionhall.people.accounts.models import SignInCode, User
from unionhall.site import coming_back
from unionhall.site.second_factor import remember

pytestmark = pytest.mark.django_db
AGREED = {"privacy": "on"}

# == Led away ==

STARTS = [
    "//", "///", "////", "/\\", "\\/", "\\\\", "/\\/", "/\t/", "/\n/", "/\r/", "/\t\\", "\t//", "\n//", " //", "\x00//", "/\x00/",
    "\x0b//", "\x1f//", "\u00a0//", "\u2028//", "\u200b//", "\ufeff//", "/\u200b/", "/\u2028/", "/\u202e/", "／／", "/／", "⁄⁄", "∕∕",
    "＼＼", "/%2f", "/%5c", "/%09/", "%2f%2f", "%252f%252f", "//%09", "/;//", "//user@", "//user:word@", "//testserver@",
    "//testserver\\@", "//testserver#@", "//testserver?@", "https:", "https:/", "https://", "https:///", "https:\\\\", "HTTPS://",
    "hTTp:", "http:", "http:\\", "\thttps://", "ht\ttps://", "https://testserver@", "https://testserver.", "https://testserver%40",
    "https://testserver\\.", "https://testserver:80@", "ftp://", "ws://", "file:///", "blob:https://", "javascript:alert(1)//",
    "java\tscript:alert(1)//", "JaVaScRiPt://%0aalert(1)//", "data:text/html,", "vbscript:", "mailto:", "view-source:https://",
    "intent://", "weixin://", "@", "/@", "?//", "#//", "./", "../", "..//", ".//", "",
]  # fmt: skip
HOSTS = ["evil.example", "evil.example/%2f..", "evil。example", "ｅvil.example", "[::1]:8000", "2130706433", "evil.example?a=/me/"]  # fmt: skip
VARIANTS = ["".join(both) for both in itertools.product(STARTS, HOSTS)]
SOME = VARIANTS[:: len(HOSTS) * 4]  # every fourth start
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
BACK = "/desk/learning/new/"


def leads_away(location):
    """As a browser reads it (WHATWG URL §4.4): trimmed, tabs and line ends dropped, ``\\`` as ``/``."""
    seen = re.sub(r"[\t\n\r]", "", location.strip("".join(map(chr, range(33))))).replace("\\", "/")
    return bool(SCHEME.match(seen)) or seen.startswith("//")


def test_the_judge_knows_what_leads_away():
    away = [
        "//evil",
        "/\\evil",
        "/\t/evil",
        "https:evil",
        " https://evil",
        "\x01//evil",
        "javascript:1",
    ]
    here = ["/me/", "/", "?a=1", "/a//b", "", "/%09/evil", "/@evil"]
    assert [leads_away(one) for one in [*away, *here]] == [True] * len(away) + [False] * len(here)


@pytest.fixture
def officer(client, bo):
    client.force_login(bo)
    session = client.session
    remember(session, bo)
    session.save()
    return client


def answers(client, wanted):
    """Of every page that sends one on to where she wanted to go."""
    said = {"next": wanted}
    yield client.get("/sign-in/", said)
    yield client.post("/me/theme/", {"theme": "", **said})
    yield client.post("/me/more-time/", {"more_time": "", **said})
    yield client.post(reverse("me_consent", args=["sms"]), said)
    yield client.post("/sign-in/code/", said)


def ways_out(client, variants):
    return [
        (wanted, answer["Location"])
        for wanted in variants
        for answer in answers(client, wanted)
        if "Location" in answer and leads_away(answer["Location"])
    ]


def test_nobody_is_led_away_by_any_of_five_hundred_addresses():
    assert len(set(VARIANTS)) >= 500
    assert sum(map(leads_away, VARIANTS)) > 200
    assert [one for one in VARIANTS if is_own_path(one) and leads_away(one)] == []


def test_a_check_of_the_first_sign_alone_would_lead_away():
    assert len([one for one in VARIANTS if one.startswith("/") and leads_away(one)]) > 50


def test_no_page_that_sends_her_on_leads_away(officer):
    assert ways_out(officer, SOME) == []


def test_a_page_that_does_not_ask_would_lead_away(officer, monkeypatch):
    monkeypatch.setattr(coming_back, "is_own_path", lambda path: path.startswith("/"))
    assert len(ways_out(officer, SOME)) >= 4


def test_a_link_back_is_ours_too(officer):
    """The page on which a film is uploaded has a link back to the page that asked for it."""
    assert links_away(officer) == []


def test_a_link_back_that_is_not_asked_would_lead_away(officer, monkeypatch):
    monkeypatch.setattr(learning, "is_own_path", lambda _path: True)
    assert links_away(officer)


def links_away(officer):
    pages = [officer.get(BACK, {"back": back}).text for back in SOME]
    links = [one for page in pages for one in re.findall(r'(?:href|value)="([^"]+)"', page)]
    return [one for one in links if leads_away(one)]


def test_signing_in_leads_where_she_wanted_and_nowhere_else():
    for wanted in SOME:
        answer = Client().post("/sign-in/", {"phone": a_phone(), "next": wanted, **AGREED})
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in/code/")
        assert not leads_away(answer["Location"])


@pytest.mark.parametrize(
    "path",
    ["//evil.example/me/", "//evil.example/me", "/\\evil.example/desk", "//evil.example/%2e%2e"],
)
def test_a_path_that_looks_like_a_host_leads_nowhere(path):
    answer = Client().get("/", PATH_INFO=path)
    assert not leads_away(answer.headers.get("Location", ""))


# == Under another host's name ==

NAMES = [
    "evil.example", "testserver.evil.example", "evil.example:80", "testserver@evil.example", "testserver:80@evil.example",
    "evil.example, testserver", "testserver#evil.example", "testserver/evil.example", "testserver\\evil.example", "", " ",
    "testserver\tevil.example", "<script>alert(1)</script>", "testserver:evil", "[::1", "xn--evil-.example", "https://testserver",
]  # fmt: skip
PAGES = ["/", "/sign-in/", "/me/", "/desk/", "/api/v1/me/", "/api/v1/openapi.json"]


@pytest.mark.parametrize("name", NAMES)
def test_a_host_that_is_not_ours_is_answered_nothing(name):
    for page in PAGES:
        answer = Client(raise_request_exception=False).get(page, HTTP_HOST=name)
        assert answer.status_code == 400
        assert "evil" not in f"{answer.headers}{answer.text}"


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-Host",
        "X-Host",
        "Forwarded",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Forwarded-Prefix",
    ],
)
def test_no_header_names_another_host(officer, header):
    for page in [*PAGES, "/desk/members/programs/"]:
        plain, dressed = (officer.get(page, headers=one) for one in ({}, {header: "evil.example"}))
        assert dressed.status_code == plain.status_code
        assert "evil" not in f"{dressed.headers}{dressed.text}"


def test_any_host_would_be_seen(settings):
    settings.ALLOWED_HOSTS = ["*"]
    assert Client().get("/sign-in/", HTTP_HOST="evil.example").status_code == 200


# == From a made-up address ==


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_no_header_makes_one_address_many(settings, proxies):
    """Each ask bears another address in front; only what our own proxies added counts."""
    settings.PROXIES, settings.SIGN_IN_CODES_PER_ADDRESS = proxies, 3
    ours = ["198.51.100.1", "192.0.2.2"][:proxies]
    statuses = [
        Client()
        .post(
            "/sign-in/",
            {"phone": a_phone(), **AGREED},
            headers={
                "X-Forwarded-For": ", ".join([f"203.0.113.{number}", *ours]),
                "X-Real-IP": f"203.0.113.{number}",
                "Forwarded": f"for=203.0.113.{number}",
                "X-Client-IP": f"203.0.113.{number}",
            },
        )
        .status_code
        for number in range(5)
    ]
    assert statuses == [302] * 3 + [409] * 2
    assert SignInCode.objects.values("asked_from").distinct().count() == 1


def test_a_depth_that_is_set_too_deep_would_believe_it(settings):
    """The control, and why the depth must be the true one: with one proxy and a depth of two, everybody is many."""
    settings.PROXIES, settings.SIGN_IN_CODES_PER_ADDRESS = 2, 3
    statuses = {
        Client()
        .post(
            "/sign-in/",
            {"phone": a_phone(), **AGREED},
            headers={"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.1"},
        )
        .status_code
        for number in range(5)
    }
    assert statuses == {302}


# == With an old key ==


def sessions_of(*users):
    for user in users:
        browser = Client()
        browser.force_login(user)
        yield browser


def test_a_cookie_kept_from_before_signing_out_opens_nothing(dee):
    (browser,) = sessions_of(dee)
    thief = Client()
    thief.cookies = browser.cookies
    assert thief.get("/me/").status_code == 200
    kept = browser.cookies["sessionid"].value
    browser.post("/sign-out/")
    thief = Client()
    thief.cookies["sessionid"] = kept
    assert thief.get("/me/").status_code == 302
    assert thief.get("/api/v1/me/").status_code == 401


def test_a_cookie_that_somebody_else_chose_is_never_the_key_of_a_session(dee):
    """Nor is a made-up one taken over, nor one that was planted before signing in worth anything after."""
    planted, victim = "a" * 32, Client()
    victim.cookies["sessionid"] = planted
    victim.post("/sign-in/", {"phone": dee.phone, **AGREED})
    assert victim.cookies["sessionid"].value != planted
    asked_under = victim.cookies["sessionid"].value
    victim.force_login(dee)
    thief = Client()
    for known in (planted, asked_under):
        thief.cookies["sessionid"] = known
        assert thief.get("/me/").status_code == 302


def test_a_stopped_login_is_out_of_all_its_sessions_at_the_next_request(dee):
    browsers = list(sessions_of(dee, dee, dee))
    assert {one.get("/me/").status_code for one in browsers} == {200}
    User.objects.filter(pk=dee.pk).update(is_active=False)
    assert {one.get("/me/").status_code for one in browsers} == {302}
    assert {one.get("/api/v1/me/").status_code for one in browsers} == {401}
    User.objects.filter(pk=dee.pk).update(is_active=True)


def test_a_backend_that_asks_only_once_would_be_seen(dee, monkeypatch):
    from unionhall.people.accounts.backends import ActiveUserBackend

    (browser,) = sessions_of(dee)
    monkeypatch.setattr(
        ActiveUserBackend, "get_user", lambda _self, pk: User.objects.filter(pk=pk).first()
    )
    User.objects.filter(pk=dee.pk).update(is_active=False)
    assert browser.get("/me/").status_code == 200
