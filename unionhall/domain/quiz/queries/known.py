"""What a process may tell of a contest from memory: the same for everybody, and never older than a second."""

from __future__ import annotations

import datetime as dt
import threading
import time
from dataclasses import dataclass

from unionhall.base.clock import now_in_database
from unionhall.domain.quiz.models import Contest
from unionhall.domain.quiz.rules.waiting import Stage, ask_again_in, stage_at

AGE_S = 1.0
MOST_KNOWN = 1000


@dataclass(frozen=True)
class Known:
    """A contest as it was read ``age`` seconds ago."""

    contest: Contest
    read_at: dt.datetime  # by the database's clock
    heard: float  # by this process's own clock, which never jumps

    @property
    def age(self) -> float:
        """Seconds since it was read."""
        return time.monotonic() - self.heard

    @property
    def now(self) -> dt.datetime:
        """The database's clock, carried on."""
        return self.read_at + dt.timedelta(seconds=self.age)

    @property
    def stage(self) -> Stage:
        """As everybody may be told."""
        contest = self.contest
        ended = contest.state == Contest.State.CLOSED
        return stage_at(
            self.now, opens_at=contest.opens_at, closes_at=contest.closes_at, ended=ended
        )

    @property
    def ask_again_in(self) -> float | None:
        """Seconds, with a random part of its own for each who asks; ``None``: there is nothing to wait for."""
        opens_at = self.contest.opens_at
        return ask_again_in(self.stage, (opens_at - self.now).total_seconds() if opens_at else 0.0)

    def told(self) -> dict[str, object]:
        """What everybody may be told, with its age in milliseconds."""
        return {
            "stage": self.stage,
            "now": self.now,
            "opens_at": self.contest.opens_at,
            "closes_at": self.contest.closes_at,
            "age_ms": int(self.age * 1000),
        }


_known: dict[int, Known] = {}
_reading = threading.Lock()  # of many who find it too old, one reads, the others take what she read


def known(contest_id: int) -> Known | None:
    """A contest that is published, at most ``AGE_S`` old; ``None`` when there is none. A draft is never kept."""
    found = _known.get(contest_id)
    if found is not None and found.age < AGE_S:
        return found
    with _reading:
        found = _known.get(contest_id)
        if found is None or found.age >= AGE_S:
            found = _read(contest_id)
            _keep(contest_id, found)
    return found


def _keep(contest_id: int, found: Known | None) -> None:
    if found is None:
        _known.pop(contest_id, None)
        return
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    _known[contest_id] = found


def _read(contest_id: int) -> Known | None:
    heard = time.monotonic()  # before the question: what is told is rather older than younger
    contest = Contest.objects.exclude(state=Contest.State.DRAFT).filter(pk=contest_id).first()
    return contest and Known(contest, now_in_database(), heard)
