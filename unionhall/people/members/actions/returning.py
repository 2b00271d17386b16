"""Somebody who was on a roll before, and left, is a member again: the same person, a new membership."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts.models import User
from unionhall.people.members.actions.locks import hold_open, hold_people
from unionhall.people.members.models import Member, Membership
from unionhall.people.unions.models import Union


@transaction.atomic
def admit_again(member: Member, *, union: Union, by: User) -> Membership:
    """A membership in ``union`` from today on; raises ``Refused`` where she has one somewhere."""
    hold_open(union)
    hold_people([member.pk])
    if Membership.objects.filter(member=member, left_on=None).exists():
        raise Refused(
            _("没有入会。"),
            why=_("她现在是会员，一个人同时只在一个工会。"),
            next=_("换工会要办转会。"),
            code="is_a_member",
        )
    membership = Membership.objects.create(
        member=member, union=union, joined_on=timezone.localdate()
    )
    ledger.record("members.member_admitted_again", member, by=by, union_id=union.pk)
    return membership
