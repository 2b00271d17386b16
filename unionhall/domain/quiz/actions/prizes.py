"""More prizes, or fewer, while a contest runs."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.domain.quiz.actions.passing import decide_prize, tell_winner
from unionhall.domain.quiz.models import Attempt, Contest
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment.rules import TooSmall
from unionhall.people.accounts.models import User


@transaction.atomic
def resize_prizes(contest: Contest, *, capacity: int, by: User) -> list[Attempt]:
    """Change how many prizes there are; never below what was given: ``TooSmall``.

    Whoever passed and found none left gets hers before anybody who passes later, in the order of passing. Returns
    those attempts. The contest's row is ours meanwhile: who passes now waits for it, as all who pass do.
    """
    contest = (
        Contest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("prizes")
        .get(pk=contest.pk)
    )
    if contest.prizes is None or contest.state != Contest.State.PUBLISHED:
        raise Refused(
            _("没改。"),
            why=_("这次没有奖品，或者奖品已经定下来了。"),
            next=_("回到列表看一眼。"),
            code="not_running",
        )
    given = contest.attempts.filter(prize__isnull=False).count()
    if capacity < given:
        raise TooSmall(asked=capacity, taken=given)
    allotment.resize(contest.prizes, capacity=capacity, by=by)
    return _serve_line(contest)


def _serve_line(contest: Contest) -> list[Attempt]:
    """Ask again for everybody who was told that all had gone, until that is true once more."""
    served = []
    waiting = contest.attempts.filter(prize_refusal="sold_out").select_related("member")
    for attempt in waiting.order_by("passed_as"):
        attempt.contest = contest
        decide_prize(attempt, contest.state)
        if attempt.prize_refusal == "sold_out":
            break
        attempt.save(update_fields=["prize", "prize_refusal"])
        if attempt.prize is not None:
            tell_winner(attempt)
            served.append(attempt)
    return served
