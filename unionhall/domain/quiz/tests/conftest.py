"""A bank, a contest over it, and people who answer it well or badly."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from unionhall.domain.quiz import actions
from unionhall.domain.quiz.models import Attempt, Bank, Contest, QuestionVersion
from unionhall.domain.quiz.rules.papers import shown_letters
from unionhall.domain.quiz.rules.written_answers import written_answer
from unionhall.kernel.allotment import actions as allotment

SAFETY = Path(__file__).resolve().parents[4] / "demo" / "data" / "questions_safety.xlsx"
RULE = {"single": [25, 3], "multiple": [10, 4], "judge": [15, 1], "fill": [5, 4]}


def right_answers(attempt: Attempt) -> dict[int, list[str]]:
    """Position -> what a member who knows everything would give."""
    versions = QuestionVersion.objects.in_bulk([slot.version_id for slot in attempt.slots])
    return {
        at: _right(versions[slot.version_id], slot)
        for at, slot in enumerate(attempt.slots, start=1)
    }


def _right(version, slot):
    if version.kind == "judge":
        return ["true" if version.answer[0] else "false"]
    if version.kind == "fill":
        return [blank[0] for blank in version.answer]
    return shown_letters(slot, version.answer)


def answer_all(attempt: Attempt, *, points: int = 150) -> Attempt:
    """Answer rightly, from the first question on, until about ``points`` are reached."""
    reached = 0
    for at, given in right_answers(attempt).items():
        if reached < points:
            actions.save_answer(attempt, at, given, seq=0)
            reached += attempt.slots[at - 1].points
    return attempt


def a_bank(union) -> Bank:
    actions.import_questions(
        SAFETY.read_bytes(), name=SAFETY.name, union=union, bank_name="冬季用气安全", by=None
    )
    return Bank.objects.get(union=union)


def a_contest(union, *, prizes: int | None = 80, bank: Bank | None = None, **values) -> Contest:
    """Published: 150 points, 100 to pass, thirty minutes."""
    pool = allotment.open_pool(label="蛋糕券", capacity=prizes) if prizes else None
    values = {
        "title": "冬季用气安全", "draw": RULE, "full_marks": 150, "pass_mark": 100, "minutes": 30,
        "state": Contest.State.PUBLISHED, **values,
    }  # fmt: skip
    return Contest.objects.create(union=union, bank=bank or a_bank(union), prizes=pool, **values)


def a_small_contest(union, **values) -> Contest:
    """One true-or-false question: enough where only the order matters."""
    return a_contest(
        union, **{"draw": {"judge": [1, 10]}, "full_marks": 10, "pass_mark": 10, **values}
    )


def started(contest, member) -> Attempt:
    actions.admit(contest, member)
    return actions.start_attempt(contest, member)


def passed(contest, member) -> Attempt:
    return actions.hand_in(answer_all(started(contest, member)))


def overdue(attempt: Attempt, *, minutes: int = 60) -> Attempt:
    """As if that much time had gone by."""
    Attempt.objects.filter(pk=attempt.pk).update(
        due_at=timezone.now() - dt.timedelta(minutes=minutes)
    )
    attempt.refresh_from_db()
    return attempt


def trips(table: str, pk: int) -> None:
    """From now on the database refuses every change of this row, until the test is over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION trips() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'tripped'; END $$"
        )
        cursor.execute(
            f"CREATE TRIGGER trips BEFORE UPDATE ON {table} FOR EACH ROW "
            f"WHEN (OLD.id = {int(pk)}) EXECUTE FUNCTION trips()"
        )


@pytest.fixture
def contest(plant7) -> Contest:
    return a_contest(plant7)


@pytest.fixture
def small(plant7) -> Contest:
    return a_small_contest(plant7)


@pytest.fixture
def keys_in_words(contest):
    """What must never stand on a page: the answers as the bank writes them, the explanations."""
    versions = QuestionVersion.objects.filter(question__bank=contest.bank)
    texts = {version.explanation for version in versions if version.explanation}
    return texts | {
        written_answer(version.kind, version.answer)
        for version in versions
        if version.kind == "fill"
    }
