"""What becomes of those whom a roll does not name: an officer says it, for some or for all."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts.models import User
from unionhall.people.members.actions.standings import change_standing, retains
from unionhall.people.members.models import Absence, RollImport
from unionhall.people.members.queries.rolls import open_absences

KEEP = "keep"


@transaction.atomic
def decide_absent(
    roll: RollImport, *, why: str, by: User | None, only: Collection[int] | None = None
) -> int:
    """Say of the absences in ``only``, or of all that are open, what is the matter; how many.

    ``why``: one of ``Membership.Why``, or ``keep``. One entry of the ledger for all of them.
    """
    if roll.state != RollImport.State.DONE:
        raise Refused(
            _("现在还不能处理。"),
            why=_("这份名册还没有导入完。"),
            next=_("先导入，再来看谁不在名册里。"),
            code="roll_not_done",
        )
    absences = open_absences(roll).select_for_update(of=("self", "membership"))
    chosen = list(absences if only is None else absences.filter(pk__in=only))
    if not chosen:
        raise Refused(
            _("没有要处理的人。"),
            why=_("没有选人，或者选的人刚才已经处理过了。"),
            next=_("刷新以后再选。"),
            code="nobody_chosen",
        )
    entry = ledger.record(
        "members.absent_decided", roll, by=by, union_id=roll.union_id, why=why, people=len(chosen)
    )
    if why != KEEP:
        change_standing([one.membership for one in chosen], why=why, entry_id=entry.pk)
    decided = Absence.objects.filter(pk__in=[one.pk for one in chosen])
    reason = "" if why == KEEP else why
    return decided.update(decision=decision_for(why), reason=reason, entry_id=entry.pk)


def decision_for(why: str) -> str:
    """What the reason means for the membership."""
    if why == KEEP:
        return Absence.Decision.KEEP
    return Absence.Decision.RETAINED if retains(why) else Absence.Decision.LEFT
