"""The desk: the rush as it happens, the report, a review, and whom it is closed to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from demo.pages import JourneyError
from demo.stations.watching import api_of

if TYPE_CHECKING:
    from demo.journey import Journey

QUESTION, ANSWER = "为什么我排在第 2 位？", "按交卷先后，第 1 位比你早。"


def live(journey: Journey) -> str:
    """What the officer sees while it runs."""
    page = journey.browser_of("officer").get(f"{desk_of(journey)}live/").must_be(200)
    page.must_say("发了 3 份，还有 77 份", "苏*蛰")
    return "live view: 3 of 80 vouchers given, 77 left"


def report(journey: Journey) -> str:
    """Per union, on the page and as a workbook; no score of anybody."""
    browser = journey.browser_of("officer")
    page = browser.get(f"{desk_of(journey)}report/").must_be(200)
    page.must_say("沐霁家具有限责任公司工会")
    page = browser.get(page.link("/exports/new/lectures.unions/")).must_be(200)
    workbook = browser.submit(page, page.form(having="purpose"), {"purpose": "report"}).must_be(200)
    if not workbook.body.startswith(b"PK"):
        raise JourneyError("the report is no workbook")
    return f"report per union, and as a workbook of {len(workbook.body)} bytes"


def wrong_officer(journey: Journey) -> str:
    """The officer of another town finds nothing here."""
    browser = journey.browser_of("other_officer")
    for name in ("live/", "report/", "paper/", "to-sign/"):
        browser.get(desk_of(journey) + name).must_be(404)
    return "another town's officer finds none of it"


def review(journey: Journey) -> str:
    """Asked by the member, answered by the officer, read by the member."""
    member, officer = journey.browser_of("elder"), journey.browser_of("officer")
    page = member.get(journey.carried["result of elder"]).must_be(200)
    member.submit(page, page.form("/review/"), {"text": QUESTION}).must_be(200)
    page = officer.get("/desk/quiz/reviews/").must_be(200)
    link = next(link for link in page.links if re.fullmatch(r"/desk/quiz/reviews/\d+/", link))
    page = officer.get(link).must_be(200).must_say(QUESTION)
    officer.submit(page, page.form(having="text"), {"text": ANSWER}).must_be(200)
    member.get(journey.carried["result of elder"]).must_be(200).must_say(ANSWER)
    return "review asked, answered and read"


def interface(journey: Journey) -> str:
    """The same verbs for programs, described, and closed to who is not signed in."""
    journey.browser_of("passer-by").get(api_of(journey)).must_be(401)
    page = journey.browser_of("member").get("/api/v1/openapi.json").must_be(200)
    return f"interface: {len(page.json()['paths'])} paths described, 401 for the unknown"


def desk_of(journey: Journey) -> str:
    """The phase on the desk."""
    number = journey.carried["phase"].strip("/").split("/")[-1]
    return f"/desk/lectures/phases/{number}/"
