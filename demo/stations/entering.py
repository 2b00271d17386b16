"""Coming in: consents, codes, second factors, and the roll."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING

from demo.journey import ask_for_code, show_second_factor, sign_in
from demo.pages import JourneyError
from demo.visitor import Visitor
from unionhall.site.cast import player

if TYPE_CHECKING:
    from demo.journey import Journey
    from demo.pages import Page


def without_consent(journey: Journey) -> str:
    """Nothing is ticked beforehand, and nobody comes in without having agreed."""
    browser = journey.browser_of("passer-by")
    page = browser.get("/sign-in/").must_be(200)
    form = page.form(having="phone")
    ticked = [name for name in form.options if name in form.fields]
    if ticked:
        raise JourneyError(f"ticked beforehand: {ticked}")
    browser.submit(page, form, {"phone": player("stranger").phone}).must_be(422)
    return "nothing ticked beforehand; without consent no code is sent"


def wrong_code(journey: Journey) -> str:
    """A wrong code is refused, and the right one still works afterwards."""
    browser = journey.browser_of("manager")
    page, code = ask_for_code(journey, "manager", "privacy")
    wrong = "000000" if code != "000000" else "111111"
    page = browser.submit(page, page.form(having="code"), {"code": wrong}).must_be(409)
    page = browser.submit(page, page.form(having="code"), {"code": code}).must_be(200)
    return f"wrong code refused, right one taken; the shop's manager is at {page.path}"


def member(journey: Journey) -> str:
    """Found on the roll by her phone, because she agreed to it."""
    sign_in(journey, "member")
    sign_in(journey, "elder")
    journey.browser_of("member").get("/me/").must_be(200).must_say(player("member").name)
    return f"{player('member').name} and {player('elder').name} signed in, found on the roll"


def by_wechat(journey: Journey) -> str:
    """Connected once, WeChat lets the same person in by one tap, in a browser that never saw her phone."""
    connected = come_by(journey.browser_of("member"), "wechat").must_be(200)
    connected.must_say("小满")
    other = Visitor(journey.base)
    come_by(other, "wechat").must_be(200)
    other.get("/me/").must_be(200).must_say(player("member").name)
    return f"{player('member').name} connected WeChat, and came in by it in another browser"


def by_city(journey: Journey) -> str:
    """A city that vouches for a phone spares the text message; consent is asked all the same."""
    browser = Visitor(journey.base)
    page = come_by(browser, "city").must_be(200)
    browser.submit(page, page.form(having="privacy"), {"privacy": "on"}).must_be(200)
    browser.get("/me/devices/").must_be(200).must_say("云桥通", "199****0031")
    return "somebody whom the city knows came in without a text message"


def come_by(browser: Visitor, door: str) -> Page:
    """To the fake, and back as the first of its cast; where one lands."""
    page = browser.get(f"/sign-in/with/{door}/").must_be(200)
    return browser.get(urllib.parse.urljoin(page.url, page.link("who=0")))


def stranger(journey: Journey) -> str:
    """A member of another town, and two clerks."""
    for part in ("stranger", "clerk", "cinema"):
        sign_in(journey, part)
    return "a member of another town and two clerks signed in"


def officers(journey: Journey) -> str:
    """The desk opens after the second factor, and to nobody without an office."""
    for part in ("officer", "other_officer"):
        sign_in(journey, part)
        show_second_factor(journey, part)
        journey.browser_of(part).get("/desk/lectures/").must_be(200)
    journey.browser_of("member").get("/desk/").must_be(403)
    return "desk open to officers after their second factor, closed to a member"
