import datetime as dt
from dataclasses import replace

import pytest

from unionhall.domain.lectures import rules
from unionhall.domain.quiz.rules.papers import Rule

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
TERMS = rules.Terms(
    title="冬季用气安全", under_union=1, standings=("current",), sex="", employment="", front_line=None,
    opens_at=NOON, closes_at=NOON + dt.timedelta(days=10), lesson=1, bank=1,
    draw=(Rule("single", 25, 3), Rule("multiple", 10, 4), Rule("judge", 15, 1), Rule("fill", 5, 4)),
    minutes=20, attempts=2, pass_mark=100, winners_by="order", reveal="after_close",
    places=80, merchant=1, prize_title="蛋糕券", face_value=8000, valid_days=30,
)  # fmt: skip
FACTS = rules.Facts(
    now=NOON,
    short=(),
    is_video=True,
    has_captions=True,
    entitled=300,
)


def codes(terms=TERMS, facts=FACTS):
    return {check.code: check.state for check in rules.checks(terms, facts)}


def test_the_usual_paper_adds_up():
    assert (TERMS.full_marks, TERMS.questions, TERMS.cost) == (150, 55, 640_000)
    assert set(codes().values()) == {"ok"}
    assert rules.may_publish(rules.checks(TERMS, FACTS))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"closes_at": NOON}, "closes_before_it_opens"),
        (
            {"opens_at": NOON - dt.timedelta(days=9), "closes_at": NOON - dt.timedelta(days=1)},
            "closes_in_the_past",
        ),
        ({"closes_at": NOON + dt.timedelta(minutes=19)}, "shorter_than_the_quiz"),
        ({"draw": ()}, "no_questions"),
        ({"pass_mark": 151}, "pass_out_of_reach"),
        ({"merchant": None}, "prize_incomplete"),
        ({"prize_title": ""}, "prize_incomplete"),
        ({"face_value": 0}, "prize_incomplete"),
        ({"valid_days": 0}, "prize_incomplete"),
    ],
)
def test_what_stands_in_the_way(change, code):
    terms = replace(TERMS, **change)
    assert codes(terms)[code] == "bad"
    assert not rules.may_publish(rules.checks(terms, FACTS))


@pytest.mark.parametrize(
    ("change", "code", "state"),
    [
        ({"has_captions": False}, "no_captions", "bad"),
        ({"is_video": False, "has_captions": False}, "text", "ok"),
        ({"entitled": 0}, "nobody", "bad"),
        ({"short": (("单选题 · 难", 9, 2),)}, "bank_too_small", "bad"),
        ({"entitled": 79}, "more_prizes_than_people", "warn"),
    ],
)
def test_what_the_world_says(change, code, state):
    assert codes(facts=replace(FACTS, **change))[code] == state


def test_without_prizes_nothing_about_prizes_is_asked():
    assert codes(replace(TERMS, places=0, merchant=None, prize_title=""))["no_prize"] == "ok"


def test_a_trial_needs_only_a_paper():
    late = replace(TERMS, closes_at=NOON, merchant=None)
    assert rules.may_try_out(rules.checks(late, FACTS))
    assert not rules.may_try_out(rules.checks(replace(TERMS, draw=()), FACTS))


def test_the_total_adds_up_each_column():
    lines = [rules.Line("甲", 100, 50, 30, 20), rules.Line("乙", 4, 3, 2, 0)]
    assert rules.total(lines) == rules.Line("", 104, 53, 32, 20)


@pytest.mark.parametrize(
    ("change", "code", "state"),
    [
        ({}, "answers_before_retry", "warn"),
        ({"attempts": 0}, "answers_before_retry", "warn"),
        ({"attempts": 1}, "answers_for_latecomers", "warn"),
        ({"attempts": 1, "winners_by": "lot"}, "answers_for_latecomers", "warn"),
        ({"attempts": 1, "places": 0}, "answers_at_once", "ok"),
    ],
)
def test_answers_shown_at_once_are_warned_of_where_they_help_somebody(change, code, state):
    terms = replace(TERMS, reveal="after_hand_in", **change)
    assert codes(terms)[code] == state
    assert rules.may_publish(rules.checks(terms, FACTS))


def test_a_shop_without_a_clerk_is_told_before_publishing():
    alone = replace(FACTS, clerks=0)
    assert codes(facts=alone)["no_clerk"] == "warn"
    assert "no_clerk" not in codes(replace(TERMS, places=0), alone)
    assert "no_clerk" not in codes()
