"""What a process may tell of a contest from memory: the same for everybody, and never older than a second."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass

from unionhall.base.clock import now_in_database
from unionhall.base.lately import Lately
from unionhall.domain.quiz.models import Contest
from unionhall.domain.quiz.rules.waiting import Stage, ask_again_in, stage_at


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


@Lately
def known(contest_id: int) -> Known | None:
    """A contest as it was at most a second ago; a draft is nobody's to know."""
    heard = time.monotonic()
    contest = Contest.objects.exclude(state=Contest.State.DRAFT).filter(pk=contest_id).first()
    return contest and Known(contest, now_in_database(), heard)
