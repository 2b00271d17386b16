"""What counts as watched: pure arithmetic on milliseconds of media and of the wall clock.

A watching has a *budget* of media time. It grows with the wall clock while a player is open, one
and a half times as fast (``ALLOWED_SPEED``), and shrinks by what is credited. A reported piece is
credited as a whole when what is new in it fits into the budget, or not at all: an honest piece that
came too early is sent again later and fits then, a forged one of the whole length never fits.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

Interval = tuple[int, int]  # [start, end) in milliseconds of the video

SPEED_TENTHS = 15  # fastest playing that counts: 1.5 times
SLACK_MS = 2_000  # once per watching: the player starts before the server knows of it
LONGEST_SILENCE = dt.timedelta(minutes=20)  # no more wall time than this counts between reports
MOST_INTERVALS = 500  # a watching with more holes than this is no watching
READ_PER_MINUTE = 600  # characters; twice the usual pace, so that nobody who reads must wait


@dataclass(frozen=True)
class Progress:
    """What one member has been credited of one lesson, and what she may be credited yet."""

    intervals: tuple[Interval, ...] = ()
    budget_ms: int = SLACK_MS
    last_seen_at: dt.datetime | None = None

    @property
    def covered_ms(self) -> int:
        """Media time that was credited."""
        return total(self.intervals)


def merged(intervals: Iterable[Sequence[int]]) -> tuple[Interval, ...]:
    """The union, sorted and disjoint; pieces that touch become one."""
    result: list[Interval] = []
    for start, end in sorted((int(start), int(end)) for start, end in intervals):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return tuple(result)


def total(intervals: Iterable[Sequence[int]]) -> int:
    """The length of disjoint intervals."""
    return sum(end - start for start, end in intervals)


def grown(budget_ms: int, last_seen_at: dt.datetime, now: dt.datetime) -> int:
    """The budget after the wall clock has gone from ``last_seen_at`` to ``now``.

    A clock that went back earns nothing. What was saved up before is capped as well, so that a
    player left open overnight is worth ``LONGEST_SILENCE`` and no more.
    """
    wall = min(max(now - last_seen_at, dt.timedelta()), LONGEST_SILENCE)
    earned = wall // dt.timedelta(milliseconds=1) * SPEED_TENTHS // 10
    most = LONGEST_SILENCE // dt.timedelta(milliseconds=1) * SPEED_TENTHS // 10 + SLACK_MS
    return min(budget_ms + earned, most)


def accept(
    progress: Progress, now: dt.datetime, pieces: Iterable[Interval], *, length_ms: int
) -> tuple[Progress, list[bool]]:
    """Credit each piece that fits; say of each whether it need not be sent again.

    A piece that was credited before costs nothing, so an answer lost on the way may be asked for
    again. A piece outside the video is dropped (and need not be sent again either).
    """
    began = progress.last_seen_at or now
    progress = replace(progress, budget_ms=grown(progress.budget_ms, began, now), last_seen_at=now)
    settled = []
    for start, end in pieces:
        progress, done = _credited(progress, max(0, start), min(end, length_ms))
        settled.append(done)
    return progress, settled


def _credited(progress: Progress, start: int, end: int) -> tuple[Progress, bool]:
    if start >= end:
        return progress, True
    wider = merged([*progress.intervals, (start, end)])
    new = total(wider) - progress.covered_ms
    if new > progress.budget_ms or len(wider) > MOST_INTERVALS:
        return progress, False
    return replace(progress, intervals=wider, budget_ms=progress.budget_ms - new), True


def is_enough(covered_ms: int, *, length_ms: int, minimum_percent: int) -> bool:
    """Whether at least ``minimum_percent`` of the video are covered, in exact integers."""
    return covered_ms * 100 >= length_ms * minimum_percent


def missing_ms(covered_ms: int, *, length_ms: int, minimum_percent: int) -> int:
    """Media time still to be watched until it is enough."""
    needed = -(-length_ms * minimum_percent // 100)
    return max(0, needed - covered_ms)


def reading_time(script: str, *, video_ms: int = 0) -> dt.timedelta:
    """The least time between opening a text and having read it.

    The text of a video takes as long as watching it at the fastest speed that counts.
    """
    if video_ms:
        return dt.timedelta(milliseconds=video_ms * 10 // SPEED_TENTHS)
    letters = len(re.sub(r"\s", "", script))
    return dt.timedelta(seconds=letters * 60 // READ_PER_MINUTE)
