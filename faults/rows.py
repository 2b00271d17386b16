"""Reads what the oracles need, by plain SQL as any outsider with a read-only login could."""

from __future__ import annotations

import psycopg

from faults.oracles import AttemptRow, PoolRow, Rows

ATTEMPTS = """
    SELECT attempt.id, contest_id, attempt.member_id, attempt.state, score, passed_as, claim.place
    FROM quiz_attempt AS attempt LEFT JOIN allotment_claim AS claim ON claim.id = attempt.prize_id
    WHERE attempt.trial_by_id IS NULL
"""
ANSWERS = "SELECT attempt_id, given FROM quiz_answer WHERE position = 1"
POOLS = """
    SELECT pool.id, pool.capacity,
           (SELECT count(*) FROM allotment_claim AS claim
            WHERE claim.pool_id = pool.id AND claim.state IN ('held', 'used')),
           (SELECT count(DISTINCT attempt.member_id) FROM quiz_attempt AS attempt
            JOIN quiz_contest AS contest ON contest.id = attempt.contest_id
            WHERE contest.prizes_id = pool.id AND attempt.passed_as IS NOT NULL)
    FROM allotment_pool AS pool
"""
OVERDUE = "SELECT count(*) FROM notify_delivery WHERE state = 'due' AND due_at <= clock_timestamp()"


def rows_of(database: psycopg.Connection) -> Rows:
    """Of one moment."""
    return Rows(
        attempts=[AttemptRow(*row) for row in database.execute(ATTEMPTS)],
        answers=dict(database.execute(ANSWERS).fetchall()),
        pools=[PoolRow(*row) for row in database.execute(POOLS)],
        overdue_messages=overdue(database),
    )


def overdue(database: psycopg.Connection) -> int:
    """Messages that somebody should have delivered by now."""
    (number,) = database.execute(OVERDUE).fetchone() or (0,)
    return int(number)
