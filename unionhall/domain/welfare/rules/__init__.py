"""Decisions about vouchers: values in, values out."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

ECHO = dt.timedelta(seconds=60)  # the same clerk again: a double click, no alarm
UNDO_WITHIN = dt.timedelta(hours=24)
UNKNOWN_NUMBERS_ALLOWED = (
    20  # per clerk and window; a human copies wrong now and then, a guesser always
)
UNKNOWN_NUMBERS_WINDOW = dt.timedelta(minutes=15)
UNUSUAL_PER_MINUTE = 6  # more than these by one clerk: nobody hands out goods that fast
SPEED_WINDOW = dt.timedelta(seconds=60)
REMIND_BEFORE = dt.timedelta(days=3)
LAPSES_SOON = dt.timedelta(days=7)  # then it is among what there is to do today


class Standing(StrEnum):
    """How a voucher stands, as its owner and a clerk see it."""

    USABLE = "usable"
    USED = "used"
    EXPIRED = "expired"
    RETURNED = "returned"


_OF_STATE = {"used": Standing.USED, "expired": Standing.EXPIRED, "released": Standing.RETURNED}


def standing(state: str, expires_at: dt.datetime | None, now: dt.datetime) -> Standing:
    """By the state of the claim; a held one that is past its time has expired, swept or not."""
    if state in _OF_STATE:
        return _OF_STATE[state]
    return Standing.EXPIRED if expires_at is not None and expires_at <= now else Standing.USABLE


def is_echo(redeemed_at: dt.datetime, now: dt.datetime, *, by_the_same_clerk: bool) -> bool:
    """Whether a redemption pressed again is the clerk's own second click."""
    return by_the_same_clerk and now - redeemed_at < ECHO


def may_be_undone(redeemed_at: dt.datetime, now: dt.datetime) -> bool:
    """A redemption can be undone for 24 hours; after that the money is settled."""
    return now - redeemed_at < UNDO_WITHIN


def yuan(cents: int) -> str:
    """8000 is ``80``, 7950 is ``79.50``, 123400 is ``1,234``."""
    whole, rest = divmod(cents, 100)
    return f"{whole:,}.{rest:02}" if rest else f"{whole:,}"


def last_whole_day(expires_at: dt.datetime) -> dt.date | None:
    """The last day, by its own zone, of what ends at midnight; ``None`` for any other hour."""
    if expires_at.time() != dt.time.min:
        return None
    return expires_at.date() - dt.timedelta(days=1)


def is_unusually_fast(within_a_minute: int) -> bool:
    """Whether one clerk redeemed more in a minute than goods can be handed out."""
    return within_a_minute > UNUSUAL_PER_MINUTE
