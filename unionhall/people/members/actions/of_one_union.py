"""Whose everybody on a roll is, said by an officer because the file does not say it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts.models import User
from unionhall.people.members.actions.rolls import check_anew
from unionhall.people.members.models import RollImport
from unionhall.people.members.queries import may_choose_union, unions_that_take_members
from unionhall.people.members.queries.headers import takes_everybody
from unionhall.people.unions.models import Union


@transaction.atomic
def choose_union(roll: RollImport, union: Union, *, by: User) -> RollImport:
    """Everybody on a checked roll is in ``union``; what was found is let go, and checked anew."""
    held = RollImport.objects.select_for_update(of=("self",), no_key=True)
    roll = held.select_related("union").defer("content").get(pk=roll.pk)
    if not may_choose_union(roll):
        raise Refused(
            _("现在不能换工会。"),
            why=_("它已经在导入，或者正在检查，或者文件里写着每个人的工会。"),
            next=_("刷新看看它到了哪一步。"),
            code="roll_not_checked",
        )
    if takes_everybody(union, unions_that_take_members(roll.union)) is None:
        raise Refused(
            _("不能都算这个工会的。"),
            why=_("它不收会员，或者范围里还有同名的工会。"),
            next=_("换一个基层工会，或者从那个工会传。"),
            code="union_takes_no_members",
        )
    roll.of_union = union
    roll.save(update_fields=["of_union"])
    check_anew(RollImport.objects.filter(pk=roll.pk))
    ledger.record("members.roll_union_chosen", roll, by=by, union_id=union.pk)
    roll.refresh_from_db(fields=["state"])
    return roll
