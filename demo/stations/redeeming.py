"""The voucher: told, shown, redeemed once, undone for a reason that both see."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from demo.journey import eventually
from demo.pages import JourneyError

if TYPE_CHECKING:
    from demo.journey import Journey
    from demo.pages import Page

REASON = "点错了人"


def told(journey: Journey) -> str:
    """The worker has delivered the message."""

    def look() -> str | None:
        words = journey.browser_of("member").get("/inbox/").must_be(200).words
        return "message of the prize delivered by the worker" if "你得奖了" in words else None

    return eventually(look, "the inbox does not say that she won")


def shown(journey: Journey) -> str:
    """Her voucher with its code and number; nobody else's business."""
    browser = journey.browser_of("member")
    page = browser.get("/vouchers/").must_be(200).must_say("有 1 张券能用")
    link = next(link for link in page.links if re.fullmatch(r"/vouchers/\d+/", link))
    page = browser.get(journey.keep("voucher", link)).must_be(200).must_say("苏惊蛰")
    number = re.search(rb'class="code">([^<]+)<', page.body)
    if number is None or b"<svg" not in page.body:
        raise JourneyError("the voucher shows no number or no QR code")
    journey.carried["number"] = number[1].decode()
    journey.browser_of("elder").get(link).must_be(404)
    return f"voucher {journey.carried['number']} with QR code; not to be seen by others"


def another_shop(journey: Journey) -> str:
    """The cinema's clerk is told where the voucher belongs."""
    check(journey, "cinema").must_be(409).must_say("不是本店的券", "云杉面包坊")
    return "another shop is told where it belongs; nothing is used up"


def redeemed(journey: Journey) -> str:
    """Good, for whom, for what; then one press."""
    page = check(journey, "clerk").must_be(200).must_say("可以用", "苏*蛰")
    browser = journey.browser_of("clerk")
    page = browser.submit(page, page.form("/redemptions/", having="number")).must_be(200)
    journey.keep("redemption", page.must_say("核销好了").path)
    journey.browser_of("member").get(journey.carried["voucher"]).must_say("已用", "云杉面包坊")
    return "good, redeemed; the member sees when and where"


def second_time(journey: Journey) -> str:
    """The colleague at the other till sees the same."""
    page = check(journey, "manager").must_be(409)
    page.must_say("这张用过了", "请不要再给一份", "云杉面包坊")
    return "second redemption refused, with when and where"


def undone(journey: Journey) -> str:
    """Only the manager may; the reason is on both sides."""
    journey.browser_of("clerk").get(f"{journey.carried['redemption']}undo/").must_be(403)
    browser = journey.browser_of("manager")
    page = browser.get(f"{journey.carried['redemption']}undo/").must_be(200)
    page = browser.submit(page, page.form(having="reason"), {"reason": REASON}).must_be(200)
    page.must_say("撤销了", REASON)
    journey.browser_of("member").get(journey.carried["voucher"]).must_say(REASON)
    return f"undone by the manager ({REASON}), told to the member"


def again(journey: Journey) -> str:
    """The voucher lives again."""
    page = check(journey, "clerk").must_be(200)
    browser = journey.browser_of("clerk")
    browser.submit(page, page.form("/redemptions/", having="number")).must_say("核销好了")
    return "redeemed again after the undoing"


def total_of_the_day(journey: Journey) -> str:
    """One voucher, eighty yuan."""
    journey.browser_of("clerk").get("/merchant/today/").must_be(200).must_say("1 张，80", REASON)
    return "1 voucher, 80 yuan; the undone one is listed and not counted"


def check(journey: Journey, part: str) -> Page:
    """A clerk types the number."""
    browser = journey.browser_of(part)
    page = browser.get("/merchant/").must_be(200)
    number = {"number": journey.carried["number"]}
    return browser.submit(page, page.form("/check/", having="number"), number)
