"""Facility and discrimination, against the textbook."""

from __future__ import annotations

import random
import statistics as textbook

import pytest

from unionhall.domain.quiz.rules import statistics as rules
from unionhall.domain.quiz.rules.papers import Slot
from unionhall.domain.quiz.rules.statistics import Sums


def sums_of(marks, rests):
    sums = Sums()
    for mark, rest in zip(marks, rests, strict=True):
        sums = sums.plus(mark, rest)
    return sums


def test_facility_is_the_mean_mark_and_discrimination_the_correlation_with_the_rest():
    chance = random.Random(7)
    rests = [chance.random() for _ in range(400)]
    marks = [float(chance.random() < 0.2 + 0.6 * rest) for rest in rests]
    sums = sums_of(marks, rests)
    assert rules.facility_of(sums) == pytest.approx(textbook.mean(marks), abs=1.5e-5)
    right = textbook.correlation(marks, rests)
    assert rules.discrimination_of(sums) == pytest.approx(right, abs=1.5e-5)


def test_half_marks_are_summed_alike():
    marks, rests = [0, 0.5, 1] * 5, [0.1, 0.4, 0.9] * 5
    assert rules.discrimination_of(sums_of(marks, rests)) == pytest.approx(
        textbook.correlation(marks, rests)
    )


def test_below_ten_papers_nothing_is_said():
    nine, ten = sums_of([0, 1, 1] * 3, [0.1, 0.5, 0.9] * 3), sums_of([1, 0] * 5, [0.9, 0.1] * 5)
    assert (rules.facility_of(nine), rules.discrimination_of(nine)) == (None, None)
    assert rules.facility_of(ten) == 0.5
    assert rules.discrimination_of(ten) == pytest.approx(1)


@pytest.mark.parametrize(("marks", "rests"), [([1] * 12, [0.1, 0.9] * 6), ([0, 1] * 6, [0.7] * 12)])
def test_where_all_are_alike_nothing_can_be_told_apart(marks, rests):
    assert rules.discrimination_of(sums_of(marks, rests)) is None


PAPER = [Slot(1, [2, 0, 1], 3), Slot(2, [], 1), Slot(3, [], 4), Slot(4, [1, 0], 2)]
KEYS = {
    1: ("single", ["C"]),
    2: ("judge", [True]),
    3: ("fill", [["119"]]),
    4: ("multiple", ["A", "B"]),
}


def test_each_question_gets_its_mark_the_share_of_the_rest_and_what_was_ticked():
    given = {1: ["A"], 2: ["false"], 3: ["119"]}
    first, second, third, fourth = rules.outcomes_of(PAPER, KEYS, given)
    assert first == (1, 1.0, 4 / 7, ("C",))
    assert second == (2, 0.0, 7 / 9, ("false",))
    assert third == (3, 1.0, 3 / 6, ())
    assert fourth == (4, 0.0, 7 / 8, ("",))


def test_a_paper_of_one_question_has_no_rest():
    (only,) = rules.outcomes_of([Slot(2, [], 10)], KEYS, {1: ["true"]})
    assert (only.mark, only.rest) == (1.0, 0.0)
