"""Publish a contest, admit people to it, enter those who took part on paper, and close it."""

from __future__ import annotations

import secrets

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from unionhall.base.clock import ClockTimestamp, now_in_database
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.base.sweep import one_by_one
from unionhall.domain.quiz.actions import refusals
from unionhall.domain.quiz.actions.attempts import hand_in_overdue, refuse_window
from unionhall.domain.quiz.actions.passing import settle, tell_winner
from unionhall.domain.quiz.models import Admission, Attempt, Contest
from unionhall.domain.quiz.queries.drawing import in_words, short_of
from unionhall.domain.quiz.queries.winners import chained
from unionhall.domain.quiz.rules.papers import Rule, faults_of_draw, rules_of
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.audience.queries import describe, includes
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member

ON_PAPER = "on_paper"


@transaction.atomic
def publish_contest(contest: Contest, *, by: User) -> Contest:
    """Open it to its audience; from now on its rules stay. Twice is as good as once."""
    contest = _locked(contest)
    if contest.state != Contest.State.DRAFT:
        return contest
    _refuse_faulty_draw(contest)
    if contest.opens_at and contest.closes_at and contest.closes_at <= contest.opens_at:
        raise Refused(
            _("没有发布。"),
            why=_("结束时间不在开始时间之后。"),
            next=_("改好时间再发布。"),
            code="window_faulty",
        )
    contest.state = Contest.State.PUBLISHED
    contest.save(update_fields=["state"])
    ledger.record("quiz.contest_published", contest, by=by, union_id=contest.union_id)
    return contest


@transaction.atomic
def discard_draft(contest: Contest, *, by: User) -> None:
    """Take away a contest that nobody ever saw, with the officers' trials of it.

    Raises ``Refused`` once it is published: what members have read stays.
    """
    contest = _locked(contest)
    if contest.state != Contest.State.DRAFT:
        raise Refused(
            _("没有去掉。"),
            why=_("它已经发布了，会员看得到。"),
            next=_("要停就提前结束。"),
            code="published",
        )
    ledger.record("quiz.draft_discarded", contest, by=by, union_id=contest.union_id)
    contest.attempts.all().delete()
    contest.delete()


@transaction.atomic
def admit(contest: Contest, member: Member, because: str = "") -> Admission:
    """Open the gate for ``member``. Twice is as good as once."""
    made = Admission(contest=contest, member=member, because=because)
    known = Admission.objects.filter(contest=contest, member=member).first()
    if known is not None:
        return known
    Admission.objects.bulk_create([made], ignore_conflicts=True)
    admission = Admission.objects.get(contest=contest, member=member)
    ledger.record(
        "quiz.member_admitted",
        admission,
        by=member.user_id,
        union_id=contest.union_id,
        because=because,
    )
    return admission


@transaction.atomic
def enter_on_paper(contest: Contest, member: Member, *, score: int, by: User) -> Attempt:
    """A paper handed in at the desk: the same counter, the same pool, the place of this moment.

    The gate is waived and says so. Raises ``Refused`` before the opening, after the end, when she
    has an attempt going on, passed already, used up her attempts, or is not in the audience.
    """
    _refuse_on_paper(contest, member, score)
    admit(contest, member, because=ON_PAPER)
    now = now_in_database()
    attempt = Attempt(
        contest=contest,
        member=member,
        nth=contest.attempts.filter(member=member).count() + 1,
        state=Attempt.State.HANDED_IN,
        started_at=now,
        due_at=now,
        handed_in_at=now,
        score=score,
        on_paper_by=by,
        salt=secrets.token_hex(16),
    )
    try:
        with transaction.atomic():
            attempt.save(force_insert=True)
    except IntegrityError as error:
        raise _entered_meanwhile() from error
    ledger.record(
        "quiz.attempt_entered_on_paper", attempt, by=by, union_id=contest.union_id, score=score
    )
    return settle(attempt)


def close_contest(contest: Contest, *, by: User | None = None) -> Contest:
    """End it: no more starts; those who are at it may finish; then the prizes are decided.

    Called again (the sweep does) it ends what could not end before. ``state`` tells: ``CLOSED``
    once the last paper is in and the prizes are given.
    """
    hand_in_overdue(contest)
    return end_contest(contest, by=by)


def close_due() -> int:
    """Close what is past its end; returns how many were closed."""
    due = Contest.objects.filter(state=Contest.State.PUBLISHED, closes_at__lt=ClockTimestamp())
    return one_by_one(_close_one, list(due.values_list("pk", flat=True)))


def _close_one(pk: int) -> bool:
    return close_contest(Contest.objects.get(pk=pk)).state == Contest.State.CLOSED


