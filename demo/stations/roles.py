"""Roles: given by whoever may, good at once, and at once over when they are taken away."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from demo.pages import JourneyError
from unionhall.site.cast import PLANT, player

if TYPE_CHECKING:
    from demo.journey import Journey
    from demo.pages import Page

STEP_S = 30
BECAUSE = "委员会 11 月的会议"


def role_given(journey: Journey) -> str:
    """An officer appoints a member, who connects an authenticator of her own and sees her desk."""
    officer, browser = journey.browser_of("officer"), journey.browser_of("member")
    browser.get("/desk/members/").must_be(403)
    page = officer.get(f"/desk/unions/?{urlencode({'q': PLANT})}").must_be(200)
    numbered = next(link for link in page.links if re.fullmatch(r"/desk/unions/\d+/", link))
    page = officer.get(journey.keep("her union", numbered)).must_be(200).must_say(PLANT)
    said = {"phone": player("member").phone, "role": "officer", "because": BECAUSE}
    page = officer.submit(page, page.form("/offices/", having="phone"), said)
    page.must_be(200).must_say(f"从今天起是{PLANT}的")
    page = browser.get("/desk/members/").must_be(200)
    connected = browser.submit(page, page.form(having="code"), {"code": code_of(page)})
    connected.must_be(200)
    browser.get("/desk/members/").must_be(200).must_say(player("elder").name)
    return f"{player('member').name} appointed in {PLANT}; her desk opens with a second factor"


def role_taken(journey: Journey) -> str:
    """The office ends: her next request is refused, and the ledger tells what was done, and by whom."""
    officer, browser = journey.browser_of("officer"), journey.browser_of("member")
    page = officer.get(journey.carried["her union"]).must_be(200)
    page = officer.submit(page, page.form("/dismissal/"), {}).must_be(200)
    browser.get("/desk/members/").must_be(403)
    told = officer.get(page.link("/desk/ledger/union/")).must_be(200)
    by = player("officer").name
    told.must_say(f"{by} 任命了一位负责人", f"{by} 结束了一位负责人的任职")
    return "her next request refused; the ledger tells that she was appointed and dismissed"


def code_of(page: Page) -> str:
    """What an authenticator shows that was given the key on this page (RFC 6238, SHA-1, 6 digits)."""
    key = re.search(r"\b(?:[A-Z2-7]{4} )+[A-Z2-7]{1,4}\b", page.words)
    if key is None:
        raise JourneyError(f"{page.path} shows no key: {page.words[:300]}")
    secret = base64.b32decode(key[0].replace(" ", ""))
    counted = struct.pack(">Q", int(time.time()) // STEP_S)
    digest = hmac.digest(secret, counted, hashlib.sha1)
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 0xF)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"
