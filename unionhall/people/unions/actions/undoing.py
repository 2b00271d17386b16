"""The import of a list is put back as if it had never been, as long as nothing stands on it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from unionhall.base.copying import change_in
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.base.patience import unhurried
from unionhall.people.accounts.models import User
from unionhall.people.unions.actions.lists import check_lists_anew
from unionhall.people.unions.actions.tree import count_children, lock_tree
from unionhall.people.unions.models import Change, Edge, ListImport, ListRow, Union
from unionhall.people.unions.queries.undoing import (
    BuiltOn,
    built_on_list,
    changes_of_list,
    checks_built_on_list,
    founded_by,
)

DAYS = {"founded_on", "term_ends_on"}


@unhurried()
def undo_list(sent: ListImport, *, by: User | None, reason: str) -> None:
    """Take out what it founded, put back what it changed and moved; ``Refused`` if built on.

    Lists that were compared with it and have no yes yet are checked anew.
    """
    try:
        _undo(sent, by=by, reason=reason)
    except IntegrityError as error:  # somebody built on it in this very moment
        _refuse_built_on([BuiltOn(_("刚刚登记的资料"), 1)], error)


@transaction.atomic
def _undo(sent: ListImport, *, by: User | None, reason: str) -> None:
    done = ListImport.objects.filter(pk=sent.pk, state=ListImport.State.DONE)
    if not done.update(state=ListImport.State.UNDONE, undone_because=reason[:200]):
        raise Refused(
            _("这份台账现在不能撤销。"),
            why=_("它还没有导入完，或者已经撤销了。"),
            next=_("刷新看看它到了哪一步。"),
            code="list_not_done",
        )
    lock_tree()
    sent.refresh_from_db()
    check_lists_anew(checks_built_on_list(sent))
    # Held from before the look, for a sweep empties what is old of them at any moment.
    changes = list(changes_of_list(sent).select_for_update(of=("self",)))
    _refuse_built_on(built_on_list(sent, by))
    values = _put_back(changes)
    out = _take_out(sent)
    ledger.record("unions.list_undone", sent, by=by, unions=out, values=values)


def _refuse_built_on(built: Sequence[BuiltOn], error: Exception | None = None) -> None:
    """Say what stands on it."""
    if built:
        told = [_("{what} {n} 处").format(what=one.what, n=one.times) for one in built]
        raise Refused(
            _("这次导入撤销不了。"),
            why=_("后面已经有了：{what}。").format(what=_("，").join(told)),
            next=_("到“工会”里逐个改，或者再传一份改好的台账。"),
            code="built_on",
        ) from error


def _put_back(changes: Sequence[Change]) -> int:
    """The latest first, so that the earliest value stays; what is put back is no change any more."""
    columns: dict[int, dict[str, object]] = {}
    for change in reversed(changes):
        was = json.loads(change.was or "null")
        if change.column == Change.PARENT:
            _move_back(change.union_id, was)
        else:
            day = change.column in DAYS and was
            columns.setdefault(change.union_id, {})[change.column] = (
                dt.date.fromisoformat(was) if day else was
            )
    change_in(Union, columns)
    Change.objects.filter(pk__in=[change.pk for change in changes]).delete()
    return len(changes)


def _move_back(union_id: int, parent_id: int) -> None:
    """As if the move had not been: its edge goes, the one before goes on."""
    union, parent = Union.objects.get(pk=union_id), Union.objects.get(pk=parent_id)
    edges = Edge.objects.filter(union=union)
    edges.filter(until_on=None).delete()
    before = edges.filter(parent=parent).latest("pk")
    Union.objects.move(union, parent, pos="last-child")
    edges.filter(pk=before.pk).update(until_on=None)


def _take_out(sent: ListImport) -> int:
    """What it founded. What points at it from elsewhere by now fails here, not at the commit."""
    came = founded_by(sent)
    parents = Edge.objects.filter(union__in=came, until_on=None).exclude(parent__in=came)
    above = set(parents.values_list("parent", flat=True)) - {None}
    ListRow.objects.filter(union__in=came).update(union=None)
    ListRow.objects.filter(parent__in=came).update(parent=None)
    ListImport.absent.through.objects.filter(union__in=came).delete()
    Edge.objects.filter(union__in=came).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM unions_union WHERE batch_id = %s", [sent.batch_id])
        out: int = cursor.rowcount
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    count_children(above)
    return out
