"""Every page of the product, as the cast sees it: usable by everybody, whole on every window."""

from __future__ import annotations

import functools
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from django.template.utils import get_app_template_dirs
from django.test.signals import template_rendered
from django.urls import get_resolver
from playwright.sync_api import Error as PlaywrightError

from tests.browser import world as worlds
from tests.browser.checks import (
    as_tall_as_the_page,
    keep_picture,
    measured,
    sideways,
    violations,
)
from tests.browser.conftest import DESK, LOOKS, PHONE
from tests.browser.sights import NO_PAGE, SIGHTS, Sight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.template import Template
    from django.urls import URLPattern, URLResolver
    from playwright.sync_api import Page, Response
    from pytest_django.fixtures import SettingsWrapper

    from tests.browser.conftest import House
    from tests.browser.world import World

FULL = bool(os.environ.get("UNIONHALL_FULL"))
NARROW = {"width": 320, "height": 640}  # WCAG 1.4.10
WEAR = "elder => { const { dataset } = document.documentElement; if (elder) dataset.size = 'elder'; else delete dataset.size; }"


@dataclass(frozen=True)
class Variant:
    """One way to look at a page that stands: nothing is asked of the server for it."""

    elder: bool = False
    theme: str = "light"
    size: dict[str, int] = field(default_factory=lambda: PHONE)
    anew: bool = False  # the document is another one: all of axe's rules, not those of style alone
    questions: tuple[str, ...] = ()  # of measures.js
    narrow: bool = False  # and whole at 320 pixels
    axe: bool = (
        True  # unasked where other words in the same clothes say the same of colours and sizes
    )


# Each page is opened once in Chinese, and once in English as 关怀版 is served; the rest is done to what came.
ELDER = ("smallText", "smallTargets", "cut")
VARIANTS = {
    "zh-hans": {
        "390": Variant(anew=True, questions=("unreachable", "doubled"), narrow=True),
        "390-dark": Variant(theme="dark", questions=("moving",)),
        "390-elder": Variant(elder=True, questions=(*ELDER, "doubled"), narrow=True),
        **({"390-elder-dark": Variant(elder=True, theme="dark")} if FULL else {}),
        "1440": Variant(size=DESK, questions=("cut",)),
    },
    "en": {
        "390-elder-en": Variant(elder=True, anew=True, questions=ELDER, narrow=True),
        "390-en": Variant(questions=("cut",), narrow=True, axe=FULL),
        "1440-en": Variant(size=DESK, questions=("cut",), axe=FULL),
    },
}
ROUTES = "tests.browser.urls"
EXTENDS = re.compile(r'{% extends "([^"]+)"')


@pytest.fixture
def world(house: House, settings: SettingsWrapper) -> World:
    settings.DEMO = True  # its pages are looked at, too
    settings.CITY = {
        "issuer": "https://city.example",
        "client_id": "",
        "secret": "",
        "name": "云桥通",
    }
    settings.WECHAT = settings.WECHAT | {"app_id": "wx"}
    settings.ROOT_URLCONF = ROUTES
    return worlds.build()


@pytest.fixture
def rendered() -> Iterator[list[str]]:
    """Templates of whole pages, in the order in which the server rendered them."""
    names: list[str] = []

    def note(template: Template, **_: object) -> None:
        if template.name in _pages():
            names.append(template.name)

    template_rendered.connect(note)
    yield names
    template_rendered.disconnect(note)


def test_every_address_is_looked_at() -> None:
    """A new one is a sight, or said to be none."""
    known = {sight.route for sight in SIGHTS} | NO_PAGE
    assert sorted(set(_routes(get_resolver(ROUTES))) ^ known) == []


