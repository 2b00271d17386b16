"""Drawing when an attempt starts: by rules, least used first, and nobody waits for a count."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F

from tests.cast import a_member, many_members
from unionhall.base.errors import Refused
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.models import Bank, Contest, Question, QuestionVersion
from unionhall.domain.quiz.queries.drawing import drawables_in, in_words, short_of, stock_for
from unionhall.domain.quiz.rules.papers import Rule
from unionhall.domain.quiz.tests.conftest import a_contest, started

HARD_GAS = [
    {"kind": "single", "count": 2, "points": 5, "difficulty": "hard", "tag": "用气"},
    {"kind": "single", "count": 3, "points": 3, "category": "安全"},
    {"kind": "judge", "count": 1, "points": 1},
]


@pytest.fixture
def bank(plant7):
    """Six single choices of three sorts, and two to judge."""
    bank = Bank.objects.create(union=plant7, name="按规则")
    for n in range(3):
        a_question(bank, f"难{n}", difficulty="hard", tags=["用气", "安全"], category="安全/用气")
    for n in range(3):
        a_question(bank, f"易{n}", difficulty="easy", tags=["用电"], category="安全")
    a_question(bank, "别处", category="安全//另一个名字")
    for n in range(2):
        a_question(bank, f"判{n}", kind="judge", options=[], answer=[True])
    return bank


def a_question(bank, stem, **values):
    values = {"kind": "single", "options": ["对", "错", "都不对"], "answer": ["A"]} | values
    question = Question.objects.create(bank=bank, stem_hash=stem)
    return QuestionVersion.objects.create(question=question, stem=stem, score=1, **values)


def by_rules(union, bank, draw=HARD_GAS, **values):
    full = sum(rule["count"] * rule["points"] for rule in draw)
    values = {"draw": draw, "full_marks": full, "pass_mark": 1, "prizes": None, **values}
    return a_contest(union, bank=bank, **values)


def stems_of(attempt):
    versions = QuestionVersion.objects.in_bulk([slot.version_id for slot in attempt.slots])
    return [versions[slot.version_id].stem for slot in attempt.slots]


def test_each_rule_gets_its_questions(plant7, bank, ann):
    attempt = started(by_rules(plant7, bank), ann)
    fives = [slot for slot in attempt.slots if slot.points == 5]
    versions = QuestionVersion.objects.filter(pk__in=[slot.version_id for slot in fives])
    assert {(one.difficulty, "用气" in one.tags) for one in versions} == {("hard", True)}
    assert sorted(slot.points for slot in attempt.slots) == [1, 3, 3, 3, 5, 5]
    assert len(set(stems_of(attempt))) == 6
    assert "别处" not in stems_of(attempt)  # a doubled slash is part of a name


def test_all_that_a_draw_needs_comes_in_one_statement(plant7, bank, django_assert_num_queries, ann):
    with django_assert_num_queries(1):
        found = drawables_in(bank.pk, [Rule("single", 2, 1, "easy"), Rule("single", 1, 1)])
    assert Counter(one.fits for one in found) == {(0, 1): 3, (1,): 1}
    assert {one.options for one in found} == {3}


def test_the_stock_tells_which_rules_a_question_would_do_for(bank):
    rules = [Rule("single", 9, 1, tag="用气"), Rule("single", 1, 1, category="安全")]
    assert stock_for(bank, rules) == {(0, 1): 3, (1,): 3}
    assert [(in_words(rule), lacks) for rule, lacks in short_of(bank, rules)] == [
        ("单选题 · 用气", 6)
    ]


def test_members_in_turn_get_what_was_asked_least(plant7, bank):
    contest = by_rules(plant7, bank, [{"kind": "single", "count": 2, "points": 1}])
    for member in many_members(7, plant7):
        started(contest, member)
    assert set(Question.objects.filter(versions__kind="single").values_list("uses", flat=True)) == {
        2
    }
    assert set(Question.objects.filter(versions__kind="judge").values_list("uses", flat=True)) == {
        0
    }


def test_a_second_try_asks_other_questions(plant7, bank, ann):
    draw = [{"kind": "single", "count": 3, "points": 1}]
    contest = by_rules(plant7, bank, draw, attempts_allowed=2, pass_mark=3)
    first = actions.hand_in(started(contest, ann))
    Question.objects.filter(versions__in=[slot.version_id for slot in first.slots]).update(uses=0)
    Question.objects.exclude(versions__in=[slot.version_id for slot in first.slots]).update(uses=50)
    second = actions.start_attempt(contest, ann)
    assert not set(stems_of(first)) & set(stems_of(second))


def test_a_trial_is_no_use(plant7, bank, bo):
    actions.start_trial(by_rules(plant7, bank), by=bo)
    assert set(Question.objects.values_list("uses", flat=True)) == {0}


def test_publishing_says_which_rule_lacks_how_many(plant7, bank, bo):
    draw = [{"kind": "judge", "count": 3, "points": 1}, *HARD_GAS[:1]]
    contest = by_rules(plant7, bank, draw, state=Contest.State.DRAFT)
    with pytest.raises(Refused, match="判断题，还差 1 道"):
        actions.publish_contest(contest, by=bo)


def test_a_question_that_a_rule_cannot_do_without_stays(plant7, bank, bo):
    by_rules(plant7, bank)
    hard = Question.objects.filter(versions__difficulty="hard")
    actions.retire_question(hard[0], by=bo)
    with pytest.raises(Refused, match="不够抽"):
        actions.retire_question(hard.filter(retired_at=None)[0], by=bo)


@pytest.mark.django_db(transaction=True)
class TestNobodyWaits:
    """Somebody else holds the rows of all questions, as a draw does until it commits."""

    @pytest.fixture(autouse=True)
    def _held(self, plant7, bank):
        held, leave = threading.Event(), threading.Event()

        def hold():
            with transaction.atomic():
                list(Question.objects.select_for_update(no_key=True))
                held.set()
                leave.wait(30)
            connection.close()

        holder = threading.Thread(target=hold)
        holder.start()
        held.wait(30)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        yield
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
        leave.set()
        holder.join()

    def test_a_start_goes_through_and_its_uses_are_not_counted(self, plant7, bank):
        attempt = started(by_rules(plant7, bank), a_member("何立夏", plant7))
        assert len(attempt.paper) == 6
        assert set(Question.objects.values_list("uses", flat=True)) == {0}

    def test_a_count_that_waits_for_the_row_would_not(self):
        with pytest.raises(OperationalError, match="lock timeout"):
            Question.objects.update(uses=F("uses") + 1)
