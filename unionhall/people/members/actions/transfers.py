"""A member goes from one union to another: never without somebody of the old side, or above."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts.models import User
from unionhall.people.members.actions.locks import hold_open, hold_people
from unionhall.people.members.models import Member, Membership, TransferRequest
from unionhall.people.unions.models import Union


@transaction.atomic
def transfer(member: Member, *, union: Union, by: User, department: str = "") -> Membership:
    """Move her live membership to another union; the old one keeps its dates."""
    hold_open(union)
    hold_people([member.pk])
    old = Membership.objects.filter(member=member, left_on=None).first()
    if old and old.union_id == union.pk:
        raise already_there()
    if old:
        Membership.objects.filter(pk=old.pk).update(left_on=timezone.localdate())
    new = Membership.objects.create(
        member=member,
        union=union,
        standing=old.standing if old else Membership.Standing.CURRENT,
        joined_on=old.joined_on if old else None,
        since_on=timezone.localdate(),
        department=department,
    )
    ledger.record(
        "members.member_transferred",
        member,
        by=by,
        union_id=union.pk,
        from_union=old.union_id if old else None,
    )
    _settle_what_is_open(member, union, by=by)
    return new


def _settle_what_is_open(member: Member, union: Union, *, by: User) -> None:
    """Whoever else asks for her now asks the new union, which has to hear of it and has its days."""
    now, state = timezone.now(), TransferRequest.State
    open_ones = TransferRequest.objects.filter(member=member, state=state.ASKED)
    open_ones.filter(to_union=union).update(state=state.AGREED, decided_by=by, decided_at=now)
    open_ones.update(from_union=union, asked_at=now, told="")


@transaction.atomic
def ask_transfer(member: Member, *, union: Union, by: User) -> TransferRequest:
    """Ask for somebody of another union; a request that is open already stays the one."""
    hold_open(union)
    hold_people([member.pk])
    live = Membership.objects.filter(member=member, left_on=None).first()
    if live is None or live.union_id == union.pk:
        raise already_there()
    request, made = TransferRequest.objects.get_or_create(
        member=member,
        to_union=union,
        state=TransferRequest.State.ASKED,
        defaults={"from_union_id": live.union_id, "asked_by": by},
    )
    if made:
        ledger.record("members.transfer_asked", member, by=by, union_id=union.pk)
    return request


def already_there() -> Refused:
    """A transfer goes from one union to another."""
    return Refused(
        _("不用转了。"),
        why=_("她已经在这个工会，或者刚才离开了。"),
        next=_("选另一个工会。"),
        code="already_there",
    )


@transaction.atomic
def agree_transfer(request: TransferRequest, *, by: User) -> Membership:
    """Let her go where she is asked for. ``by`` was judged by ``queries.transfers``."""
    hold_open(request.to_union)
    hold_people([request.member_id])
    _close(request, TransferRequest.State.AGREED, by=by)
    live = Membership.objects.filter(member=request.member, left_on=None).first()
    if live is None or live.union_id != request.from_union_id:
        raise _moved_meanwhile()
    return transfer(request.member, union=request.to_union, by=by, department=request.department)


@transaction.atomic
def refuse_transfer(request: TransferRequest, *, by: User, reason: str) -> None:
    """She stays; the new union reads the reason, without which there is no answer."""
    if not reason.strip():
        raise Refused(
            _("没有回绝。"),
            why=_("没有写原因。"),
            next=_("写一句为什么，对方好知道怎么办。"),
            code="no_reason",
        )
    _close(request, TransferRequest.State.REFUSED, by=by, reason=reason)
    ledger.record("members.transfer_refused", request.member, by=by, union_id=request.from_union_id)


@transaction.atomic
def withdraw_transfer(request: TransferRequest, *, by: User) -> None:
    """The new union does not ask any more."""
    _close(request, TransferRequest.State.WITHDRAWN, by=by)
    ledger.record("members.transfer_withdrawn", request.member, by=by, union_id=request.to_union_id)


def _close(request: TransferRequest, state: str, *, by: User, reason: str = "") -> None:
    """Once: whoever comes second is told so, as is a side that is not the one to answer any more."""
    asked = TransferRequest.objects.filter(pk=request.pk, state=TransferRequest.State.ASKED)
    mine = asked
    if state != TransferRequest.State.WITHDRAWN:
        mine = asked.filter(from_union=request.from_union_id)
    if not mine.update(state=state, decided_by=by, decided_at=timezone.now(), reason=reason):
        if asked.exists():
            raise _moved_meanwhile()
        raise Refused(
            _("这份接转已经有结果了。"),
            why=_("刚才有人先答复了，或者对方撤回了。"),
            next=_("刷新看看结果。"),
            code="transfer_decided",
        )


def _moved_meanwhile() -> Refused:
    """The side that answers is not the one that has her any more."""
    return Refused(
        _("她已经不在原来的工会了。"),
        why=_("提出接转以后，她的会籍又动过。"),
        next=_("还在别的工会，就由那边答复；离开了，请对方重新传一次名册。"),
        code="moved_meanwhile",
    )


@transaction.atomic
def note_told(request_id: int) -> TransferRequest | None:
    """Take it up to tell both sides of its state; ``None`` when another worker has."""
    untold = TransferRequest.objects.select_for_update(skip_locked=True, of=("self",))
    related = untold.select_related("member", "from_union", "to_union")
    request = related.filter(pk=request_id).exclude(told=F("state")).first()
    if request:
        TransferRequest.objects.filter(pk=request.pk).update(told=request.state)
    return request
