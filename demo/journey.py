"""The main job of the product as its cast lives it, one small function a station.

Each station does one person's part over HTTP and returns in one line what happened. Anything else
than expected is a JourneyError.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from demo.pages import JourneyError
from demo.visitor import Visitor
from unionhall.site.cast import player

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.pages import Page

T = TypeVar("T")
PATIENCE_S = 30


@dataclass
class Journey:
    """Who is on the way, each with a browser, and what is carried from station to station."""

    base: str
    visitors: dict[str, Visitor] = field(default_factory=dict)
    carried: dict[str, str] = field(default_factory=dict)
    moments: dict[str, float] = field(default_factory=dict)

    def browser_of(self, part: str) -> Visitor:
        """The same browser each time."""
        return self.visitors.setdefault(part, Visitor(self.base))

    def keep(self, name: str, path: str) -> str:
        """Carries an address on."""
        self.carried[name] = path
        return path


def sign_in(journey: Journey, part: str) -> Page:
    """By phone and code, agreeing to what the journey needs; where one lands."""
    page, code = ask_for_code(journey, part, "privacy", "roll", "winners")
    page = journey.browser_of(part).submit(page, page.form(having="code"), {"code": code})
    if "/sign-in/" in page.must_be(200).path:
        raise JourneyError(f"{part} is still at {page.path}: {page.words[:300]}")
    return page


def ask_for_code(journey: Journey, part: str, *consents: str) -> tuple[Page, str]:
    """The page that asks for the code, and the code, once the worker has sent it."""
    browser, phone = journey.browser_of(part), player(part).phone
    before = codes_sent_to(journey, phone)
    page = browser.get("/sign-in/").must_be(200)
    agreed = dict.fromkeys(consents, "on")
    page = browser.submit(page, page.form(having="phone"), {"phone": phone, **agreed}).must_be(200)

    def look() -> str | None:
        now = codes_sent_to(journey, phone)
        return now[0] if len(now) > len(before) else None

    return page, eventually(look, f"no code was sent to {phone}")


def codes_sent_to(journey: Journey, phone: str) -> list[str]:
    """From the page that shows what was "sent", the newest first; it may mask the phone."""
    words = journey.browser_of("anybody").get("/demo/texts/").must_be(200).words
    return re.findall(rf"{phone[:3]}[\d*]{{4}}{phone[-4:]}\D*?(\d{{6}})\b", words)


def show_second_factor(journey: Journey, part: str) -> Page:
    """Goes to the desk, where the second factor is asked for; the desk's first page."""
    browser = journey.browser_of(part)
    page = browser.get("/desk/").must_be(200)
    words = journey.browser_of("anybody").get("/demo/").must_be(200).words
    found = re.search(rf"{player(part).phone}.*?(?<!\d)(\d{{6}})(?!\d)", words)
    if found is None:
        raise JourneyError(f"/demo/ shows no code for {part}")
    return browser.submit(page, page.form(having="code"), {"code": found[1]}).must_be(200)


def eventually(look: Callable[[], T | None], otherwise: str) -> T:
    """What ``look`` finds, as soon as it finds something; the worker has PATIENCE_S for it."""
    deadline = time.monotonic() + PATIENCE_S
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise JourneyError(f"after {PATIENCE_S} s {otherwise}")
        time.sleep(0.3)
    return found
