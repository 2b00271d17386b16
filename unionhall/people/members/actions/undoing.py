"""An import is put back as if it had never been, as long as nothing stands on it."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base import lookups  # noqa: F401 — any_of
from unionhall.base.copying import change_in
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.base.patience import unhurried
from unionhall.people.accounts.models import User
from unionhall.people.members.actions.locks import hold_people
from unionhall.people.members.actions.people import phone_columns
from unionhall.people.members.actions.rolls import check_anew
from unionhall.people.members.models import (
    Absence,
    BulkRow,
    Change,
    Member,
    Membership,
    RollImport,
    RollRow,
    TransferRequest,
)
from unionhall.people.members.queries.undoing import (
    Built,
    built_on,
    changes_of,
    checks_built_on,
    people_of,
)

DAYS = {"born_on", "joined_on", "left_on"}


@unhurried()
def undo_roll(roll: RollImport, *, by: User | None, reason: str) -> None:
    """Take out whom it brought, put back what it changed, ask for nobody any more.

    Rolls that were compared with it and have no yes yet are checked anew.
    Somebody may be sent something between our look and our commit; the second look sees it.
    """
    try:
        _undo_roll(roll, by, reason)
    except (IntegrityError, OperationalError):
        _undo_roll(roll, by, reason)


@transaction.atomic
def _undo_roll(roll: RollImport, by: User | None, reason: str) -> None:
    done = RollImport.objects.filter(pk=roll.pk, state=RollImport.State.DONE)
    because = reason[:200]
    if not done.update(state=RollImport.State.UNDONE, undone_because=because, of_union=None):
        raise Refused(
            _("这份名册现在不能撤销。"),
            why=_("它还没有导入完，或者已经撤销了。"),
            next=_("刷新看看它到了哪一步。"),
            code="roll_not_done",
        )
    hold_people(people_of(roll), to_delete=True)
    check_anew(checks_built_on(roll))
    changes = list(changes_of(roll).select_for_update())  # or what was might be let go meanwhile
    refuse_if_built_on(built_on(roll, by))
    put_back(changes)
    out = _take_out(roll.batch_id)
    open_ones = TransferRequest.objects.filter(roll_import=roll, state=TransferRequest.State.ASKED)
    open_ones.update(
        state=TransferRequest.State.WITHDRAWN, decided_by=by, decided_at=timezone.now()
    )
    roll.absences.all().delete()
    ledger.record(
        "members.roll_undone", roll, by=by, union_id=roll.union_id, people=out, values=len(changes)
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
    BulkRow.objects.filter(membership__in=places).delete()
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
            next=_("资料有错，就在名册里改好再传一次；后面还有别的名册，就从最近的一份撤起。"),
            code="built_on",
        )


def put_back(changes: Sequence[Change]) -> None:
    """What stood in each column that was changed, and no other; then it is no change any more."""
    people: dict[int, dict[str, object]] = defaultdict(dict)
    places: dict[int, dict[str, object]] = defaultdict(dict)
    for change in reversed(changes):  # so that the earliest value stays
        row = places[change.membership_id] if change.membership_id else people[change.member_id]
        row.update(_columns(change.column, was_of(change)))
    change_in(Member, people)
    change_in(Membership, places)
    Change.objects.filter(pk__any_of=[change.pk for change in changes]).delete()


def _columns(column: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 — whatever it holds
    """The column, and those that follow from it."""
    return phone_columns(str(value or "")) if column == "phone" else {column: value}


def was_of(change: Change) -> Any:  # noqa: ANN401 — whatever the column holds
    """The value that stood there, as the column holds it."""
    value = json.loads(change.was or "null")
    if change.column in DAYS and value:
        return dt.date.fromisoformat(value)
    return value
