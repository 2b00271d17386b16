"""The lecture: locked until watched, credited by the wall clock, readable instead."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from demo.pages import JourneyError

if TYPE_CHECKING:
    from demo.journey import Journey

SPEED = 1.5  # the fastest playing that counts
REPORT_EVERY_S = 3.0


def what_is_promised(journey: Journey) -> str:
    """The member finds the lecture; its page says what, who and how many."""
    browser = journey.browser_of("member")
    page = browser.get("/lectures/").must_be(200).must_say("冬季用气安全", "心里有事，怎么说")
    links = [link for link in page.links if re.fullmatch(r"/lectures/\d+/", link)]
    phases = {title: link for link in links for title in [browser.get(link).words]}
    gas = next(link for words, link in phases.items() if "讲师 何立夏" in words)
    journey.keep("phase", gas)
    journey.browser_of("elder").get(f"{gas}text/").must_be(200)
    journey.moments["elder opened the text"] = time.monotonic()
    browser.get(gas).must_be(200).must_say("蛋糕券", "80")
    return f"2 lectures listed; {gas} promises 80 vouchers"


def locked(journey: Journey) -> str:
    """No quiz before the lecture; nothing at all for who is not meant."""
    phase = journey.carried["phase"]
    browser = journey.browser_of("member")
    page = browser.get(phase)
    browser.post(f"{phase}quiz/", page).must_be(409).must_say("还没看完")
    stranger = journey.browser_of("stranger")
    stranger.get(phase).must_be(404)
    if "冬季用气安全" in stranger.get("/lectures/").must_be(200).words:
        raise JourneyError("the lecture is listed for a member of another town")
    return "quiz locked before the lecture; lecture unknown to another town's member"


def forged(journey: Journey) -> str:
    """One request that claims the whole lecture earns nothing."""
    browser, api = journey.browser_of("member"), api_of(journey)
    journey.carried["player"] = browser.post_json(f"{api}player/", {}).must_be(200).json()["player"]
    journey.moments["player"] = time.monotonic()
    answer = report(journey, [(0, 3600)])
    if answer["watched"] or answer["done"]:
        raise JourneyError(f"a forged report earned {answer}")
    return "a forged report of the whole lecture earned 0 seconds"


def in_pieces(journey: Journey) -> str:
    """The video answers to ranges, so that a telephone can jump and resume."""
    browser = journey.browser_of("member")
    video = f"{journey.carried['phase']}video/"
    part = browser.get(video, Range="bytes=100-199").must_be(206)
    if len(part.body) != 100:  # noqa: PLR2004 - as asked
        raise JourneyError(f"asked for 100 bytes, got {len(part.body)}")
    browser.get(video, Range="bytes=999999999-").must_be(416)
    return "video served in ranges (206, 416)"


def watched(journey: Journey) -> str:
    """Watches in real time at the greatest speed that counts; then the quiz is open."""
    began, seen = journey.moments["player"], 0.0
    while True:
        time.sleep(REPORT_EVERY_S)
        now = (time.monotonic() - began) * SPEED
        answer = report(journey, [(seen, now)])
        seen = now if answer["settled"] == [True] else seen
        if answer["done"]:
            break
        if time.monotonic() - began > 300:  # noqa: PLR2004 - the demo's lectures last 90 s
            raise JourneyError(f"after 300 s still {answer}")
    took = time.monotonic() - began
    return f"{answer['watched']} s of the lecture watched in {took:.0f} s of wall time"


def read_instead(journey: Journey) -> str:
    """The elder reads the text: too early it does not count, in time it does."""
    browser, phase = journey.browser_of("elder"), journey.carried["phase"]
    page = browser.get(f"{phase}text/").must_be(200)
    deadline = time.monotonic() + 120
    while (page := browser.submit(page, page.form("/read/"))).status != 200:  # noqa: PLR2004
        page.must_be(409)
        if time.monotonic() > deadline:
            raise JourneyError("reading does not come to an end")
        time.sleep(2)
        page = browser.get(f"{phase}text/").must_be(200)
    took = time.monotonic() - journey.moments["elder opened the text"]
    page.must_say("可以答题了")
    return f"text read instead, counted {took:.0f} s after opening it"


def report(journey: Journey, pieces: list[tuple[float, float]]) -> dict[str, object]:
    """What the server makes of the pieces that the player says were played."""
    content = {"player": journey.carried["player"], "pieces": pieces}
    page = journey.browser_of("member").post_json(f"{api_of(journey)}watched/", content)
    answer: dict[str, object] = page.must_be(200).json()
    return answer


def api_of(journey: Journey) -> str:
    """The address of the phase in the interface."""
    number = journey.carried["phase"].strip("/").split("/")[-1]
    return f"/api/v1/lectures/phases/{number}/"
