"""One sitting from start to hand-in. The server draws, keeps time and marks."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Sequence

from django.db import connection, transaction
from django.db.models import DurationField, F, Func, Q

from unionhall.base.clock import ClockTimestamp, now_in_database
from unionhall.base.ledger import actions as ledger
from unionhall.base.sweep import one_by_one
from unionhall.domain.quiz.actions import refusals
from unionhall.domain.quiz.actions.passing import settle
from unionhall.domain.quiz.models import Admission, Answer, Attempt, Contest, QuestionVersion
from unionhall.domain.quiz.queries.attempts import answers_of, keys_of, versions_on
from unionhall.domain.quiz.queries.drawing import drawables_in
from unionhall.domain.quiz.rules.marking import as_given, score_of
from unionhall.domain.quiz.rules.papers import Slot, draw_paper, rules_of
from unionhall.domain.quiz.rules.questions import blanks_in
from unionhall.kernel.audience.queries import describe, includes
from unionhall.kernel.audience.rules import EVERYBODY
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member

# A question that somebody else is drawing right now is left out: the counts decide which comes
# first, so they may lag behind, and in a rush nobody waits for them.
COUNT_USES = """
    UPDATE quiz_question SET uses = uses + 1 WHERE id IN (
        SELECT question.id FROM quiz_question AS question
        JOIN quiz_question_version AS version ON version.question_id = question.id
        WHERE version.id = ANY(%s) FOR NO KEY UPDATE OF question SKIP LOCKED)
"""
MORE_TIME = 2  # times as long for whoever asked for more time (WCAG 2.2.1 allows up to ten)


def start_attempt(contest: Contest, member: Member) -> Attempt:
    """Draw a paper and start the clock; when an attempt is open, that one again.

    Raises ``NotAdmitted``, ``NotInAudience``, ``NotOpenYet``, ``Closed``, ``AlreadyPassed``,
    ``NoAttemptsLeft``.
    """
    attempt, overdue = _start(contest, member)
    if overdue:  # the sweep has not come by yet
        hand_in(attempt)
        attempt, _overdue = _start(contest, member)
    return attempt


@transaction.atomic
def _start(contest: Contest, member: Member) -> tuple[Attempt, bool]:
    """The open attempt, made if need be, and whether its time is over."""
    previous = list(contest.attempts.filter(member=member).order_by("nth"))
    going_on = next((one for one in previous if one.state == Attempt.State.OPEN), None)
    now, more_time = _admitted(contest, member)
    if going_on is not None:
        return going_on, now > going_on.due_at + contest.grace
    refuse_window(contest, now)
    _refuse_another(contest, previous)
    if contest.audience != EVERYBODY and not includes(contest.audience, member):
        raise refusals.NotInAudience(describe(contest.audience))
    minutes = contest.minutes * (MORE_TIME if more_time else 1)
    due_at = now + dt.timedelta(minutes=minutes)
    if contest.closes_at is not None:
        due_at = min(due_at, contest.closes_at)
    seen = {slot.version_id for one in previous for slot in one.slots}
    return _opened(contest, now, due_at, seen=seen, member=member, nth=len(previous) + 1), False


@transaction.atomic
def start_trial(contest: Contest, *, by: User) -> Attempt:
    """An officer sits it herself, published or not. It never counts, and needs no admission."""
    Contest.objects.select_for_update(no_key=True).get(
        pk=contest.pk
    )  # its questions stay meanwhile
    going_on = contest.attempts.filter(trial_by=by, state=Attempt.State.OPEN).first()
    now = now_in_database()
    if going_on is not None:
        if now <= going_on.due_at:
            return going_on
        hand_in(going_on)
    due_at = now + dt.timedelta(minutes=contest.minutes)
    return _opened(contest, now, due_at, trial_by=by, nth=1)


@transaction.atomic
def save_answer(
    attempt: Attempt, position: int, given: Sequence[str], *, seq: int, later: bool = False
) -> Answer:
    """Keep what was given to one question. The answers are their own record: no ledger line each.

    ``seq`` is that of the answer the page showed (0: none). Sent twice, the answer is the same.
    Raises ``OutOfSequence`` with the newest answer, ``TimeIsUp``, ``HandedInAlready``,
    ``NoAnswer``.
    """
    attempt = _locked(attempt)
    now = now_in_database()
    _refuse_late(attempt, now)
    kept = _checked(attempt, position, given)
    newest = attempt.answers.filter(position=position).first()
    if newest is not None and (newest.given, newest.later) == (kept, later):
        return newest
    if seq != (newest.seq if newest else 0):
        raise refusals.OutOfSequence(newest)
    values = {"given": kept, "later": later, "saved_at": now, "seq": seq + 1}
    if newest is None:
        return Answer.objects.create(attempt=attempt, position=position, **values)
    for name, value in values.items():
        setattr(newest, name, value)
    newest.save(update_fields=list(values))
    return newest


@transaction.atomic
def hand_in(attempt: Attempt) -> Attempt:
    """Mark what was saved; whoever passes gets her place and perhaps a prize.

    Twice gives the same answer. After the deadline and its grace it is the server that hands in
    (``EXPIRED``); that counts alike.
    """
    attempt = _locked(attempt)
    if attempt.state != Attempt.State.OPEN:
        attempt.refresh_from_db(fields=["prize"])  # what was joined is as old as our wait began
        return attempt
    now = now_in_database()
    in_time = now <= attempt.due_at + attempt.contest.grace
    attempt.state = Attempt.State.HANDED_IN if in_time else Attempt.State.EXPIRED
    attempt.handed_in_at = now
    attempt.score = score_now(attempt)
    ledger.record(
        "quiz.attempt_handed_in",
        attempt,
        by=attempt.trial_by or (attempt.member.user_id if attempt.member and in_time else None),
        union_id=attempt.contest.union_id,
        score=attempt.score,
        trial=attempt.is_trial,
    )
    return settle(attempt)


def hand_in_overdue(contest: Contest | None = None) -> int:
    """Hand in what ran out of time; returns how many. Any number of these may run at once."""
    grace = Func(
        F("contest__grace_seconds"),
        template="make_interval(secs => %(expressions)s)",
        output_field=DurationField(),
    )
    overdue = (
        Attempt.objects.filter(state=Attempt.State.OPEN, due_at__lt=ClockTimestamp())
        .filter(due_at__lt=ClockTimestamp() - grace)
        .filter(Q(contest=contest) if contest else Q())
        .order_by("due_at")
        .values_list("pk", flat=True)
    )
    return one_by_one(_hand_in_one, list(overdue))


def score_now(attempt: Attempt) -> int:
    """What the saved answers are worth: the server's own marking, of the versions on the paper."""
    given = {at: answer.given for at, answer in answers_of(attempt).items()}
    return score_of(attempt.slots, keys_of(versions_on(attempt).values()), given)


