"""What a process may tell of a contest from memory: the same for everybody, and never older than a second."""

from __future__ import annotations

import time
from dataclasses import dataclass

from unionhall.base.clock import Reading, read_since
from unionhall.base.lately import Lately
from unionhall.domain.quiz.models import Contest
from unionhall.domain.quiz.rules.waiting import Stage, ask_again_in, stage_at


@dataclass(frozen=True)
class Known:
    """A contest as it was read."""

    contest: Contest
    reading: Reading

    @property
    def stage(self) -> Stage:
        """As everybody may be told."""
        contest = self.contest
        ended = contest.state == Contest.State.CLOSED
        return stage_at(
            self.reading.now,
            opens_at=contest.opens_at,
            closes_at=contest.closes_at,
            ended=ended,
        )

    @property
    def ask_again_in(self) -> float | None:
        """Seconds, with a random part of its own for each who asks; ``None``: there is nothing to wait for."""
        opens_at, now = self.contest.opens_at, self.reading.now
        return ask_again_in(self.stage, (opens_at - now).total_seconds() if opens_at else 0.0)

    def told(self) -> dict[str, object]:
        """What everybody may be told, with its age in milliseconds."""
        return {
            "stage": self.stage,
            "now": self.reading.now,
            "opens_at": self.contest.opens_at,
            "closes_at": self.contest.closes_at,
            "age_ms": int(self.reading.age * 1000),
        }


@Lately
def known(contest_id: int) -> Known | None:
    """A contest as it was at most a second ago; a draft is nobody's to know."""
    begun = time.monotonic()
    contest = Contest.objects.exclude(state=Contest.State.DRAFT).filter(pk=contest_id).first()
    return contest and Known(contest, read_since(begun))
