"""Every page of the product, as the cast sees it: usable by everybody, whole on every window."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.template.utils import get_app_template_dirs
from django.test.signals import template_rendered
from django.urls import get_resolver

from tests.browser import world as worlds
from tests.browser.checks import keep_picture, sideways, violations
from tests.browser.conftest import DESK, PHONE
from tests.browser.sights import NO_PAGE, SIGHTS, Sight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.template import Template
    from django.urls import URLPattern, URLResolver
    from playwright.sync_api import Page, Response
    from pytest_django.fixtures import SettingsWrapper

    from tests.browser.conftest import House
    from tests.browser.world import World

NARROW = {"width": 320, "height": 640}  # tried with the first mode: WCAG 1.4.10
MODES = {
    "390": (PHONE, False, "light"),
    "390-elder": (PHONE, True, "light"),
    "390-dark": (PHONE, False, "dark"),
    "1440": (DESK, False, "light"),
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


def test_every_page_can_be_used_by_everybody(
    house: House, world: World, rendered: list[str]
) -> None:
    """WCAG 2.2 A and AA by axe-core, nothing wider than the window, a picture for who asks; in every mode.

    And by the templates' names no page is left out, such as one that only answers a form.
    """
    troubles: list[str] = []
    for mode in MODES:
        looked_at: set[str] = set()
        for sight, page in _opened(house, world, mode):
            troubles += [
                f"{sight.name} ({mode}): {line}" for line in _look(page, world, sight, mode)
            ]
            looked_at.add(rendered[-1])
        troubles += [f"{name} ({mode}): no sight shows it" for name in _pages() - looked_at]
    if troubles:
        pytest.fail("\n".join(troubles))


def _opened(house: House, world: World, mode: str) -> Iterator[tuple[Sight, Page]]:
    """Each sight with the browser of whoever looks."""
    size, elder, theme = MODES[mode]
    pages: dict[str, Page] = {}
    for sight in SIGHTS:
        if sight.part not in pages:
            user = world.users.get(sight.part)
            pages[sight.part] = house.open_as(user, size=size, elder=elder, theme=theme)
        yield sight, pages[sight.part]
    for page in pages.values():
        page.context.close()


def _look(page: Page, world: World, sight: Sight, mode: str) -> list[str]:
    """What is wrong with the page, a line each."""
    page.set_viewport_size(MODES[mode][0])
    answer = _arrive(page, world, sight)
    keep_picture(page, f"{sight.name}-{mode}")
    strayed = not sight.then and not page.url.endswith(sight.address(world))
    if answer.status != sight.status or strayed:
        return [f"answers {answer.status} at {page.url}"]
    found = violations(page)
    if mode == "390":
        page.set_viewport_size(NARROW)
    if wider := sideways(page):
        found.append(f"{wider} pixels wider than the window of {page.viewport_size}")
    return found


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
