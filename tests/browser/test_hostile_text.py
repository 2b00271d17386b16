"""Hostile text in every column that words stand in, and every page of the product opened in a real browser.

No script runs, nothing becomes markup, the content policy is never asked, no page is wider than a telephone, and each
text stands there as it was typed. What a form does with such a text: ``tests/attacks/test_forms.py``.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from django.template import base as templates
from django.test import Client

from tests.attacks.pages import FEWEST, shown
from tests.attacks.payloads import MARK, RECKONED, hostile_texts
from tests.attacks.planting import plant, undeclared
from tests.browser.checks import sideways
from tests.tenancy.asking import signed_in
from tests.tenancy.two_unions import ids, worlds  # noqa: F401 — a fixture

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import House
    from tests.world import World
    from unionhall.people.accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6 if os.environ.get("UNIONHALL_FULL") else 1  # each begins elsewhere in the list
LOOK = f"""() => {{
    const links = [...document.querySelectorAll('[href], [action], [formaction], iframe, object, embed, base')];
    const all = [...document.querySelectorAll('*')];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts = all.filter(one => 'value' in one).map(one => String(one.value));
    while (walker.nextNode()) texts.push(walker.currentNode.data);
    return {{
        trouble: {{
            markup: document.querySelectorAll('[{MARK}]').length,
            handlers: all.filter(one => [...one.attributes].some(each => /^(on|hx-on)/.test(each.name))).length,
            strange: links.filter(one => !/^(https?|tel|otpauth|blob):|^$/.test(one.href || one.action || ''))
                .map(one => one.outerHTML.slice(0, 200)),
            reckoned: document.documentElement.innerText.includes('{RECKONED}') ? 1 : 0,
        }},
        texts: texts.filter(one => one.includes('⟦')),
    }};
}}"""
CLEAN = {"markup": 0, "handlers": 0, "strange": [], "reckoned": 0}
NUMBERED = re.compile(r"⟦(\d+)⟧")
GAPS = re.compile(r"[\s\ufeff]+")


def test_no_text_runs_or_becomes_markup_on_any_page(
    house: House,
    worlds: tuple[World, World],  # noqa: F811
) -> None:
    ours = worlds[0]
    ids(ours)  # looked up by their names, which go
    for turn in range(ROUNDS):
        planted = plant(turn * len(hostile_texts()) // ROUNDS)
        pages = [(who, path) for who, path, _html in shown(browsers_of(ours), ours)]
        looker = Looker(house, ours, planted)
        for who, path in pages:
            looker.look(who, path)
        assert "\n".join(looker.found + house.troubles) == ""
        assert len(pages) > FEWEST
        assert len(planted) > 300
        assert len(looker.known) > 100


def test_a_page_that_marks_text_safe_would_be_caught(
    house: House,
    worlds: tuple[World, World],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: templates that escape nothing. Markup is seen, and the policy is asked."""
    ours = worlds[0]
    looker = Looker(house, ours, plant())
    monkeypatch.setattr(templates, "conditional_escape", str)
    for path in (f"/desk/learning/{ours.lesson.pk}/", "/desk/welfare/merchants/"):
        looker.look("bo", path)
    assert any("'markup': 0" not in line for line in looker.found)
    assert any("otherwise" in line for line in looker.found)
    house.troubles.clear()


def test_every_column_of_text_is_planted_or_said_to_hold_no_words() -> None:
    assert undeclared() == []
    assert len(hostile_texts()) >= 500


def users_of(world: World) -> dict[str, User | None]:
    return {
        "bo": world.officer, "clerk": world.clerk.user, "ann": world.member.user, "anonymous": None,
    }  # fmt: skip


def browsers_of(world: World) -> dict[str, Client]:
    """Without a screen."""
    return {name: signed_in(user) if user else Client() for name, user in users_of(world).items()}


class Looker:
    """Opens pages on a telephone; ``found`` is what went wrong, ``known`` the texts that were seen."""

    def __init__(self, house: House, world: World, planted: list[str]) -> None:
        self.house, self.users, self.planted = house, users_of(world), planted
        self.pages: dict[str, Page] = {}
        self.found: list[str] = []
        self.known: set[int] = set()

    def look(self, who: str, path: str) -> None:
        page = self.pages.get(who) or self._opened(who)
        answer = page.goto(path)
        assert answer is not None
        seen, wider = page.evaluate(LOOK), sideways(page)
        if answer.status != 200 or seen["trouble"] != CLEAN or wider:
            self.found.append(
                f"{who} {path} ({answer.status}): {seen['trouble']}, {wider} too wide"
            )
        self.found += [f"{who} {path}: {one}" for one in self._otherwise(seen["texts"])]

    def _opened(self, who: str) -> Page:
        page = self.pages[who] = self.house.open_as(self.users[who])
        page.on("dialog", lambda box: (self.found.append(f"ran: {box.message}"), box.dismiss()))
        return page

    def _otherwise(self, texts: list[str]) -> list[str]:
        """Texts that do not stand there as they were typed: the first line of each, as far as it is shown."""
        wrong = []
        for text in texts:
            for sign in NUMBERED.finditer(text):
                typed = first_line(self.planted[int(sign[1])])
                here = GAPS.sub(" ", text[sign.start() :])
                is_cut = here.rstrip().endswith("…") and typed.startswith(here.rstrip()[:-1])
                if not (here.startswith(typed) or is_cut):
                    wrong.append(f"otherwise: {here[:80]!r} was {typed[:80]!r}")
                self.known.add(int(sign[1]))
        return wrong


def first_line(typed: str) -> str:
    """A page may set each line by itself."""
    return GAPS.sub(" ", re.split(r"[\r\n]", typed)[0]).rstrip()
