"""Coming in: consents, codes, second factors, and the roll."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.journey import ask_for_code, show_second_factor, sign_in
from demo.pages import JourneyError
from unionhall.site.cast import player

if TYPE_CHECKING:
    from demo.journey import Journey


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