@pytest.mark.parametrize("language", VARIANTS)
def test_every_page_can_be_used_by_everybody(
    house: House,
    world: World,
    rendered: list[str],
    language: str,
    request: pytest.FixtureRequest,
) -> None:
    """WCAG 2.2 A and AA and best practice by axe-core, and the promises of 关怀版; a picture for who asks.

    And by the templates' names no page is left out, such as one that only answers a form.
    """
    troubles: list[str] = []
    looked_at: set[str] = set()
    counts = request.config.stash.setdefault(LOOKS, {})
    for sight, page in _opened(house, world, language):
        troubles += [
            f"{sight.name}: {line}"
            for line in _look(page, world, sight, VARIANTS[language], counts)
        ]
        looked_at.add(rendered[-1])
    troubles += [f"{name}: no sight shows it" for name in _pages() - looked_at]
    if troubles:
        pytest.fail("\n".join(troubles))


def _opened(house: House, world: World, language: str) -> Iterator[tuple[Sight, Page]]:
    """Each sight with the browser of whoever looks."""
    pages: dict[str, Page] = {}
    for sight in SIGHTS:
        if sight.part not in pages:
            user = world.users.get(sight.part)
            pages[sight.part] = house.open_as(user, elder=language == "en", language=language)
        yield sight, pages[sight.part]
    for page in pages.values():
        page.context.close()


def _look(
    page: Page,
    world: World,
    sight: Sight,
    variants: Mapping[str, Variant],
    counts: dict[str, list[int]],
) -> list[str]:
    """What is wrong with the page, a line each; ``counts`` gets pages and violations of each variant."""
    try:
        answer = _arrive(page, world, sight)
    except PlaywrightError as error:  # the other pages are looked at all the same
        return [f"nobody arrives there: {error}"]
    strayed = not sight.then and not page.url.endswith(sight.address(world))
    if answer.status != sight.status or strayed:
        return [f"answers {answer.status} at {page.url}"]
    found: list[str] = []
    for name, variant in variants.items():
        against = _look_at(page, variant, f"{sight.name}-{name}")
        if variant.axe:
            count = counts.setdefault(name, [0, 0])
            count[0] += 1
            count[1] += len(against.violations)
        found += [f"({name}) {line}" for line in (*against.violations, *against.others)]
    page.set_viewport_size(PHONE)
    return found


class Found(NamedTuple):
    """What is wrong: what axe-core says, and what else."""

    violations: list[str]
    others: list[str]


def _look_at(page: Page, variant: Variant, name: str) -> Found:
    """The page that stands, in other clothes."""
    page.emulate_media(color_scheme=variant.theme, reduced_motion="reduce")
    page.evaluate(WEAR, variant.elder)
    page.set_viewport_size(variant.size)
    with as_tall_as_the_page(page):
        keep_picture(page, name)
        asked = {"of_style": not variant.anew, "elder": variant.elder}
        against = violations(page, **asked) if variant.axe else []
        others = measured(page, *variant.questions)
    for size in (variant.size, NARROW) if variant.narrow else (variant.size,):
        page.set_viewport_size(size)
        if wider := sideways(page):
            widest = measured(page, "widest")
            others.append(f"{wider} pixels wider than the window of {size}: {widest}")
    return Found(against, others)


def _arrive(page: Page, world: World, sight: Sight) -> Response:
    answer = page.goto(sight.address(world))
    if sight.then:
        with page.expect_navigation() as arrival:
            sight.then(page, world)
        answer = arrival.value
    assert answer is not None
    return answer


@functools.cache
def _pages() -> frozenset[str]:
    """Templates that are whole pages: they extend another one, and none extends them."""
    extended = {
        str(file.relative_to(folder)): found[1]
        for folder in map(Path, get_app_template_dirs("templates"))
        for file in folder.rglob("*.html")
        if (found := EXTENDS.search(file.read_text(encoding="utf-8"))) and _is_ours(folder)
    }
    return frozenset(extended) - frozenset(extended.values())


def _is_ours(folder: Path) -> bool:
    return "unionhall" in folder.parts


def _routes(resolver: URLResolver, space: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        if hasattr(one, "url_patterns"):
            yield from _routes(one, f"{space}{one.namespace}:" if one.namespace else space)
        elif not space.startswith("api"):
            yield _name(one, space)


def _name(route: URLPattern, space: str) -> str:
    return f"{space}{route.name}"
