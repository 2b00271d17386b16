"""Passing: the place in the line, by commit order, and the prize that goes with it."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.urls import reverse

from unionhall.base.errors import Refused
from unionhall.domain.quiz.models import Attempt, Contest
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.notify import actions as notify

# Whoever comes next waits here until we have committed, so the number is the order of commit;
# the time is read when the row is ours, so it never contradicts the number.
NEXT = """
    UPDATE quiz_contest SET passed = passed + 1 WHERE id = %s
    RETURNING passed, clock_timestamp(), state
"""


def settle(attempt: Attempt) -> Attempt:
    """Write a marked attempt down; of a pass, the contest's row is the last but the prize."""
    if attempt.passed and not attempt.is_trial:
        attempt.passed_as, attempt.handed_in_at, state = _next_place(attempt.contest)
        decide_prize(attempt, state)
    attempt.save(
        update_fields=["state", "handed_in_at", "score", "passed_as", "prize", "prize_refusal"]
    )
    if attempt.prize is not None:
        tell_winner(attempt)
    return attempt


def _next_place(contest: Contest) -> tuple[int, dt.datetime, str]:
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [contest.pk])
        passed_as, moment, state = cursor.fetchone()
    return passed_as, moment, state


def decide_prize(attempt: Attempt, state: str) -> None:
    """A prize refused never undoes the score: why there is none is kept, to be told honestly."""
    contest, member = attempt.contest, attempt.member
    if contest.prizes_id is None or member is None:
        return
    if state == Contest.State.CLOSED:  # a start that had read the contest just before it was closed
        attempt.prize_refusal = "not_open"
        return
    if contest.winners_by != Contest.WinnersBy.ORDER:
        return
    try:
        claim = allotment.claim(contest.prizes_id, member=member)
    except Refused as refusal:
        attempt.prize_refusal = refusal.code
        return
    if Attempt.objects.filter(prize=claim).exists():  # won in another contest over this pool
        attempt.prize_refusal = "already_held"
    else:
        attempt.prize, attempt.prize_refusal = claim, ""


def tell_winner(attempt: Attempt) -> None:
    """Inbox and text message, in the transaction that gave the prize."""
    assert attempt.prize is not None, "a winner has a prize"  # noqa: S101
    assert attempt.member is not None, "a trial wins nothing"  # noqa: S101
    notify.send(
        attempt.member,
        "quiz/prize_won",
        channels=("inbox", "sms"),
        contest=attempt.contest.title,
        score=attempt.score,
        place=attempt.prize.place,
        url=reverse("quiz:result", args=[attempt.pk]),
    )
