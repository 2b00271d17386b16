"""What a key looks like, and how much may be done with one."""

from __future__ import annotations

import hashlib
import secrets

BEGINS = "uh_"  # so that whoever finds one, a person or a scanner of code, knows what it is
RANDOM_BYTES = 32
SHOWN = len(BEGINS) + 8  # of its characters; 208 random bits stay unseen
DEFAULT_DAYS, MOST_DAYS = 365, 730
OVERLAP_DAYS = 7  # in which the old key opens beside its successor
WARN_DAYS = 30  # before a key ends its officers are told
MOST_LIVE = 20  # keys of one union
MOST_A_MINUTE = 300  # requests with one key


def new_secret() -> str:
    """``uh_`` and 256 random bits in base64url."""
    return BEGINS + secrets.token_urlsafe(RANDOM_BYTES)


def digest_of(secret: str) -> str:
    """SHA-256 in hex. Enough for what is random (OWASP ASVS 5.0 §11.4.2): it cannot be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
