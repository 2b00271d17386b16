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
STEP_SECONDS = 30  # of an authenticator's clock
CODES_REMEMBERED = dt.timedelta(days=2)  # the longest pace is a day


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


def digits_of(text: str) -> str:
    """The digits somebody typed, whatever stands between them; full-width ones count."""
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


def step_of(now: dt.datetime) -> int:
    """The step of an authenticator's clock (RFC 6238 §4.2)."""
    return int(now.timestamp()) // STEP_SECONDS
