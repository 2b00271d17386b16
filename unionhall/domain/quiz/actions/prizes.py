"""More prizes, or fewer, while a contest runs."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.domain.quiz.actions.passing import tell_winner
from unionhall.domain.quiz.models import Attempt, Contest
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment.queries import why_none
from unionhall.kernel.allotment.rules import SoldOut, TooSmall
from unionhall.people.accounts.models import User


@transaction.atomic
def resize_prizes(contest: Contest, *, capacity: int, by: User) -> list[Attempt]:
    """Change how many prizes there are; never below what was given: ``TooSmall``. After the end: ``Refused``.

    Whoever passed and found none left gets hers before anybody who passes later, in the order of passing. Returns
    those attempts. The contest's row is ours meanwhile: who passes now waits for it, as all who pass do.
    """
    contest = (
        Contest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("prizes")
        .get(pk=contest.pk)
    )
    _refuse_when_over(contest)
    assert contest.prizes is not None, "refused without"  # noqa: S101
    given = contest.attempts.filter(prize__isnull=False).count()
    if capacity < given:
        raise TooSmall(asked=capacity, taken=given)
    line = [(attempt, attempt.member) for attempt in _in_line(contest) if attempt.member]
    claims = allotment.resize_and_grant(
        contest.prizes, capacity=capacity, members_in_order=[member for _one, member in line], by=by
    )
    won = {claim.member_id: claim for claim in claims}
    served = []
    for attempt, member in line:
        attempt.contest, attempt.prize = contest, won.get(member.pk)
        attempt.prize_refusal = "" if attempt.prize else why_none(contest.prizes, member)
        if attempt.prize_refusal == SoldOut.code:
            break  # and so it is for everybody behind her
        attempt.save(update_fields=["prize", "prize_refusal"])
        if attempt.prize is not None:
            tell_winner(attempt)
            served.append(attempt)
    return served


def _refuse_when_over(contest: Contest) -> None:
    """By the database's clock, with the contest's row in hand: the sweep that closes it may be late."""
    running = contest.prizes is not None and contest.state == Contest.State.PUBLISHED
    if running and (contest.closes_at is None or contest.closes_at > now_in_database()):
        return
    raise Refused(
        _("没改。"),
        why=_("已经到了结束时间，奖品份数不再变。")
        if running
        else _("这次没有奖品，或者奖品已经定下来了。"),
        next=_("回到列表看一眼。"),
        code="not_running",
    )


def _in_line(contest: Contest) -> QuerySet[Attempt]:
    """Everybody who passed and was told that all had gone, in the order of passing."""
    waiting = contest.attempts.filter(prize_refusal=SoldOut.code)
    return waiting.select_related("member").order_by("passed_as")
