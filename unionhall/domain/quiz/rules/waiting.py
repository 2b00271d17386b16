"""How a contest stands at a moment, and when whoever waits for it should ask again."""

from __future__ import annotations

import datetime as dt
import secrets
from enum import StrEnum

SPREAD_S = 5.0  # whoever waits for the opening asks again within so many seconds of each other
FAR_S = 30.0  # while the opening is far off, one look every half minute


class Stage(StrEnum):
    """What anybody can be told of a contest, whoever asks."""

    SOON = "soon"
    OPEN = "open"
    CLOSED = "closed"


def stage_at(
    moment: dt.datetime, *, opens_at: dt.datetime | None, closes_at: dt.datetime | None, ended: bool
) -> Stage:
    """By the server's clock."""
    if ended or (closes_at is not None and closes_at <= moment):
        return Stage.CLOSED
    return Stage.SOON if opens_at is not None and moment < opens_at else Stage.OPEN


def ask_again_in(stage: Stage, seconds_to_opening: float) -> float | None:
    """Seconds until one should ask again, with a random part of its own for each who asks; ``None``: never."""
    if stage is not Stage.SOON:
        return None
    chance = secrets.randbelow(1000) / 1000
    return max(0.0, min(seconds_to_opening, FAR_S)) + 0.5 + chance * SPREAD_S
