"""Hostile text in every column, and every page that shows one opened in a real browser: nothing runs, nothing becomes markup."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from django.template import base as templates
from django.test import Client

from tests.attacks.payloads import MARK, RECKONED, hostile_texts
from tests.attacks.planting import plant, undeclared
from tests.browser.conftest import DESK
from tests.tenancy.test_matrix import READERS, address, all_routes, ids, signed_in, worlds  # noqa: F401 — a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.browser.conftest import House
    from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8 if os.environ.get("UNIONHALL_FULL") else 1  # each begins elsewhere in the list
LOOK = f"""() => {{
    const links = [...document.querySelectorAll('[href], [action], [formaction], iframe, object, embed, base')];
    const all = [...document.querySelectorAll('*')];
    return {{
        markup: document.querySelectorAll('[{MARK}]').length,
        handlers: all.filter(one => [...one.attributes].some(each => /^(on|hx-on)/.test(each.name))).length,
        strange: links.filter(one => !/^(https?|tel|mailto|blob):|^$/.test(one.href || one.action || ''))
            .map(one => one.outerHTML.slice(0, 200)),
        reckoned: document.documentElement.innerText.includes('{RECKONED}') ? 1 : 0,
    }};
}}"""
CLEAN = {"markup": 0, "handlers": 0, "strange": [], "reckoned": 0}


def pages_of(world: World) -> Iterator[tuple[str, str]]:
    """Every page that answers its reader with a page: who, and where."""
    users = {"bo": world.officer, "clerk": world.clerk.user, "ann": world.member.user}
    browsers = {name: signed_in(user, name) for name, user in users.items()}
    browsers[""] = Client(raise_request_exception=False)
    for where, entry in all_routes():
        if where.startswith("/api/"):
            continue
        reader = getattr(entry.callback, "reader", "public")
        for who in [name for name in ("bo", "clerk") if name in READERS.get(reader, ())] or ["ann"]:
            path = address(where, entry, world)
            answer = browsers[who].get(path)
            assert answer.status_code < 500, path
            shown = answer.status_code == 200 and "text/html" in answer["Content-Type"]
            if shown and not answer.headers.get("Content-Disposition"):
                yield who, path


def opened(house: House, world: World, shown: list[tuple[str, str]]) -> list[str]:
    """What went wrong on these pages, a line each: what ran, what became markup, what broke."""
    users = {"bo": world.officer, "clerk": world.clerk.user, "ann": world.member.user, "": None}
    browsers: dict[str, Page] = {}
    found: list[str] = []
    for who, path in shown:
        if who not in browsers:
            browsers[who] = house.open_as(users[who], size=DESK)
            browsers[who].on(
                "dialog", lambda box: (found.append(f"ran: {box.message}"), box.dismiss())
            )
        answer = browsers[who].goto(path)
        assert answer is not None
        seen = browsers[who].evaluate(LOOK)
        if answer.status != 200 or seen != CLEAN:
            found.append(f"{who} {path} ({answer.status}): {seen}")
    found += house.troubles
    return found


def test_no_text_runs_or_becomes_markup_on_any_page(house: House, worlds) -> None:  # noqa: F811
    ours = worlds[0]
    ids(ours)  # looked up by their names, which go
    for turn in range(ROUNDS):
        assert plant(turn * len(hostile_texts()) // ROUNDS) > 500
        shown = list(pages_of(ours))
        assert len(shown) > 60
        assert opened(house, ours, shown) == []


def test_a_page_that_marks_text_safe_would_be_caught(house: House, worlds, monkeypatch) -> None:  # noqa: F811
    """The control: templates that escape nothing. Seen on each of three pages, and the policy is broken."""
    ours = worlds[0]
    plant()
    monkeypatch.setattr(templates, "conditional_escape", str)
    paths = [
        f"/desk/learning/{ours.lesson.pk}/",
        f"/desk/quiz/{ours.bank.pk}/",
        "/desk/welfare/merchants/",
    ]
    found = opened(house, ours, [("bo", path) for path in paths])
    assert len([line for line in found if "'markup': 0" not in line and "/desk/" in line]) >= 1
    assert any("Content Security Policy" in line for line in house.troubles)
    house.troubles.clear()


def test_every_column_of_text_is_planted_or_said_to_hold_no_words() -> None:
    assert undeclared() == []
    assert len(hostile_texts()) >= 500
