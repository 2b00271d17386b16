from __future__ import annotations

import datetime as dt
import random

import pytest

from unionhall.domain.quiz.rules import marking, papers, winners
from unionhall.domain.quiz.rules.papers import Drawable, Slot

RULE = {"single": [25, 3], "multiple": [10, 4], "judge": [15, 1], "fill": [5, 4]}
RULES = papers.rules_of(RULE)
BANK = [
    *(Drawable(n, 4, (0,)) for n in range(25)),
    *(Drawable(100 + n, 5, (1,)) for n in range(12)),
    *(Drawable(200 + n, 0, (2,)) for n in range(17)),
    *(Drawable(300 + n, 0, (3,)) for n in range(6)),
]


def test_the_usual_paper_has_150_points_and_55_questions():
    assert (papers.marks_of(RULE), papers.questions_in(RULE)) == (150, 55)


def test_a_paper_never_asks_a_question_twice_and_keeps_the_rule():
    for seed in range(50):
        paper = papers.draw_paper(RULES, BANK, chance=random.Random(seed))
        assert len({slot.version_id for slot in paper}) == len(paper) == 55
        assert sum(slot.points for slot in paper) == 150
        assert all(sorted(slot.order) == list(range(len(slot.order))) for slot in paper)


def test_kinds_follow_each_other_whatever_the_order_of_the_rule():
    backwards = papers.rules_of(dict(reversed(RULE.items())))
    paper = papers.draw_paper(backwards, BANK, chance=random.Random(1))
    assert [slot.points for slot in paper] == [3] * 25 + [4] * 10 + [1] * 15 + [4] * 5


def test_options_are_shuffled_but_not_those_of_true_or_false():
    paper = papers.draw_paper(RULES, BANK, chance=random.Random(1))
    assert any(slot.order != sorted(slot.order) for slot in paper)
    assert all(slot.order == [] for slot in paper if slot.version_id >= 200)


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ({}, "EMPTY"),
        ([], "EMPTY"),
        ({"essay": [1, 150]}, "UNKNOWN"),
        ({"single": [1, 2, 3, 4, 5, 6]}, "UNKNOWN"),
        ([{"kind": "single", "how_many": 25}], "UNKNOWN"),
        ([{"kind": "single", "count": 25, "points": 6, "difficulty": "fair"}], "UNKNOWN"),
        (7, "UNKNOWN"),
        ({"single": [0, 150]}, "NOT_WHOLE"),
        ({"single": ["1", 150]}, "NOT_WHOLE"),
        ({"single": [25, 4]}, "MARKS"),
    ],
)
def test_a_faulty_draw_is_named(rule, fault):
    assert papers.faults_of_draw(rule, full_marks=150) == [fault]


def test_a_good_draw_has_no_fault():
    assert papers.faults_of_draw(RULE, full_marks=150) == []


SHUFFLED = Slot(1, [2, 0, 3, 1], 4)  # shown A is the question's C


@pytest.mark.parametrize(
    ("given", "right"),
    [
        (["A", "C"], True),
        (["C", "A"], True),
        (["A"], False),
        (["A", "B", "C"], False),
        ([], False),
        (["C", "D"], False),
    ],
)
def test_multiple_choice_is_all_or_nothing(given, right):
    assert marking.is_right("multiple", ["C", "D"], SHUFFLED, given) is right


def test_single_choice_goes_by_the_order_shown():
    assert marking.is_right("single", ["C"], SHUFFLED, ["A"])
    assert not marking.is_right("single", ["C"], SHUFFLED, ["C"])


@pytest.mark.parametrize(
    ("right", "given", "is_right"),
    [(True, "true", True), (True, "false", False), (False, "false", True)],
)
def test_true_or_false(right, given, is_right):
    assert marking.is_right("judge", [right], Slot(1, [], 1), [given]) is is_right


@pytest.mark.parametrize(
    ("given", "right"),
    [
        (["119", "120"], True),
        (["１１９", " 12 0 "], True),
        (["火警", "120"], True),
        (["120", "119"], False),
        (["119", ""], False),
        (["119"], False),
        ([], False),
    ],
)
def test_every_blank_counts_and_width_space_and_case_do_not(given, right):
    assert marking.is_right("fill", [["119", "火警"], ["120"]], Slot(1, [], 4), given) is right


def test_case_does_not_make_an_answer_wrong():
    assert marking.is_right("fill", [["CO"]], Slot(1, [], 4), ["co"])


def test_a_score_is_the_points_of_what_is_right():
    paper = [SHUFFLED, Slot(2, [], 1), Slot(3, [], 4)]
    keys = {1: ("multiple", ["C", "D"]), 2: ("judge", [False]), 3: ("fill", [["电源"]])}
    assert marking.score_of(paper, keys, {1: ["A", "C"], 2: ["true"], 3: ["电源"]}) == 8
    assert marking.score_of(paper, keys, {}) == 0


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("single", ["A", "B"]),
        ("single", ["E"]),
        ("judge", ["A"]),
        ("fill", ["1", "2"]),
        ("fill", ["\0"]),
        ("fill", ["\ud842"]),
    ],
)
def test_what_is_no_answer_is_refused(kind, given):
    with pytest.raises(ValueError, match=kind):
        marking.as_given(kind, given, options=4, blanks=1)


def test_what_is_kept_is_in_order_and_not_endless():
    assert marking.as_given("multiple", ["C", "A", "C"], options=4, blanks=0) == ["A", "C"]
    assert marking.as_given("fill", ["长" * 500], options=0, blanks=2) == ["长" * 100, ""]


NINE = dt.datetime(2026, 11, 20, 1, tzinfo=dt.UTC)


def line(place, salt="s"):
    return place, winners.commitment(
        salt=salt, contest_id=1, place=place, attempt_id=place, handed_in_at=NINE
    )


def test_a_longer_list_begins_with_the_links_of_the_shorter():
    lines = [line(place) for place in range(1, 20)]
    assert winners.links(1, lines)[:9] == winners.links(1, lines[:9])


@pytest.mark.parametrize(
    "changed",
    [
        [line(1), line(3)],
        [line(1), line(3), line(2)],
        [line(1), line(2), line(3), line(4)],
        [line(1), line(2, "t"), line(3)],
    ],
)
def test_a_place_added_removed_moved_or_replaced_changes_the_last_link(changed):
    honest = [line(1), line(2), line(3)]
    assert winners.links(1, changed)[-1] != winners.links(1, honest)[-1]


def test_the_recipe_in_plain_shell_terms():
    """What the page tells people to type: sha256 of salt|contest|place|attempt|time."""
    import hashlib

    typed = "abc|7|17|41|2026-11-20T01:00:00.000000+00:00"
    assert hashlib.sha256(typed.encode()).hexdigest() == winners.commitment(
        salt="abc", contest_id=7, place=17, attempt_id=41, handed_in_at=NINE
    )


def test_what_is_no_kind_is_not_marked():
    with pytest.raises(ValueError, match="essay"):
        marking.is_right("essay", ["A"], Slot(1, [], 3), ["A"])


@pytest.mark.parametrize(("given", "answered"), [([], False), ([" "], False), (["", "甲"], True)])
def test_white_space_is_no_answer(given, answered):
    assert marking.is_answered(given) is answered


def test_letters_are_shown_where_the_paper_put_them():
    assert papers.shown_letters(Slot(1, [2, 0, 1], 3), ["A", "C"]) == ["A", "B"]
