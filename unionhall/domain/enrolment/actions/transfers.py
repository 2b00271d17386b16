"""She wants to go from her union to another: the new one takes her, then the old one lets her go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.sweep import one_by_one
from unionhall.domain.enrolment.actions.refusals import on_no_roll
from unionhall.domain.enrolment.models import Transfer
from unionhall.domain.enrolment.queries import standing_for, transfers_answered
from unionhall.domain.enrolment.stages import TRANSFER
from unionhall.kernel.casework import actions as casework
from unionhall.people.members import actions as roll
from unionhall.people.members.models import TransferRequest
from unionhall.people.members.queries import union_of

if TYPE_CHECKING:
    from unionhall.people.accounts.models import User
    from unionhall.people.members.models import Member
    from unionhall.people.unions.models import Union

AT_ONCE = 200
State = TransferRequest.State


@transaction.atomic
def ask_transfer(member: Member, *, union: Union, by: User, text: str = "") -> Transfer:
    """Asked of ``union``, by herself or by an officer for her; one at a time."""
    here = union_of(member)
    if here is None:
        raise on_no_roll()
    if here.pk == union.pk:
        raise Refused(
            _("不用转了。"),
            why=_("你现在就在这个工会。"),
            next=_("选另一个工会。"),
            code="already_there",
        )
    title = _("{name}申请转到{union}").format(name=member.name, union=union.name)
    case = casework.open_case(
        TRANSFER, title=title, union=union, by=by, applicant=member.user, member=member,
        about=f"member:{member.pk}", text=text,
    )  # fmt: skip
    return Transfer.objects.create(case=case)


@transaction.atomic
def accept_transfer(transfer: Transfer, *, by: User, text: str = "") -> None:
    """The new union takes her, and asks the old one, which has its days."""
    case = transfer.case
    casework.advance(case, to="waiting", by=by, text=text)
    if case.member is None:
        raise on_no_roll()
    request = roll.ask_transfer(case.member, union=standing_for(case.union), by=by)
    Transfer.objects.filter(pk=transfer.pk).update(request=request)
    transfer.request = request


@transaction.atomic
def decline_transfer(transfer: Transfer, *, by: User, text: str) -> None:
    """The new union does not take her; she stays where she is."""
    casework.demand_reason(text)
    if transfer.case.stage == "waiting":
        raise Refused(
            _("没有记下。"),
            why=_("已经请原工会答复了。"),
            next=_("到接转里撤回，她会收到通知。"),
            code="asked_already",
        )
    casework.advance(transfer.case, to="declined", by=by, text=text)


@transaction.atomic
def stop_transfer(transfer: Transfer, *, by: User) -> None:
    """She does not want to go any more; refused where the old union has answered meanwhile."""
    if transfer.request:
        roll.withdraw_transfer(transfer.request, by=by)
    casework.advance(transfer.case, to="stopped", by=by)


def follow_transfers() -> int:
    """Cases that wait for an old union which has answered; ``people`` knows nothing of cases."""
    return one_by_one(_follow, list(transfers_answered()[:AT_ONCE]))


@transaction.atomic
def _follow(case_id: int) -> int:
    """Of several workers, the stage of the case lets one."""
    transfer = Transfer.objects.select_related("case", "request").get(pk=case_id)
    request = transfer.request
    agreed = request is not None and request.state == State.AGREED
    casework.advance(
        transfer.case, to="done" if agreed else "declined", by=None, text="" if agreed else _why_not(request)
    )  # fmt: skip
    return 1


def _why_not(request: TransferRequest | None) -> str:
    if request is None:
        return _("接转已经不在了。要转，请再提一次。")
    if request.state == State.WITHDRAWN:
        return _("新工会撤回了接转。")
    return _("原来的工会没有同意：{reason}").format(reason=request.reason)