@transaction.atomic
def end_contest(contest: Contest, *, by: User | None = None) -> Contest:
    """``close_contest`` but for the papers that are overdue: for who has a transaction of her own.

    ``hand_in_overdue`` goes before that transaction. Each paper may win, and with one winner's place
    in hand nobody may wait for a second winner's claim.
    """
    contest = _locked(contest)
    if contest.state != Contest.State.PUBLISHED:
        return contest
    now = now_in_database()
    if contest.closes_at is None or contest.closes_at > now:
        contest.closes_at = now
        contest.save(update_fields=["closes_at"])
        ledger.record("quiz.contest_ended_early", contest, by=by, union_id=contest.union_id)
    if contest.attempts.filter(state=Attempt.State.OPEN, trial_by=None).exists():
        return contest
    given = _award(contest, by=by)
    contest.state, contest.closed_at = Contest.State.CLOSED, now
    contest.winners_link = chained(contest)
    contest.save(update_fields=["state", "closed_at", "winners_link"])
    ledger.record(
        "quiz.contest_closed",
        contest,
        by=by,
        union_id=contest.union_id,
        passed=contest.passed,
        given_now=given,
        winners_link=contest.winners_link,
    )
    return contest


def _award(contest: Contest, *, by: User | None) -> int:
    """Prizes that are decided at the end. In order of handing in they were given on the way."""
    if contest.prizes is None or contest.winners_by == Contest.WinnersBy.ORDER:
        return 0
    passers = list(
        contest.attempts.filter(passed_as__isnull=False)
        .select_related("member")
        .order_by("passed_as")
    )
    if contest.winners_by == Contest.WinnersBy.LOT:
        claims = allotment.draw(
            contest.prizes, among=[one.member for one in passers if one.member], by=by
        )
    else:
        best = sorted(passers, key=lambda one: (-(one.score or 0), one.passed_as or 0))
        claims = allotment.grant(
            contest.prizes, members_in_order=[one.member for one in best if one.member], by=by
        )
    won = {claim.member_id: claim for claim in claims}
    lost = "not_drawn" if contest.winners_by == Contest.WinnersBy.LOT else "outscored"
    for attempt in passers:
        attempt.contest = contest
        attempt.prize = won.get(attempt.member_id or 0)
        attempt.prize_refusal = "" if attempt.prize else lost
        if attempt.prize:
            tell_winner(attempt)
    Attempt.objects.bulk_update(passers, ["prize", "prize_refusal"], batch_size=500)
    return len(won)


def _locked(contest: Contest) -> Contest:
    rows = Contest.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("prizes", "bank").get(pk=contest.pk)


def _refuse_faulty_draw(contest: Contest) -> None:
    words = {
        "EMPTY": _("还没有说抽哪些题。"),
        "UNKNOWN": _("有一种题型或难度不认识。"),
        "NOT_WHOLE": _("题数和每题分数都要是 1 以上的整数。"),
        "MARKS": _("各题加起来不等于满分 %(marks)s 分。") % {"marks": contest.full_marks},
    }
    faults = faults_of_draw(contest.draw, full_marks=contest.full_marks)
    short = [] if faults else short_of(contest.bank, rules_of(contest.draw))
    if faults or short:
        raise Refused(
            _("没有发布。"),
            why="".join([*(words[fault] for fault in faults), *map(_lack_in_words, short)]),
            next=_("改好抽题规则再发布。"),
            code="draw_faulty",
        )


def _lack_in_words(short: tuple[Rule, int]) -> str:
    rule, number = short
    return _("题库里的题不够抽：%(rule)s，还差 %(number)s 道。") % {
        "rule": in_words(rule),
        "number": number,
    }


def _refuse_on_paper(contest: Contest, member: Member, score: int) -> None:
    refuse_window(contest, now_in_database())
    if not 0 <= score <= contest.full_marks:
        raise Refused(
            _("没有登记。"),
            why=_("分数要在 0 到 %(marks)s 之间。") % {"marks": contest.full_marks},
            next=_("改好再登记一次。"),
            code="score_out_of_range",
        )
    if not includes(contest.audience, member):
        raise refusals.NotInAudience(describe(contest.audience))
    attempts = list(contest.attempts.filter(member=member))
    if any(attempt.state == Attempt.State.OPEN for attempt in attempts):
        raise _entered_meanwhile()
    passed = next((attempt for attempt in attempts if attempt.passed_as is not None), None)
    if passed is not None:
        raise refusals.AlreadyPassed(passed)
    if contest.attempts_allowed and len(attempts) >= contest.attempts_allowed:
        raise refusals.NoAttemptsLeft(contest.attempts_allowed)


def _entered_meanwhile() -> Refused:
    return Refused(
        _("没有登记。"),
        why=_("这个人正在网上答，或者刚刚已经登记过。"),
        next=_("看一眼结果名单，再决定要不要登记。"),
        code="already_taking_part",
    )
