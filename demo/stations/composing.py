"""The officer's part: a new lecture hall from an old one, tried, published; a paper entered."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from demo.pages import JourneyError
from demo.stations.answering import given
from demo.stations.deciding import desk_of

if TYPE_CHECKING:
    from demo.journey import Journey

TITLE = "柳泉镇职工大讲堂（复办）"
MOMENT = "%Y-%m-%dT%H:%M"


def copied(journey: Journey) -> str:
    """Last year's hall with new dates; the margin says what is still missing."""
    browser = journey.browser_of("officer")
    page = browser.get("/desk/lectures/").must_be(200)
    page = browser.submit(page, page.form("/copy/")).must_be(200)
    journey.keep("compose", page.path)
    values: dict[str, str] = {"title": TITLE}
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    for name in page.form("/draft/").fields:
        if name.endswith("-opens_at"):
            values[name] = tomorrow.strftime(MOMENT)
        elif name.endswith("-closes_at"):
            values[name] = (tomorrow + dt.timedelta(days=20)).strftime(MOMENT)
    page = browser.submit(page, page.form("/draft/"), values, button="publish").must_be(200)
    page.must_say("读一遍，没错就发布", TITLE, "题库够抽 55 题", "讲座有字幕")
    return "copied, dated, checked: it may be published"


def tried(journey: Journey) -> str:
    """The officer sits her own quiz; it counts for nothing."""
    browser = journey.browser_of("officer")
    page = browser.get(journey.carried["compose"].replace("/compose/", "/publish/"))
    page = browser.submit(page, page.form("/trial/")).must_be(200).must_say("这是试答，不算数")
    values = given(page, right=True) | {"go": "next"}
    browser.submit(page, page.form(having="seq"), values).must_be(200)
    return "tried by the officer herself, without effect"


def published(journey: Journey) -> str:
    """Members see it at once, with the day on which it opens."""
    browser = journey.browser_of("officer")
    page = browser.get(journey.carried["compose"].replace("/compose/", "/publish/"))
    publish = next(form for form in page.forms if form.action == "" and form.method == "post")
    browser.submit(page, publish).must_be(200).must_say("发布了")
    journey.browser_of("member").get("/lectures/").must_be(200).must_say(TITLE)
    if TITLE in journey.browser_of("stranger").get("/lectures/").must_be(200).words:
        raise JourneyError("the new lecture is listed for a member of another town")
    return "published; listed for its members and for nobody else"


def on_paper(journey: Journey) -> str:
    """Somebody without a telephone, entered at the desk in the same order."""
    browser = journey.browser_of("officer")
    waiting = browser.get(f"{desk_of(journey)}not-started/").must_be(200)
    name = re.search(r"<td[^>]*>([^<]+)</td>", waiting.body.decode())
    if name is None:
        raise JourneyError("nobody is listed as not having started")
    page = browser.get(f"{desk_of(journey)}paper/?q={quote(name[1])}").must_be(200)
    form = page.form(having="score")
    chosen = form.options["member"][-1].value
    page = browser.submit(page, form, {"member": chosen, "score": 120}).must_be(200)
    page.must_say("登记好了：及格，第 3 名，有奖")
    return "entered on paper: place 3 in the same order"
