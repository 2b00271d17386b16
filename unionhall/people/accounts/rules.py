"""How often a code may be asked for, how long it lives, how often it may be guessed.

Sources: OWASP ASVS 5.0 §6.5 (once, 20 bits or more, 10 minutes or less), §6.6; RFC 6238 §5.2 (a
code of an authenticator is accepted once). The pace keeps a phone from being flooded with texts.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CODE_DIGITS = 6
RECOVERY_DIGITS = 8
CODE_LIVES = dt.timedelta(minutes=5)
GUESSES = 5
CONSENT_VERSION = "2026-11"  # of the texts behind every kind of consent
SECOND_FACTOR_TRIES = 5
SECOND_FACTOR_REFILL = dt.timedelta(minutes=15)
PASSKEYS_MOST, PASSKEY_NAME = 10, 40
PASSWORD_TRIES = 10  # an hour, of one phone from one network
PASSWORD_SIGNS = 12  # at least
STEP_SECONDS = 30  # of an authenticator's clock
ARRIVAL_LIVES = dt.timedelta(minutes=30)  # from coming back until a phone is proved
ARRIVALS_REMEMBERED = dt.timedelta(days=1)
ERRAND_LIVES_S = 600  # from leaving until coming back
MARKED_EVERY = dt.timedelta(hours=1)  # how exactly it is known when a device was last used
CODES_REMEMBERED = dt.timedelta(days=2)  # the longest pace is a day


# What a browser says of itself, in the order in which it is asked: each claims to be some of the later ones, too.
SYSTEMS = {
    "iPad": "ipad", "iPhone": "iphone", "OpenHarmony": "harmony", "HarmonyOS": "harmony", "Android": "android",
    "Windows": "windows", "Macintosh": "mac", "Linux": "linux",
}  # fmt: skip
PROGRAMS = {
    "MicroMessenger": "wechat", "DingTalk": "dingtalk", "Edg": "edge", "HuaweiBrowser": "huawei",
    "MiuiBrowser": "xiaomi", "UCBrowser": "uc", "QQBrowser": "qq", "Firefox": "firefox", "Chrome": "chrome",
    "Safari": "safari",
}  # fmt: skip


@dataclass(frozen=True)
class Pace:
    """At most ``count`` within any ``window``."""

    count: int
    window: dt.timedelta


PHONE_PACES = (
    Pace(1, dt.timedelta(minutes=1)),
    Pace(5, dt.timedelta(hours=1)),
    Pace(10, dt.timedelta(days=1)),
)
LONGEST_WINDOW = max(pace.window for pace in PHONE_PACES)


def seconds_to_wait(asked: Sequence[dt.datetime], now: dt.datetime) -> int:
    """Whole seconds until one more may be asked for; 0 when it may be now.

    ``asked`` are the earlier times, newest first, as far back as the longest window.
    """
    waits = [
        (asked[pace.count - 1] + pace.window - now).total_seconds()
        for pace in PHONE_PACES
        if len(asked) >= pace.count
    ]
    longest = max([*waits, 0])
    return int(longest) + (longest > int(longest))


def network_of(address: str) -> str:
    """One place: an IPv4 address, or the /64 of an IPv6 subscriber; else the text itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def place_of(address: str) -> str:
    """Roughly where an address is: its first three parts. One house of many, and no more, is told."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return place_of(str(parsed.ipv4_mapped))
        return str(ipaddress.ip_network((parsed, 48), strict=False).network_address) + "*"
    return f"{str(parsed).rpartition('.')[0]}.*"


def device_of(user_agent: str) -> str:
    """A system and a program, as ``iphone/wechat``; what is not known is left out."""
    system, program = (
        next((code for sign, code in signs.items() if sign in user_agent), "")
        for signs in (SYSTEMS, PROGRAMS)
    )
    return f"{system}/{program}"


def is_wechat(user_agent: str) -> bool:
    """Whether a page is shown inside WeChat."""
    return "MicroMessenger" in user_agent


def digits_of(text: str) -> str:
    """The digits somebody typed, whatever stands between them; full-width ones count."""
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


def step_of(now: dt.datetime) -> int:
    """The step of an authenticator's clock (RFC 6238 §4.2)."""
    return int(now.timestamp()) // STEP_SECONDS
