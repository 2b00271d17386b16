"""Drawing by rules: so many of each sort, least used first, none twice."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unionhall.domain.quiz.rules import papers
from unionhall.domain.quiz.rules.papers import Drawable, Rule

SIMPLE = {"single": [25, 3], "fill": [5, 4]}
BY_TAG = [
    {"kind": "single", "count": 5, "points": 3, "difficulty": "hard", "tag": "用气"},
    {"kind": "judge", "count": 2, "points": 1, "category": "安全/用火"},
]


def some(number, fits=(0,), *, first=0, **known):
    return [Drawable(first + n, 4, fits, **known) for n in range(number)]


def drawn(rules, bank, seed=0):
    paper = papers.draw_paper(rules, bank, chance=random.Random(seed))
    return [slot.version_id for slot in paper]


def test_both_forms_are_kept_as_they_were_written():
    for draw in (SIMPLE, BY_TAG):
        assert papers.draw_of(papers.rules_of(draw)) == draw
    twice = [Rule("single", 1, 3), Rule("single", 1, 5)]
    assert papers.rules_of(papers.draw_of(twice)) == tuple(twice)


def test_the_least_used_come_first():
    bank = some(5, uses=2) + some(5, first=10, uses=1) + some(5, first=20, uses=7)
    assert sorted(drawn([Rule("single", 5, 1)], bank)) == list(range(10, 15))


def test_a_second_try_asks_what_she_has_not_seen_even_if_others_had_it_often():
    bank = some(5, uses=0, seen=True) + some(5, first=10, uses=99)
    assert sorted(drawn([Rule("single", 5, 1)], bank)) == list(range(10, 15))


def test_chance_decides_among_those_used_alike():
    bank = some(4)
    counts = Counter(drawn([Rule("single", 1, 1)], bank, seed)[0] for seed in range(4000))
    assert all(900 < count < 1100 for count in counts.values())


def test_papers_in_turn_use_a_bank_evenly():
    uses = Counter()
    for seed in range(30):
        bank = [Drawable(n, 4, (0,), uses=uses[n]) for n in range(23)]
        uses.update(drawn([Rule("single", 10, 1)], bank, seed))
        counts = [uses[n] for n in range(23)]
        assert max(counts) - min(counts) <= 1


def test_a_question_that_two_rules_want_makes_room_for_the_one_that_has_no_other():
    rules = [Rule("single", 3, 1), Rule("single", 2, 5, "hard")]
    hard, easy = some(2, (0, 1)), some(3, (0,), first=10)
    for seed in range(50):
        paper = papers.draw_paper(rules, hard + easy, chance=random.Random(seed))
        assert {slot.version_id for slot in paper if slot.points == 5} == {0, 1}
        assert len({slot.version_id for slot in paper}) == 5


def test_a_paper_that_is_too_short_is_none():
    with pytest.raises(ValueError, match="single"):
        drawn([Rule("single", 6, 1)], some(5))


def test_what_a_rule_lacks_is_said_of_that_rule():
    rules = [Rule("single", 5, 1), Rule("judge", 2, 1, tag="用气")]
    assert papers.lacking(rules, {(0,): 7, (1,): 2}) == [0, 0]
    assert papers.lacking(rules, {(0,): 3}) == [2, 2]


def test_of_two_rules_for_the_same_questions_the_later_goes_without():
    rules = [Rule("single", 3, 1), Rule("single", 3, 5, "hard")]
    assert papers.lacking(rules, {(0, 1): 4}) == [0, 2]
    assert papers.lacking(rules, {(0, 1): 3, (0,): 3}) == [0, 0]


sorts = st.sampled_from([(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)])
banks = st.lists(st.tuples(sorts, st.integers(0, 3), st.booleans()), max_size=9)
counts = st.tuples(*[st.integers(1, 2)] * 3)


def papers_there_are(rules, bank):
    """Every set of questions that fills all places: by trying them all."""
    places = [at for at, rule in enumerate(rules) for _ in range(rule.count)]
    for chosen in itertools.permutations(bank, len(places)):
        if all(at in question.fits for at, question in zip(places, chosen, strict=True)):
            yield sorted((question.seen, question.uses) for question in chosen)


@settings(max_examples=60, deadline=None)
@given(banks.filter(lambda rows: len(rows) < 8), counts.filter(lambda n: sum(n) < 6))
def test_no_other_full_paper_is_less_used(rows, wanted):
    rules = [Rule("single", count, 1) for count in wanted]
    bank = [Drawable(n, 0, fits, seen, uses) for n, (fits, uses, seen) in enumerate(rows)]
    all_there_are = list(papers_there_are(rules, bank))
    if not all_there_are:
        assert sum(papers.lacking(rules, Counter(question.fits for question in bank)))
        with pytest.raises(ValueError, match="Rule"):
            drawn(rules, bank)
        return
    assert not any(papers.lacking(rules, Counter(question.fits for question in bank)))
    by_id = {question.version_id: question for question in bank}
    got = sorted((by_id[pk].seen, by_id[pk].uses) for pk in drawn(rules, bank))
    assert got == min(all_there_are)
