"""How blocks of the ledger hang together. The digest of a block's entries is in ``queries``."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Protocol

from unionhall.base.ledger import anchor

MOST_IDS = 10_000  # of one block


@dataclass(frozen=True)
class Bounds:
    """Which ids a block holds."""

    number: int
    first_id: int
    last_id: int


class Block(Protocol):
    """What a sealed block says of itself, as ``models.Seal`` does."""

    number: int
    first_id: int
    last_id: int
    count: int
    digest: str
    chained: str
    sealed_at: dt.datetime


def next_bounds(before: Block | None, *, up_to: int) -> Bounds | None:
    """Of the block behind ``before``; None if nothing is left up to that id."""
    number, first = (before.number + 1, before.last_id + 1) if before else (1, 1)
    if first > up_to:
        return None
    return Bounds(number, first, min(first + MOST_IDS - 1, up_to))


def follows(before: Block | None, block: Block) -> bool:
    """Whether no number and no id is left out between them."""
    wanted = next_bounds(before, up_to=block.last_id)
    return wanted is not None and (wanted.number, wanted.first_id) == (block.number, block.first_id)


def chained(before: Block | None, block: Block) -> str:
    """SHA-256, in hexadecimal, of the link before and of all that the block says of itself."""
    at = block.sealed_at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    link = before.chained if before else ""
    ids = f"{block.number} {block.first_id} {block.last_id}"
    return hashlib.sha256(f"{link} {ids} {block.count} {block.digest} {at}".encode()).hexdigest()


def anchored(block: Block) -> str:
    """Its line in the anchor."""
    return anchor.line(block.number, block.last_id, block.chained)
