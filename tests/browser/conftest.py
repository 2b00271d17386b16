"""A real browser before the real server: pages as the cast sees them.

The live server answers on a free port with the product's own static files and content policy. Every page that a test
opens is watched: an error in a script, a breach of the content policy or a request to another host fails the test.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.test import Client

from unionhall.site.second_factor import remember

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page
    from pytest_django.live_server_helper import LiveServer

    from unionhall.people.accounts.models import User

# The shell is the same engine without windows of its own: each page costs it a third less.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
PATH = Path(__file__).parent
PATIENCE = 60_000  # ms for what must come at all: how soon, on a busy machine, says nothing about the product
LOOKS = pytest.StashKey[dict[str, list[int]]]()  # variant of a page: pages, violations of axe-core
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder needs a browser."""
    for item in items:
        if item.path.parent == PATH:
            item.add_marker(pytest.mark.browser)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """The table of what axe-core was asked, and held against the pages."""
    looks = config.stash.get(LOOKS, {})
    if not looks:
        return
    line = "{:<28}{:>7}{:>12}"
    terminalreporter.write_line(line.format("axe-core, WCAG 2.2 A/AA", "pages", "violations"))
    for variant, (pages, found) in looks.items():
        terminalreporter.write_line(line.format(variant, pages, found))


@dataclass
class House:
    """The running server, and whatever a test opens of it."""

    browser: Browser
    address: str
    contexts: list[BrowserContext] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    others: set[str] = field(default_factory=set)  # hosts that it may ask: fakes

    def open_as(
        self,
        user: User | None,
        *,
        size: dict[str, int] = PHONE,
        elder: bool = False,
        theme: str = "light",
        language: str = "zh-hans",
        javascript: bool = True,
        user_agent: str | None = None,
    ) -> Page:
        """A page of a browser in which ``user`` is signed in already, with both factors."""
        context = self.browser.new_context(
            viewport=size,
            color_scheme=theme,
            locale="zh-CN",
            java_script_enabled=javascript,
            base_url=self.address,
            user_agent=user_agent,
        )
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        cookies = _signed_in(user) if user else {}
        wishes = {"text_size": "elder" if elder else "normal", "language": language}
        if user:
            type(user).objects.filter(pk=user.pk).update(**wishes)
        else:
            cookies["size"] = signing.get_cookie_signer(salt="size").sign(wishes["text_size"])
            cookies["language"] = signing.get_cookie_signer(salt="language").sign(language)
        context.add_cookies(
            [{"name": name, "value": value, "url": self.address} for name, value in cookies.items()]
        )
        page = context.new_page()
        self._watch(page)
        return page

    def _watch(self, page: Page) -> None:
        host = urlsplit(self.address).netloc
        page.on("pageerror", lambda error: self.troubles.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda line: (
                "Content Security Policy" in line.text
                and self.troubles.append(f"{page.url}: {line.text}")
            ),
        )
        page.on(
            "request",
            lambda sent: (
                _is_foreign(sent.url, {host} | self.others)
                and self.troubles.append(f"{page.url} asks {sent.url}")
            ),
        )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("needs Chromium; name it in CHROMIUM or install the package chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
        "true"  # Playwright's loop runs in this thread and never meets the database
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def house(browser: Browser, live_server: LiveServer) -> Iterator[House]:
    house = House(browser, live_server.url)
    yield house
    for context in house.contexts:
        context.close()
    assert house.troubles == []


def _signed_in(user: User) -> dict[str, str]:
    """The session cookie of somebody who has passed every door of the sign-in."""
    client = Client()
    client.force_login(user)
    session = client.session
    remember(session, user)
    session.save()
    return {name: morsel.value for name, morsel in client.cookies.items()}


def _is_foreign(url: str, hosts: set[str]) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc not in hosts
