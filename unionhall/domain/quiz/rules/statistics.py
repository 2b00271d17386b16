"""How a question fared, by classical test theory.

Definitions as in Moodle ("Quiz statistics calculations", docs.moodle.org): facility is the mean
mark as a share of the marks there are; the discrimination index is the correlation between the
marks for the question and those for the rest of the paper. Only each member's first paper counts:
the next is no independent observation. Marks are shares here, so that papers of different length
and points can be added up; where they are alike, the index is Moodle's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from unionhall.domain.quiz.rules.marking import FALSE, TRUE, is_right
from unionhall.domain.quiz.rules.papers import Slot, letters_of
from unionhall.domain.quiz.rules.questions import JUDGE, MULTIPLE, SINGLE, Answer

FEWEST = 10  # papers below which nothing is said: a single answer could be guessed from the figures
_NOTHING = 1e-9  # a variance that is only rounding
UNANSWERED = ""


class Sums(NamedTuple):
    """Sums over papers of the mark for one question and of that for the rest, each from 0 to 1."""

    papers: int = 0
    mark: float = 0
    mark_squared: float = 0
    rest: float = 0
    rest_squared: float = 0
    mark_by_rest: float = 0

    def plus(self, mark: float, rest: float) -> Sums:
        """With one paper more."""
        return Sums(
            self.papers + 1,
            self.mark + mark,
            self.mark_squared + mark * mark,
            self.rest + rest,
            self.rest_squared + rest * rest,
            self.mark_by_rest + mark * rest,
        )


def facility_of(sums: Sums) -> float | None:
    """The mean mark, 0 (nobody) to 1 (everybody); None while too few were asked."""
    return sums.mark / sums.papers if sums.papers >= FEWEST else None


def discrimination_of(sums: Sums) -> float | None:
    """-1 to 1; None while too few were asked, or where all marks or all rests are the same."""
    n = sums.papers
    if n < FEWEST:
        return None
    marks = sums.mark_squared - sums.mark * sums.mark / n
    rests = sums.rest_squared - sums.rest * sums.rest / n
    if min(marks, rests) < n * _NOTHING:
        return None
    return (sums.mark_by_rest - sums.mark * sums.rest / n) / math.sqrt(marks * rests)


class Outcome(NamedTuple):
    """What became of one question of one paper."""

    version_id: int
    mark: float
    rest: float
    chosen: tuple[str, ...]  # the question's own letters, or "true"; "" for no answer


def outcomes_of(
    paper: Sequence[Slot],
    keys: Mapping[int, tuple[str, Answer]],
    given: Mapping[int, Sequence[str]],
) -> list[Outcome]:
    """Every question of a handed-in paper. ``keys`` and ``given`` as in ``score_of``."""
    right = [
        is_right(*keys[slot.version_id], slot, given.get(at, ()))
        for at, slot in enumerate(paper, start=1)
    ]
    full = sum(slot.points for slot in paper)
    score = sum(slot.points for slot, good in zip(paper, right, strict=True) if good)
    return [
        Outcome(
            slot.version_id,
            float(good),
            (score - slot.points * good) / (full - slot.points) if full > slot.points else 0.0,
            chosen_of(keys[slot.version_id][0], slot, given.get(at, ())),
        )
        for at, (slot, good) in enumerate(zip(paper, right, strict=True), start=1)
    ]


def chosen_of(kind: str, slot: Slot, given: Sequence[str]) -> tuple[str, ...]:
    """Which options were ticked, by the question's own letters; typed texts are not counted."""
    if kind in {SINGLE, MULTIPLE}:
        return tuple(letters_of(slot, given)) or (UNANSWERED,)
    if kind == JUDGE:
        return tuple(word for word in given if word in {TRUE, FALSE}) or (UNANSWERED,)
    return ()
