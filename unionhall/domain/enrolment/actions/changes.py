"""She leaves, which nobody may hinder; or she retires, and keeps her membership."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.sweep import one_by_one
from unionhall.domain.enrolment.actions.refusals import on_no_roll
from unionhall.domain.enrolment.queries import case_to_end, leaving_over_due
from unionhall.domain.enrolment.stages import LEAVING, RETIREMENT
from unionhall.kernel.casework import actions as casework
from unionhall.people.members import actions as roll
from unionhall.people.members.models import Membership
from unionhall.people.members.queries import union_of

if TYPE_CHECKING:
    from unionhall.kernel.casework.models import Case
    from unionhall.kernel.casework.stages import Stages
    from unionhall.people.accounts.models import User
    from unionhall.people.members.models import Member

AT_ONCE = 200
Why = Membership.Why


def ask_to_leave(member: Member, *, by: User, text: str = "") -> Case:
    """Her membership ends when her union has noted it, and at the latest when its day has passed."""
    title = _("{name}申请退会").format(name=member.name)
    return _ask(LEAVING, member, title=title, by=by, text=text)


def ask_retirement(member: Member, *, by: User, text: str = "") -> Case:
    """Her membership is kept, without a vote and without dues."""
    live = member.memberships.filter(left_on=None).first()
    if live and live.standing == Membership.Standing.RETAINED:
        raise Refused(
            _("不用再办。"),
            why=_("你的会籍已经是保留会籍。"),
            next=_("活动和服务照常参加。"),
            code="already_so",
        )
    title = _("{name}退休，保留会籍").format(name=member.name)
    return _ask(RETIREMENT, member, title=title, by=by, text=text)


@transaction.atomic
def _ask(stages: Stages, member: Member, *, title: str, by: User, text: str) -> Case:
    union = union_of(member)
    if union is None:
        raise on_no_roll()
    return casework.open_case(
        stages, title=title, union=union, by=by, applicant=member.user, member=member,
        about=f"member:{member.pk}", text=text,
    )  # fmt: skip


@transaction.atomic
def let_go(case: Case, *, by: User | None, text: str = "") -> None:
    """She is not a member any more. ``by`` nobody: her union did not answer, and may not keep her."""
    casework.advance(case, to="done", by=by, text=text)
    union = union_of(case.member) if case.member else None
    if case.member and union and (by is not None or union.pk == case.union_id):
        roll.leave(case.member, by=by, why=Why.RESIGNED)  # of the union that she asked, of no other


def end_memberships_asked_to_end() -> int:
    """Nobody is kept because nobody answered."""
    over = leaving_over_due(timezone.localdate(), now=now_in_database())
    return one_by_one(_let_go, list(over[:AT_ONCE]))


@transaction.atomic
def _let_go(case_id: int) -> int:
    let_go(case_to_end(case_id), by=None)
    return 1


@transaction.atomic
def retain(case: Case, *, by: User, text: str = "") -> None:
    """She has retired: her membership stays."""
    casework.advance(case, to="done", by=by, text=text)
    if case.member is None:
        raise on_no_roll()
    roll.retire(case.member, by=by, why=Why.RETIRED)


@transaction.atomic
def decline_retirement(case: Case, *, by: User, text: str) -> None:
    """She has not retired, as far as her union knows; it says why."""
    casework.demand_reason(text)
    casework.advance(case, to="declined", by=by, text=text)
