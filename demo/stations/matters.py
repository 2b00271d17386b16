"""Joining, correcting, changing unions: asked by those whom it concerns, answered at the desk."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from demo.journey import eventually, sign_in
from demo.pages import JourneyError
from unionhall.base.chinese_ids import made_up_id
from unionhall.site.cast import OTHER_PLANT, PLANT, TOWN, player

if TYPE_CHECKING:
    from demo.journey import Journey
    from demo.pages import Page

HERS = "油漆车间"


def joining(journey: Journey) -> str:
    """A courier without an employer: three taps, name and ID; the street's officer lets her in."""
    sign_in(journey, "newcomer")
    browser, name = journey.browser_of("newcomer"), player("newcomer").name
    page = browser.get("/enrolment/new/").must_be(200).must_say("你在哪里上班？")
    page = browser.get(page.link("/enrolment/new/courier/")).must_be(200)
    page = browser.get(f"{page.path}?{urlencode({'q': TOWN})}").must_be(200)
    page = browser.get(page.link("/enrolment/new/courier/")).must_be(200).must_say(TOWN)
    number = made_up_id(born=dt.date(1995, 5, 5), sequence=301)
    said = {"name": name, "id_number": number}
    page = browser.submit(page, page.form(having="id_number"), said).must_be(200)
    page.must_say("申请交了")
    officer = journey.browser_of("officer")
    answered = officer.get(f"/desk{page.path}").must_be(200).must_say(name)
    officer.submit(answered, answered.form("/acceptance/"), {}).must_be(200)
    browser.get(page.path).must_be(200).must_say("欢迎，你已经是工会会员。")
    browser.get("/").must_be(200).must_say(TOWN)
    journey.browser_of("other_officer").get(f"/desk{page.path}").must_be(404)
    return f"{name} joined {TOWN} in three taps; another town's officer finds nothing"


def correction(journey: Journey) -> str:
    """A department that is wrong on the roll: asked, made sure of, right."""
    browser, officer = journey.browser_of("member"), journey.browser_of("officer")
    page = browser.get("/corrections/new/department/").must_be(200)
    page = browser.submit(page, page.form(having="department"), {"department": HERS}).must_be(200)
    asked = officer.get(f"/desk{page.path}").must_be(200).must_say(HERS)
    officer.submit(asked, asked.form("/acceptance/"), {}).must_be(200)
    browser.get(page.path).must_be(200).must_say("改好了")
    return f"{player('member').name}'s department corrected by her union"


def transfer(journey: Journey) -> str:
    """The new union takes her, the old one lets her go, and she reads it."""
    browser, officer = journey.browser_of("stranger"), journey.browser_of("officer")
    page = browser.get("/enrolment/transfer/").must_be(200).must_say(OTHER_PLANT)
    form = page.form(having="union_named")
    page = browser.submit(page, form, {"union_named": PLANT}).must_be(200)
    asked = officer.get(f"/desk{page.path}").must_be(200)
    asked = officer.submit(asked, asked.form("/acceptance/"), {}).must_be(200)
    old = journey.browser_of("other_officer")
    request = old.get(asked.link("/desk/members/transfers/")).must_be(200)
    old.submit(request, request.form(having="answer"), button="agree").must_be(200)

    def look() -> Page | None:
        now = browser.get(page.path).must_be(200)
        return now if "转好了" in now.words else None

    eventually(look, "the transfer was not done")
    if PLANT not in browser.get("/me/").must_be(200).words:
        raise JourneyError("she is not in her new union")
    return f"{player('stranger').name} went from {OTHER_PLANT} to {PLANT} with both sides' consent"
