"""Which questions an attempt gets, and in which order it shows them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from unionhall.domain.quiz.rules.questions import FILL, JUDGE, KINDS, LETTERS

Draw = Mapping[str, Sequence[int]]  # kind -> (how many, points each)


class Slot(NamedTuple):
    """One question of a paper: which version, its options in the order shown, its points."""

    version_id: int
    order: list[int]
    points: int


class Drawable(NamedTuple):
    """What drawing needs to know of a question's current version."""

    version_id: int
    options: int


def marks_of(draw: Draw) -> int:
    """Full marks of a draw."""
    return sum(count * points for count, points in draw.values())


def questions_in(draw: Draw) -> int:
    """How many questions a draw has."""
    return sum(count for count, _points in draw.values())


def faults_of_draw(draw: Draw, *, full_marks: int, available: Mapping[str, int]) -> list[str]:
    """What is wrong: ``EMPTY``, ``UNKNOWN_KIND``, ``NOT_WHOLE``, ``MARKS``, ``TOO_FEW:<kind>``."""
    if not draw:
        return ["EMPTY"]
    if any(kind not in KINDS for kind in draw):
        return ["UNKNOWN_KIND"]
    if any(len(rule) != 2 or min(rule) < 1 for rule in draw.values()):  # noqa: PLR2004 — a pair
        return ["NOT_WHOLE"]
    faults = [] if marks_of(draw) == full_marks else ["MARKS"]
    return faults + [
        f"TOO_FEW:{kind}"
        for kind, (count, _points) in draw.items()
        if available.get(kind, 0) < count
    ]


def draw_paper(
    draw: Draw, pool: Mapping[str, Sequence[Drawable]], *, chance: random.Random
) -> list[Slot]:
    """Draw without repetition and shuffle; kinds come one after the other, as on a printed paper."""
    paper = []
    for kind in sorted(draw, key=KINDS.index):  # a JSON object in the database keeps no order
        count, points = draw[kind]
        for question in chance.sample(pool[kind], count):
            order = list(range(question.options))
            if kind not in {JUDGE, FILL}:
                chance.shuffle(order)
            paper.append(Slot(question.version_id, order, points))
    return paper


def letters_of(slot: Slot, shown: Sequence[str]) -> list[str]:
    """The question's own letters for those that the paper showed; what was not shown is dropped."""
    places = [LETTERS.index(letter) for letter in shown if letter in LETTERS[: len(slot.order)]]
    return sorted(LETTERS[slot.order[place]] for place in places)


def shown_letters(slot: Slot, letters: Sequence[str]) -> list[str]:
    """Under which letters the paper shows the question's own ``letters``."""
    return sorted(LETTERS[slot.order.index(LETTERS.index(letter))] for letter in letters)
