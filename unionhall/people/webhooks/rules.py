"""How an event is signed, how long a pause is, how much is kept. Standard Webhooks 1.0.0 (standardwebhooks.com), symmetric signatures."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

BEGINS = "whsec_"
RANDOM_BYTES = 32
MOST_LIVE = 10  # receivers of one union
OVERLAP = dt.timedelta(days=7)  # in which the old secret signs beside the new one
KEPT = dt.timedelta(days=30)  # what was delivered or given up, with its attempts
GONE = 410
FINE = range(200, 300)
_MINUTE, _HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
# As Standard Webhooks recommends: together a little more than three days.
PAUSES = [
    dt.timedelta(seconds=5),
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
]


def new_secret() -> str:
    """``whsec_`` and 256 random bits in base64."""
    return BEGINS + base64.b64encode(secrets.token_bytes(RANDOM_BYTES)).decode()


def signature(secret: str, *, number: str, moment: int, body: bytes) -> str:
    """``v1,`` and the HMAC-SHA-256 of ``number.moment.body`` in base64; ``moment`` in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(BEGINS))
    signed = b".".join([number.encode(), str(moment).encode(), body])
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def pause_after(tries: int) -> dt.timedelta | None:
    """Before the next one; None when it was tried often enough."""
    return PAUSES[tries - 1] if tries <= len(PAUSES) else None


def odd_address(url: str, *, http_too: bool = False) -> str:
    """What is wrong with an address, by a word; nothing where it can be asked."""
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        return "unreadable"
    if parts.scheme != "https" and not (http_too and parts.scheme == "http"):
        return "not_https"
    if not parts.hostname or not url.isascii() or any(sign.isspace() for sign in url):
        return "unreadable"
    return "with_name" if parts.username or parts.password else ""
