"""Hostile text in every column that words stand in, and every page of the product opened in a real browser.

No script runs, nothing becomes markup, the content policy is never asked, no page is wider than a telephone, no box
cuts words off, and each text stands there as it was typed. What a form does with such a text:
``tests/attacks/test_forms.py``.
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
from tests.attacks.planting import plant
from tests.browser.checks import sideways
from tests.cast import a_login, a_member
from tests.tenancy.asking import signed_in
from tests.tenancy.two_unions import ids, worlds  # noqa: F401 — a fixture

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    from tests.browser.conftest import House
    from tests.world import World
    from unionhall.people.accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = (
    6 if os.environ.get("UNIONHALL_FULL") else 1
)  # each begins elsewhere in the list; every other in large letters
LOOK = f"""() => {{
    const links = [...document.querySelectorAll('[href], [action], [formaction], iframe, object, embed, base')];
    const all = [...document.querySelectorAll('*')];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    const isVerbatim = node => !node.parentElement.closest('.prose');  // Markdown is there to read otherwise
    const isCut = node => {{
        let box = node.parentElement;
        while (box && getComputedStyle(box).overflowX !== 'hidden') box = box.parentElement;
        const words = document.createRange();
        words.selectNode(node);
        return box && getComputedStyle(box).clipPath === 'none'
            && words.getBoundingClientRect().right > box.getBoundingClientRect().right + 1;
    }};
    return {{
        trouble: {{
            markup: document.querySelectorAll('[{MARK}]').length,
            handlers: all.filter(one => [...one.attributes].some(each => /^(on|hx-on)/.test(each.name))).length,
            strange: links.filter(one => !/^(https?|tel|otpauth|blob):|^$/.test(one.href || one.action || ''))
                .map(one => one.outerHTML.slice(0, 200)),
            cut: nodes.filter(isCut).map(node => node.data.slice(0, 80)),
            reckoned: document.documentElement.innerText.includes('{RECKONED}') ? 1 : 0,
        }},
        texts: [...all.filter(one => 'value' in one).map(one => String(one.value)), ...nodes.filter(isVerbatim).map(node => node.data)]
            .filter(one => one.includes('⟦')),
    }};
}}"""
CLEAN = {"markup": 0, "handlers": 0, "strange": [], "cut": [], "reckoned": 0}
NUMBERED = re.compile(r"⟦(\d+)⟧")
GAPS = re.compile(r"[\s\ufeff]+")


def test_no_text_runs_or_becomes_markup_on_any_page(
    house: House,
    worlds: tuple[World, World],  # noqa: F811
) -> None:
    ours = worlds[0]
    ids(ours)  # looked up by their names, which go
    newcomer = a_member("唐小暑", ours.union, user=a_login("唐小暑")).user
    for turn in range(ROUNDS):
        planted = plant(turn * len(hostile_texts()) // ROUNDS)
        pages = [(who, path) for who, path, _html in shown(browsers_of(ours), ours)]
        pages += [("newcomer", "/"), ("newcomer", f"/lectures/{ours.phase.pk}/")]
        looker = Looker(
            house, users_of(ours) | {"newcomer": newcomer}, planted, elder=turn % 2 == 1
        )
        for who, path in pages:
            looker.look(who, path)
        house.troubles += [f"round {turn}: {one}" for one in looker.found]
        assert len(pages) > FEWEST
        assert len(planted) > 300
        assert len(looker.known) > 80
    assert not house.troubles, "\n".join(house.troubles)


def test_a_page_that_marks_text_safe_would_be_caught(
    house: House,
    worlds: tuple[World, World],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: templates that escape nothing. Markup is seen, and the policy is asked."""
    ours = worlds[0]
    looker = Looker(house, users_of(ours), plant())
    monkeypatch.setattr(templates, "conditional_escape", str)
    for path in (f"/desk/learning/{ours.lesson.pk}/", "/desk/welfare/merchants/"):
        looker.look("bo", path)
    assert any("'markup': 0" not in line for line in looker.found)
    assert any("otherwise" in line for line in looker.found)
    house.troubles.clear()


def test_a_name_that_may_not_wrap_would_be_caught(
    house: House,
    worlds: tuple[World, World],  # noqa: F811
) -> None:
    """The control: a style that keeps every text in one line. Pages are too wide, and boxes cut."""
    looker = Looker(house, users_of(worlds[0]), plant())
    looker.opened("ann").route("**/ui*.css", in_one_line)
    looker.look("ann", "/")
    looker.look("ann", "/me/")
    assert any("'cut': ['" in line for line in looker.found)
    assert any("0 too wide" not in line for line in looker.found)


def in_one_line(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(
        response=answer, body=f"{answer.text()} body * {{ white-space: nowrap !important; }}"
    )


def users_of(world: World) -> dict[str, User | None]:
    return {
        "bo": world.officer, "clerk": world.clerk.user, "ann": world.member.user, "anonymous": None,
    }  # fmt: skip


def browsers_of(world: World) -> dict[str, Client]:
    """Without a screen."""
    return {name: signed_in(user) if user else Client() for name, user in users_of(world).items()}


class Looker:
    """Opens pages on a telephone; ``found`` is what went wrong, ``known`` the texts that were seen."""

    def __init__(
        self,
        house: House,
        users: dict[str, User | None],
        planted: list[str],
        *,
        elder: bool = False,
    ) -> None:
        self.house, self.users, self.planted, self.elder = house, users, planted, elder
        self.pages: dict[str, Page] = {}
        self.found: list[str] = []
        self.known: set[int] = set()

    def look(self, who: str, path: str) -> None:
        page = self.pages.get(who) or self.opened(who)
        answer = page.goto(path)
        assert answer is not None
        seen, wider = page.evaluate(LOOK), sideways(page)
        if answer.status != 200 or seen["trouble"] != CLEAN or wider:
            self.found.append(
                f"{who} {path} ({answer.status}): {seen['trouble']}, {wider} too wide"
            )
        self.found += [f"{who} {path}: {one}" for one in self._otherwise(seen["texts"])]

    def opened(self, who: str) -> Page:
        page = self.pages[who] = self.house.open_as(self.users[who], elder=self.elder)
        page.on("dialog", lambda box: (self.found.append(f"ran: {box.message}"), box.dismiss()))
        return page

    def _otherwise(self, texts: list[str]) -> list[str]:
        """Texts that do not stand there as they were typed: the first line of each, as far as it is shown.

        What a page cuts ends in an ellipsis; Django's own Chinese writes it as three full stops.
        """
        wrong = []
        for text in texts:
            for sign in NUMBERED.finditer(text):
                typed = first_line(self.planted[int(sign[1])])
                here = GAPS.sub(" ", text[sign.start() :])
                kept = re.sub(r"(…|\.\.\.)\s*$", "", here)
                is_cut = kept != here and typed.startswith(kept)
                if not (here.startswith(typed) or is_cut):
                    wrong.append(f"otherwise: {here[:80]!r} was {typed[:80]!r}")
                self.known.add(int(sign[1]))
        return wrong


def first_line(typed: str) -> str:
    """A page may set each line by itself."""
    return GAPS.sub(" ", re.split(r"[\r\n]", typed)[0]).rstrip()
