"""The winners' list as something that anybody can check.

Each line carries a commitment: SHA-256 of ``salt|contest|place|attempt|handed in`` (the time in
UTC, ISO 8601 with microseconds). Only the winner knows her salt, so the list tells nobody who
she is, and she can show that the line is hers. Lines are chained: each link is SHA-256 of
``link before|place|commitment``, the first one of ``unionhall winners 1|contest|0``. Whoever
kept an earlier list, or only its last link, sees whether a place was added, removed or moved.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable


def commitment(
    *, salt: str, contest_id: int, place: int, attempt_id: int, handed_in_at: dt.datetime
) -> str:
    """The hash that stands on a winner's line."""
    moment = handed_in_at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return _hash(f"{salt}|{contest_id}|{place}|{attempt_id}|{moment}")


def first_link(contest_id: int) -> str:
    """Where the chain of a contest begins."""
    return _hash(f"unionhall winners 1|{contest_id}|0")


def links(contest_id: int, lines: Iterable[tuple[int, str]], *, after: str = "") -> list[str]:
    """The chain over (place, commitment), one link for each line; of later lines, ``after`` the link before."""
    chain, link = [], after or first_link(contest_id)
    for place, committed in lines:
        link = _hash(f"{link}|{place}|{committed}")
        chain.append(link)
    return chain


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
