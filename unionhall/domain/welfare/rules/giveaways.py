"""How a giveaway stands at a moment, and when whoever waits should ask again."""

from __future__ import annotations

import datetime as dt
import secrets
from enum import StrEnum

SPREAD_S = 5.0  # whoever waits for the opening asks again within so many seconds of each other
FAR_S = 60.0  # from here on the opening is far: one look every half minute or so
GONE_S = 60.0  # something may be given back; nobody needs to see that at once


class Stage(StrEnum):
    """What anybody can be told of a giveaway, whoever asks."""

    SOON = "soon"
    OPEN = "open"
    GONE = "gone"
    CLOSED = "closed"


def stage_at(
    moment: dt.datetime,
    *,
    opens_at: dt.datetime | None,
    closes_at: dt.datetime | None,
    left: int,
) -> Stage:
    """By the server's clock; what has ended is closed, whether something is left or not."""
    if closes_at is not None and closes_at <= moment:
        return Stage.CLOSED
    if opens_at is not None and moment < opens_at:
        return Stage.SOON
    return Stage.OPEN if left > 0 else Stage.GONE


def ask_again_in(stage: Stage, seconds_to_opening: float) -> float | None:
    """Seconds until one should ask again, with a random part of its own for each who asks; ``None``: never."""
    chance = secrets.randbelow(1000) / 1000
    if stage is Stage.SOON:
        near = max(0.0, min(seconds_to_opening, FAR_S / 2))
        return near + 0.5 + chance * SPREAD_S
    if stage is Stage.OPEN:
        return SPREAD_S * (1 + chance)
    return GONE_S * (0.5 + chance) if stage is Stage.GONE else None
