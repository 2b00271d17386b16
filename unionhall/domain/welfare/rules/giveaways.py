"""How a giveaway stands at a moment, and when whoever waits should ask again."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
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


NOT_SAID = {"csrfmiddlewaretoken", "key"}


def said_of(fields: Iterable[tuple[str, list[object]]]) -> str:
    """What a form says besides its tokens, the same for the same form whatever its order; empty for the button alone."""
    said = sorted((name, [str(value) for value in values]) for name, values in fields)
    return repr([one for one in said if one[0] not in NOT_SAID] or "")


# == The curve ==
MINUTE = dt.timedelta(minutes=1)
WIDTHS = [MINUTE * n for n in (1, 5, 10, 30, 60, 180, 720, 1440, 10080)]
MOST_SLOTS = 12


def slots(first: dt.datetime, last: dt.datetime) -> list[dt.datetime]:
    """Where the bars of a curve begin: at most a dozen, of a width that people count in, from the first minute on."""
    start = first.replace(second=0, microsecond=0)
    fitting = [width for width in WIDTHS if (last - start) // width < MOST_SLOTS]
    width = fitting[0] if fitting else (last - start) / (MOST_SLOTS - 1)
    return [start + width * nth for nth in range((last - start) // width + 1)]


def slot_of(starts: list[dt.datetime], at: dt.datetime) -> int:
    """Which bar a moment belongs to."""
    return sum(start <= at for start in starts) - 1