@transaction.atomic
def _hand_in_one(pk: int) -> bool:
    free = Attempt.objects.select_for_update(skip_locked=True, no_key=True)
    attempt = free.filter(pk=pk, state=Attempt.State.OPEN).first()
    if attempt is None:
        return False
    hand_in(attempt)
    return True


def _admitted(contest: Contest, member: Member) -> tuple[dt.datetime, bool]:
    """The clock and whether she asked for more time, in the statement that finds her admission."""
    row = (
        Admission.objects.filter(contest=contest, member=member)
        .values_list(ClockTimestamp(), "member__user__more_time")
        .first()
    )
    if row is None:
        raise refusals.NotAdmitted
    return row[0], bool(row[1])


def refuse_window(contest: Contest, now: dt.datetime) -> None:
    """Nobody takes part before the opening or after the end, at the desk as little as online."""
    not_yet = contest.opens_at is not None and now < contest.opens_at
    if contest.state == Contest.State.DRAFT or not_yet:
        raise refusals.NotOpenYet(contest)
    over = contest.closes_at is not None and now >= contest.closes_at
    if contest.state == Contest.State.CLOSED or over:
        raise refusals.Closed(contest)


def _refuse_another(contest: Contest, previous: list[Attempt]) -> None:
    passed = next((one for one in previous if one.passed_as is not None), None)
    if passed is not None:
        raise refusals.AlreadyPassed(passed)
    if contest.attempts_allowed and len(previous) >= contest.attempts_allowed:
        raise refusals.NoAttemptsLeft(contest.attempts_allowed)


def _opened(
    contest: Contest,
    now: dt.datetime,
    due_at: dt.datetime,
    *,
    seen: Collection[int] = (),
    **whose: object,
) -> Attempt:
    """Insert, unless a second click was faster: the constraint decides whose attempt it is."""
    rules = rules_of(contest.draw)
    drawn = draw_paper(
        rules,
        drawables_in(contest.bank_id, rules, seen=seen),
        chance=secrets.SystemRandom(),
    )
    mine = Attempt(
        contest=contest,
        started_at=now,
        due_at=due_at,
        paper=drawn,
        salt=secrets.token_hex(16),
        **whose,
    )
    Attempt.objects.bulk_create([mine], ignore_conflicts=True)
    owner = {name: value for name, value in whose.items() if name != "nth"}
    attempt = Attempt.objects.get(contest=contest, state=Attempt.State.OPEN, **owner)
    attempt.contest = contest
    if attempt.salt == mine.salt:
        if not mine.is_trial:
            _count_uses(drawn)
        by = mine.trial_by or (mine.member and mine.member.user_id)
        ledger.record(
            "quiz.attempt_started", attempt, by=by, union_id=contest.union_id, nth=attempt.nth
        )
    return attempt


def _count_uses(paper: Sequence[Slot]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(COUNT_USES, [[slot.version_id for slot in paper]])


def _locked(attempt: Attempt) -> Attempt:
    """The attempt as it is now, ours until commit.

    Locks are taken in one order everywhere: one's own attempt while it is open, the contest, then what
    ``kernel.allotment.actions`` says of claims and pools. An attempt that was handed in is changed
    only by whoever has its contest.
    """
    rows = Attempt.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("contest__prizes", "member", "trial_by", "prize").get(pk=attempt.pk)


def _refuse_late(attempt: Attempt, now: dt.datetime) -> None:
    if attempt.state != Attempt.State.OPEN:
        raise refusals.HandedInAlready(attempt)
    if now > attempt.due_at + attempt.contest.grace:
        raise refusals.TimeIsUp(attempt)


def _checked(attempt: Attempt, position: int, given: Sequence[str]) -> list[str]:
    if not 1 <= position <= len(attempt.paper):
        raise refusals.NoAnswer
    version = QuestionVersion.objects.get(pk=attempt.slots[position - 1].version_id)
    try:
        return as_given(
            version.kind, given, options=len(version.options), blanks=blanks_in(version.stem)
        )
    except ValueError as error:
        raise refusals.NoAnswer from error
