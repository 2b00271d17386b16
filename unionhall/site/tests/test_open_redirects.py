"""Two hundred ways to write another site as a path: none leads there, from any door of the sign-in."""

from __future__ import annotations

import itertools
from urllib.parse import quote, urlsplit

import pytest
from django.test import Client

from tests.cast import a_phone
from tests.doors import AGREED, newest_code
from unionhall.base.own_paths import is_own_path
from unionhall.people.accounts.models import User
from unionhall.site import coming_back

pytestmark = pytest.mark.django_db
HOST = "evil.example"
STARTS = [
    "//", "///", "////", "/\\", "\\/", "\\\\", "\\", "/\\/", "/\\\\", "//\\", "/\t/", "/\n/", "/\r/", "\t//", "\n//", " //",
    "/ /", "\x00//", "/\x00/", "http:", "http:/", "http://", "https://", "https:///", "https:\\\\", "HTTPS://", "hTtP:\\", "ftp://",
    "javascript://", "data://", "//user@", "//testserver@", "https://testserver@", "//testserver:80@", "https://testserver.", "//testserver.", "/／", "／／",
    "//／", "/\u2028/", "/\u2029/", "/\u00a0/", "/\ufeff/", "\ufeff//", "/\u200b/", "/\u202e/", "//%2f", "///\\", "/\x0b/", "/\x1f/",
]  # fmt: skip
ENDS = ["", "/me/", "?next=/", ":80/", "\\@testserver/"]
OUTSIDE = [start + HOST + end for start, end in itertools.product(STARTS, ENDS)]
INSIDE = [
    "/",
    "/me/",
    "/me/?a=1&b=//x",
    "/lectures/3/?u=https://a.example",
    "/%2F%2Fevil.example",
    "/名册/",
    "/a//b",
]


def leads_outside(address: str, at: str = "http://testserver/sign-in/") -> bool:
    """As a browser reads it (WHATWG URL): backslashes are slashes, tabs and line ends are nothing, ends are trimmed."""
    read = address.strip("".join(map(chr, range(33))))
    for sign in "\t\r\n":
        read = read.replace(sign, "")
    read = read.replace("\\", "/")
    parts = urlsplit(read)
    if parts.scheme:
        return True
    return read.startswith("//") and parts.netloc != urlsplit(at).netloc


def test_there_are_two_hundred() -> None:
    assert len(set(OUTSIDE)) >= 200


def test_no_path_of_another_site_is_one_of_ours() -> None:
    assert [one for one in OUTSIDE if is_own_path(one) and leads_outside(one)] == []
    assert [one for one in INSIDE if not is_own_path(one)] == []


def test_a_weaker_question_would_let_some_through() -> None:
    """The control: begins with a slash, and not with two."""
    weak = [one for one in OUTSIDE if one.startswith("/") and not one.startswith("//")]
    assert len([one for one in weak if leads_outside(one)]) > 20


def test_no_door_leads_there(client: Client, dee: User) -> None:
    """Whoever is in already is sent on at once; ``next`` in the address and in the form."""
    client.force_login(dee)
    doors = itertools.cycle(
        (
            lambda path: client.get("/sign-in/", {"next": path}),
            lambda path: client.get(f"/sign-in/password/?next={quote(path)}"),
            lambda path: client.post("/me/theme/", {"theme": "", "next": path}),
        )
    )
    for outside, door in zip(OUTSIDE, doors, strict=False):
        answer = door(outside)
        assert answer.status_code == 302
        assert not leads_outside(answer["Location"]), outside


def test_nor_does_the_last_step_of_a_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for outside in OUTSIDE[::50]:
        browser, phone = Client(), a_phone()
        first = browser.post("/sign-in/", {"phone": phone, "next": outside, **AGREED})
        assert not leads_outside(first["Location"])
        last = browser.post("/sign-in/code/", {"code": newest_code(), "next": outside})
        assert not leads_outside(last["Location"])


def test_a_door_that_believes_what_it_is_told_would_be_seen(
    client: Client, dee: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(coming_back, "is_own_path", lambda _path: True)
    client.force_login(dee)
    led = [
        client.get("/sign-in/", {"next": one})["Location"]
        for one in ("//evil.example", "///evil.example")
    ]
    assert all(map(leads_outside, led))
