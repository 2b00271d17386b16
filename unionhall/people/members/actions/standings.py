"""A membership is kept without a vote, or ends."""

from __future__ import annotations

import json
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts.models import User
from unionhall.people.members.actions.locks import hold_people
from unionhall.people.members.models import Change, Member, Membership
from unionhall.people.members.queries.comparing import plain
from unionhall.people.unions.queries import in_charge_of


@transaction.atomic
def retire(member: Member, *, by: User, why: str = Membership.Why.RETIRED) -> None:
    """Keep her membership without the right to vote (保留会籍)."""
    _end_or_retain(member, "members.member_retired", why=why, by=by)


@transaction.atomic
def leave(member: Member, *, by: User | None, why: str) -> None:
    """End her membership today; what she has won and done stays hers. ``by`` nobody: at her own word."""
    _end_or_retain(member, "members.member_left", why=why, by=by)


def change_live_standing(member: Member, *, by: User, why: str) -> None:
    """Retire or leave, as the reason says."""
    (retire if retains(why) else leave)(member, by=by, why=why)


def _end_or_retain(member: Member, deed: str, *, why: str, by: User | None) -> None:
    hold_people([member.pk])
    live = Membership.objects.filter(member=member, left_on=None).first()
    if live is None or (retains(why) and live.standing == Membership.Standing.RETAINED):
        raise Refused(
            _("不用改了。"),
            why=_("她已经是这样了，可能刚才有人先改过。"),
            next=_("刷新看看。"),
            code="already_so",
        )
    if by is not None and not in_charge_of(by).filter(pk=live.union_id).exists():
        raise Refused(
            _("会籍没有改。"),
            why=_("她刚才转到了别的工会。"),
            next=_("要改，请她现在的工会来办。"),
            code="moved_meanwhile",
        )
    entry = ledger.record(deed, member, by=by, union_id=live.union_id, why=why)
    change_standing([live], why=why, entry_id=entry.pk)


def retains(why: str) -> bool:
    """Whether the reason keeps the membership, without a vote."""
    return why in Membership.RETAINED_FOR


def change_standing(memberships: Collection[Membership], *, why: str, entry_id: int) -> None:
    """Retain or end these live memberships, and keep what stood there. Three statements.

    Their people are held by now.
    """
    new: dict[str, object] = {"left_on": timezone.localdate()}
    if retains(why):
        new = {"standing": Membership.Standing.RETAINED}
    Change.objects.bulk_create(
        Change(
            member_id=one.member_id,
            membership=one,
            column=column,
            was=json.dumps(plain(getattr(one, column))),
            entry_id=entry_id,
        )
        for one in memberships
        for column in new
    )
    Membership.objects.filter(pk__in=[one.pk for one in memberships]).update(**new)
