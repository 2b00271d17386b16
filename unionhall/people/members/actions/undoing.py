"""An import is put back as if it had never been, as long as nothing stands on it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable

from django.db import connection, transaction
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts.models import User
from unionhall.people.members.actions.people import indexes
from unionhall.people.members.actions.taking_in import MEMBER_COLUMNS
from unionhall.people.members.models import (
    Absence,
    Change,
    Member,
    Membership,
    RollImport,
    RollRow,
    TransferRequest,
)
from unionhall.people.members.queries.undoing import Built, built_on, changes_of

DAYS = {"born_on", "joined_on", "left_on"}
AT_ONCE = 500


@transaction.atomic
def undo_roll(roll: RollImport, *, by: User | None, reason: str) -> None:
    """Take out whom it brought, put back what it changed, ask for nobody any more."""
    done = RollImport.objects.filter(pk=roll.pk, state=RollImport.State.DONE)
    if not done.update(state=RollImport.State.UNDONE, undone_because=reason[:200]):
        raise Refused(
            _("这份名册现在不能撤销。"),
            why=_("它还没有导入完，或者已经撤销了。"),
            next=_("刷新看看它到了哪一步。"),
            code="roll_not_done",
        )
    people = Member.objects.filter(memberships__batch_id=roll.batch_id)
    list(people.select_for_update(of=("self",)).values_list("pk"))  # who binds a login now waits
    refuse_if_built_on(built_on(roll))
    put_back = _put_back(list(changes_of(roll).select_related("member", "membership")))
    out = _take_out(roll.batch_id)
    open_ones = TransferRequest.objects.filter(roll_import=roll, state=TransferRequest.State.ASKED)
    open_ones.update(state=TransferRequest.State.WITHDRAWN, decided_by=by)
    roll.absences.all().delete()
    ledger.record(
        "members.roll_undone", roll, by=by, union_id=roll.union_id, people=out, values=put_back
    )


def _take_out(batch_id: int | None) -> int:
    """Whom it brought; in two statements, for Django would fetch every row to look for others.

    What points at them from another app by now fails the commit: the keys are checked there.
    """
    places = Membership.objects.filter(batch_id=batch_id)
    people = Member.objects.filter(batch_id=batch_id)
    Absence.objects.filter(membership__in=places).delete()
    TransferRequest.objects.filter(member__in=people).delete()
    RollRow.objects.filter(member__in=people).update(member=None)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM members_membership WHERE batch_id = %s", [batch_id])
        out: int = cursor.rowcount
        cursor.execute("DELETE FROM members_member WHERE batch_id = %s", [batch_id])
    return out


def refuse_if_built_on(built: Iterable[Built]) -> None:
    """Say what stands on it."""
    told = [_("{what} {n} 处").format(what=one.what, n=one.times) for one in built]
    if told:
        raise Refused(
            _("这次导入撤销不了。"),
            why=_("后面已经有了：{what}。").format(what=_("，").join(told)),
            next=_("到“会员”里逐个改。"),
            code="built_on",
        )


def _put_back(changes: list[Change]) -> int:
    """The latest first, so that the earliest value stays; what is put back is no change any more."""
    members: dict[int, Member] = {}
    memberships: dict[int, Membership] = {}
    for change in reversed(changes):
        row: Member | Membership
        if change.membership_id and change.membership:
            row = memberships.setdefault(change.membership_id, change.membership)
        else:
            row = members.setdefault(change.member_id, change.member)
        setattr(row, change.column, was_of(change))
    for member in members.values():
        for column, value in indexes(member.id_number, member.phone or "").items():
            setattr(member, column, value)
    Member.objects.bulk_update(members.values(), MEMBER_COLUMNS, batch_size=AT_ONCE)
    columns = ["standing", "department", "joined_on", "left_on"]
    Membership.objects.bulk_update(memberships.values(), columns, batch_size=AT_ONCE)
    Change.objects.filter(pk__in=[change.pk for change in changes]).delete()
    return len(changes)


def was_of(change: Change) -> object:
    """The value that stood there, as the column holds it."""
    value = json.loads(change.was or "null")
    if change.column in DAYS and value:
        return dt.date.fromisoformat(value)
    return value
