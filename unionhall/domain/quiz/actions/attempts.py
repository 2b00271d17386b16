"""One sitting from start to hand-in. The server draws, keeps time and marks."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Sequence
from copy import copy

from django.db import transaction
from django.db.models import DurationField, F, Func, Q

from unionhall.base.clock import ClockTimestamp, now_in_database
from unionhall.base.ledger import actions as ledger
from unionhall.base.sweep import one_by_one
from unionhall.domain.quiz.actions import holding, refusals
from unionhall.domain.quiz.actions.passing import settle
from unionhall.domain.quiz.models import Answer, Attempt, Contest
from unionhall.domain.quiz.queries.attempts import (
    answers_of,
    keys_of,
    known_version,
    known_versions,
    versions_on,
)
from unionhall.domain.quiz.queries.drawing import drawables_in
from unionhall.domain.quiz.rules.marking import as_given, score_of
from unionhall.domain.quiz.rules.papers import draw_paper, rules_of
from unionhall.domain.quiz.rules.questions import blanks_in
from unionhall.kernel.audience.queries import describe, includes
from unionhall.kernel.audience.rules import EVERYBODY
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member

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
    gate = holding.gate_of(contest, member)
    if gate is None:
        raise refusals.NotAdmitted
    previous = _previous(contest, member) if gate.attempts else []
    going_on = next((one for one in previous if one.state == Attempt.State.OPEN), None)
    if going_on is not None:
        return going_on, gate.now > going_on.due_at + contest.grace
    contest = copy(
        contest
    )  # it may be a second old, and others' as well; its rules stay, its window may not
    contest.state, contest.opens_at, contest.closes_at = gate.state, gate.opens_at, gate.closes_at
    refuse_window(contest, gate.now)
    _refuse_another(contest, previous)
    if contest.audience != EVERYBODY and not includes(contest.audience, member):
        raise refusals.NotInAudience(describe(contest.audience))
    due_at = gate.now + dt.timedelta(minutes=contest.minutes * (MORE_TIME if gate.more_time else 1))
    if contest.closes_at is not None:
        due_at = min(due_at, contest.closes_at)
    seen = {slot.version_id for one in previous for slot in one.slots}
    nth = len(previous) + 1
    return _opened(contest, gate.now, due_at, seen=seen, member=member, nth=nth), False


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
    attempt: Attempt,
    position: int,
    given: Sequence[str],
    *,
    seq: int,
    later: bool = False,
    by: User | None = None,
) -> Answer:
    """Keep what was given to one question. The answers are their own record: no ledger line each.

    ``seq`` is that of the answer the page showed (0: none). Sent twice, the answer is the same.
    Of ``attempt`` only the key is asked; ``by``: it must be hers, else ``Attempt.DoesNotExist``.
    Raises ``OutOfSequence`` with the newest answer, ``TimeIsUp``, ``HandedInAlready``,
    ``NoAnswer``.
    """
    attempt = holding.held(attempt, by)
    now, newest = holding.newest_answer(attempt, position)
    _refuse_late(attempt, now)
    kept = _checked(attempt, position, given)
    if newest is not None and (newest.given, newest.later) == (kept, later):
        return newest
    if seq != (newest.seq if newest else 0):
        raise refusals.OutOfSequence(newest)
    return holding.kept(attempt, position, kept, later=later, seq=seq + 1, saved_at=now)


@transaction.atomic
def hand_in(attempt: Attempt, *, by: User | None = None) -> Attempt:
    """Mark what was saved; whoever passes gets her place and perhaps a prize.

    Twice gives the same answer. After the deadline and its grace it is the server that hands in
    (``EXPIRED``); that counts alike. ``attempt`` and ``by`` as in ``save_answer``.
    """
    attempt = holding.held_whole(attempt, by)
    if attempt.state != Attempt.State.OPEN:
        return attempt
    now, given = holding.answered(attempt)
    in_time = now <= attempt.due_at + attempt.contest.grace
    attempt.state = Attempt.State.HANDED_IN if in_time else Attempt.State.EXPIRED
    attempt.handed_in_at = now
    attempt.score = score_of(attempt.slots, keys_of(known_versions(attempt).values()), given)
    ledger.record(
        "quiz.attempt_handed_in",
        attempt,
        by=attempt.trial_by_id or (attempt.member.user_id if attempt.member and in_time else None),
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


def refuse_window(contest: Contest, now: dt.datetime) -> None:
    """Nobody takes part before the opening or after the end, at the desk as little as online."""
    not_yet = contest.opens_at is not None and now < contest.opens_at
    if contest.state == Contest.State.DRAFT or not_yet:
        raise refusals.NotOpenYet(contest)
    over = contest.closes_at is not None and now >= contest.closes_at
    if contest.state == Contest.State.CLOSED or over:
        raise refusals.Closed(contest)


def _previous(contest: Contest, member: Member) -> list[Attempt]:
    previous = list(Attempt.objects.filter(contest=contest, member=member).order_by("nth"))
    for one in previous:
        one.contest = contest
    return previous


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
    """A paper of her own; after a second click the one of the first."""
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
        paper=[list(slot) for slot in drawn],
        salt=secrets.token_hex(16),
        **whose,
    )
    if not holding.opened(mine):
        owner = {name: value for name, value in whose.items() if name != "nth"}
        first = Attempt.objects.get(contest=contest, state=Attempt.State.OPEN, **owner)
        first.contest = contest
        return first
    if not mine.is_trial:
        holding.count_uses([slot.version_id for slot in drawn])
    by = mine.trial_by or (mine.member and mine.member.user_id)
    ledger.record("quiz.attempt_started", mine, by=by, union_id=contest.union_id, nth=mine.nth)
    return mine


def _refuse_late(attempt: Attempt, now: dt.datetime) -> None:
    if attempt.state != Attempt.State.OPEN:
        raise refusals.HandedInAlready(attempt)
    if now > attempt.due_at + attempt.contest.grace:
        raise refusals.TimeIsUp(attempt)


def _checked(attempt: Attempt, position: int, given: Sequence[str]) -> list[str]:
    if not 1 <= position <= len(attempt.paper):
        raise refusals.NoAnswer
    version = known_version(attempt.slots[position - 1].version_id)
    try:
        return as_given(
            version.kind, given, options=len(version.options), blanks=blanks_in(version.stem)
        )
    except ValueError as error:
        raise refusals.NoAnswer from error
