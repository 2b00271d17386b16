"""The statements of a rush upon attempts, in SQL: thousands ask them at once, and each pays for every column.

Locks are taken in one order everywhere: one's own attempt while it is open, the contest, then what
``kernel.allotment.actions`` says of claims and pools. An attempt that was handed in is changed only by whoever has its
contest.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, Q

from unionhall.domain.quiz.models import Answer, Attempt, Contest
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member

GATE = """
    SELECT clock_timestamp(), login.more_time, contest.state, contest.opens_at, contest.closes_at, (
        SELECT count(*) FROM quiz_attempt had WHERE had.contest_id = contest.id AND had.member_id = member.id)
    FROM quiz_admission admission
    JOIN quiz_contest contest ON contest.id = admission.contest_id
    JOIN members_member member ON member.id = admission.member_id
    LEFT JOIN accounts_user login ON login.id = member.user_id
    WHERE admission.contest_id = %s AND admission.member_id = %s
"""
OPEN = """
    INSERT INTO quiz_attempt
        (contest_id, member_id, trial_by_id, nth, paper, state, started_at, due_at, prize_refusal, salt)
    VALUES (%s, %s, %s, %s, %s, 'open', %s, %s, '', %s) ON CONFLICT DO NOTHING RETURNING id
"""
# A question that somebody else is drawing right now is left out: the counts decide which comes
# first, so they may lag behind, and in a rush nobody waits for them.
COUNT_USES = """
    UPDATE quiz_question SET uses = uses + 1 WHERE id IN (
        SELECT question.id FROM quiz_question AS question
        JOIN quiz_question_version AS version ON version.question_id = question.id
        WHERE version.id = ANY(%s) FOR NO KEY UPDATE OF question SKIP LOCKED)
"""
HOLD = """
    SELECT attempt.paper, attempt.state, attempt.due_at, attempt.handed_in_at, contest.id, contest.grace_seconds
    FROM quiz_attempt attempt JOIN quiz_contest contest ON contest.id = attempt.contest_id
    WHERE attempt.id = %(attempt)s AND (
        %(by)s::bigint IS NULL OR attempt.trial_by_id = %(by)s
        OR attempt.member_id = (SELECT id FROM members_member WHERE user_id = %(by)s))
    FOR NO KEY UPDATE OF attempt
"""
# After the lock was waited for, in a statement of its own: what a join read is as old as the wait.
NEWEST = """
    SELECT clock_timestamp(), answer.id, answer.given, answer.later, answer.seq, answer.saved_at
    FROM (VALUES (1)) AS one LEFT JOIN quiz_answer answer ON answer.attempt_id = %s AND answer.position = %s
"""
KEEP = """
    INSERT INTO quiz_answer (attempt_id, position, given, later, seq, saved_at) VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (attempt_id, position) DO UPDATE SET
        given = excluded.given, later = excluded.later, seq = excluded.seq, saved_at = excluded.saved_at
    RETURNING id
"""
ANSWERED = """
    SELECT clock_timestamp(), coalesce(jsonb_object_agg(position, given), '{}') FROM quiz_answer WHERE attempt_id = %s
"""


# == To start ==
@dataclass(frozen=True)
class Gate:
    """What decides whether she may start, read at one moment."""

    now: dt.datetime
    more_time: bool
    state: str
    opens_at: dt.datetime | None
    closes_at: dt.datetime | None
    attempts: int  # she has had so many, the open one among them


def gate_of(contest: Contest, member: Member) -> Gate | None:
    """``None`` for whoever was not admitted."""
    row = _one(GATE, [contest.pk, member.pk])
    return Gate(row[0], bool(row[1]), *row[2:]) if row else None


def opened(mine: Attempt) -> bool:
    """Insert, and whether it was; ``False``: a second click was faster, the constraint decides whose attempt it is."""
    row = _one(
        OPEN,
        [
            mine.contest_id,
            mine.member_id,
            mine.trial_by_id,
            mine.nth,
            json.dumps(mine.paper),
            mine.started_at,
            mine.due_at,
            mine.salt,
        ],
    )
    if row:
        mine.pk, mine._state.adding, mine._state.db = row[0], False, connection.alias  # noqa: SLF001 — it is a row now
    return row is not None


def count_uses(versions: list[int]) -> None:
    """Each of these was drawn once more."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_USES, [versions])


# == To answer ==
def held(attempt: Attempt, by: User | None) -> Attempt:
    """As much of it as an answer needs, as it is now and ours until commit.

    With ``by`` only if it is hers, else ``Attempt.DoesNotExist``.
    """
    row = _one(HOLD, {"attempt": attempt.pk, "by": by.pk if by else None})
    if row is None:
        raise Attempt.DoesNotExist
    paper, state, due_at, handed_in_at, contest_id, grace = row
    mine = Attempt.from_db(
        connection.alias,
        ["id", "contest_id", "paper", "state", "due_at", "handed_in_at"],
        [attempt.pk, contest_id, json.loads(paper), state, due_at, handed_in_at],
    )
    mine.contest = Contest.from_db(connection.alias, ["id", "grace_seconds"], [contest_id, grace])
    return mine


def newest_answer(attempt: Attempt, position: int) -> tuple[dt.datetime, Answer | None]:
    """The clock, and what is stored there."""
    row = _one(NEWEST, [attempt.pk, position])
    assert row is not None, "the clock answers always"  # noqa: S101
    now, pk, given, later, seq, saved_at = row
    if pk is None:
        return now, None
    return now, _answer(pk, attempt, position, json.loads(given), later, seq, saved_at)


def kept(
    attempt: Attempt,
    position: int,
    given: list[str],
    *,
    later: bool,
    seq: int,
    saved_at: dt.datetime,
) -> Answer:
    """Stored, in place of what was stored before; the attempt is ours."""
    row = _one(KEEP, [attempt.pk, position, json.dumps(given), later, seq, saved_at])
    assert row is not None, "inserted or updated"  # noqa: S101
    return _answer(row[0], attempt, position, given, later, seq, saved_at)


def _answer(pk: int, attempt: Attempt, position: int, *rest: object) -> Answer:
    names = ["id", "attempt_id", "position", "given", "later", "seq", "saved_at"]
    answer = Answer.from_db(connection.alias, names, [pk, attempt.pk, position, *rest])
    answer.attempt = attempt
    return answer


# == To hand in ==
def held_whole(attempt: Attempt, by: User | None) -> Attempt:
    """All of it with its contest, as it is now and ours until commit; of its member the keys. ``by`` as above.

    Whatever else is wanted of it is read when it is wanted: after the lock was waited for.
    """
    rows = Attempt.objects.select_for_update(of=("self",), no_key=True).select_related("contest")
    hers = Q(member__user=by) | Q(trial_by=by) if by else Q()
    mine = rows.annotate(login=F("member__user")).filter(hers).get(pk=attempt.pk)
    if mine.member_id:
        keys = [mine.member_id, mine.login]  # type: ignore[attr-defined]
        mine.member = Member.from_db(connection.alias, ["id", "user_id"], keys)
    return mine


def answered(attempt: Attempt) -> tuple[dt.datetime, dict[int, list[str]]]:
    """The clock, and what was given: by position."""
    row = _one(ANSWERED, [attempt.pk])
    assert row is not None, "the clock answers always"  # noqa: S101
    return row[0], {int(position): given for position, given in json.loads(row[1]).items()}


def _one(sql: str, params: object) -> tuple[object, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()
