"""Found, move and staff unions."""

from __future__ import annotations

import base64
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.base.tables import Verdict
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Edge, ListImport, Office, Union
from unionhall.people.unions.queries import (
    EFFECTS,
    compare_list,
    in_charge_of,
    in_tree,
    judge_union_list,
    union_columns,
    union_effect,
)
from unionhall.people.unions.rules import UnionLine

LIST_KEPT_DAYS = 30
TREE_LOCK = 4754  # the one advisory key under which paths are changed


@transaction.atomic
def found(
    name: str,
    *,
    parent: Union | None,
    level: int,
    by: User | None = None,
    since_on: dt.date | None = None,
    **facts: Any,  # noqa: ANN401 — the other columns of Union
) -> Union:
    """Enter a union under its parent; ``Refused`` when the parent has one of that name."""
    _lock_tree()
    if _name_is_taken(name, parent):
        raise Refused(
            _("“{name}”已经有了。").format(name=name),
            why=_("同一个上级下面，工会的名称不能重复。"),
            next=_("换一个名称，或者打开已有的那一个。"),
            code="name_taken",
        )
    fields = {"name": name, "level": level, **facts}
    if parent is None:
        union: Union = Union.objects.add_root(create_kwargs=fields)
    else:
        parent.refresh_from_db()
        union = Union.objects.add_child(parent, create_kwargs=fields)
    Edge.objects.create(union=union, parent=parent, since_on=since_on or timezone.localdate())
    ledger.record("unions.union_founded", union, by=by, union_id=union.pk)
    return union


@transaction.atomic
def move(union: Union, *, parent: Union, by: User) -> Union:
    """Put a union, and all below it, under another parent; its edge keeps the history."""
    _lock_tree()
    union.refresh_from_db()
    parent.refresh_from_db()
    if parent.path.startswith(union.path):
        raise Refused(
            _("没有移动。"),
            why=_("一个工会不能放到自己的下级里。"),
            next=_("换一个上级。"),
            code="own_descendant",
        )
    today = timezone.localdate()
    Edge.objects.filter(union=union, until_on=None).update(until_on=today)
    Union.objects.move(union, parent, pos="last-child")
    Edge.objects.create(union=union, parent=parent, since_on=today)
    ledger.record("unions.union_moved", union, by=by, union_id=union.pk, parent=parent.pk)
    union.refresh_from_db()
    return union


@transaction.atomic
def appoint(user: User, *, union: Union, role: str, by: User | None = None) -> Office:
    """Put ``user`` in charge from today; twice is once."""
    office, new = Office.objects.get_or_create(
        user=user,
        union=union,
        role=role,
        until_on=None,
        defaults={"since_on": timezone.localdate()},
    )
    if new:
        ledger.record("unions.officer_appointed", office, by=by, union_id=union.pk, user=user.pk)
    return office


@transaction.atomic
def dismiss(office: Office, *, by: User) -> None:
    """End an office; it holds from the next request."""
    if Office.objects.filter(pk=office.pk, until_on=None).update(until_on=timezone.localdate()):
        ledger.record(
            "unions.officer_dismissed", office, by=by, union_id=office.union_id, user=office.user_id
        )


def _lock_tree() -> None:
    """Two moves at once would corrupt the paths."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TREE_LOCK])


def _name_is_taken(name: str, parent: Union | None) -> bool:
    taken: bool = _children_of(parent).filter(name=name).exists()
    return taken


def _children_of(parent: Union | None) -> QuerySet[Union]:
    """In the order of their paths; of nobody: the tops of the trees."""
    children: QuerySet[Union] = (
        Union.objects.get_children(parent) if parent else Union.objects.get_root_nodes()
    )
    return children


@transaction.atomic
def import_unions(
    lines: Sequence[UnionLine], *, by: User | None = None, within: QuerySet[Union] | None = None
) -> dict[str, int]:
    """Take in the accepted lines of a list: one entry for the batch, which the rows carry.

    Counts ``founded``, ``updated``, ``unchanged`` and the ``batch``. Taking the same list in
    again changes nothing. Parents may stand after their children. ``within`` bounds the unions
    that a line can mean: names are shared, and a line may repeat one that belongs to others.
    """
    _lock_tree()
    known = in_tree(lines, within=within)
    effects = {line: union_effect(line, known.get((line.parent, line.name))) for line in lines}
    counts = {e: list(effects.values()).count(e) for e in EFFECTS}
    top = Union.objects.get_first_root_node() or _first_root(lines)
    entry = ledger.record("unions.list_imported", top, by=by, union_id=top.pk, **counts)
    if within is None:
        known.setdefault(("", top.name), top)
    _update([line for line in lines if effects[line] == "updated"], known)
    _plant([line for line in lines if (line.parent, line.name) not in known], known, entry.pk)
    return counts | {"batch": entry.pk}


def _first_root(lines: Sequence[UnionLine]) -> Union:
    """An empty tree gets its root first, for the entry to be about something."""
    line = next(line for line in lines if not line.parent)
    root: Union = Union.objects.add_root(create_kwargs={"name": line.name, **union_columns(line)})
    Edge.objects.create(union=root, parent=None, since_on=line.founded_on or timezone.localdate())
    return root


def _update(lines: Sequence[UnionLine], known: dict[tuple[str, str], Union]) -> None:
    for line in lines:
        Union.objects.filter(pk=known[line.parent, line.name].pk).update(**union_columns(line))


def _plant(lines: Sequence[UnionLine], known: dict[tuple[str, str], Union], batch_id: int) -> None:
    """Enter new unions, each depth of the tree in one statement."""
    by_name = {union.name: union for union in known.values() if union.level < Union.Level.BRANCH}
    waiting = list(lines)
    while ready := [line for line in waiting if not line.parent or line.parent in by_name]:
        seedlings = list(_seedlings(ready, by_name, batch_id))
        Union.objects.bulk_create(one.union for one in seedlings)
        _tie(seedlings)
        for one in seedlings:
            if one.line.level < Union.Level.BRANCH:
                by_name[one.line.name] = one.union
        done = set(ready)
        waiting = [line for line in waiting if line not in done]


class _Seedling(NamedTuple):
    line: UnionLine
    parent: Union | None
    union: Union


def _seedlings(
    lines: Sequence[UnionLine], by_name: dict[str, Union], batch_id: int
) -> Iterator[_Seedling]:
    """Unions with their places in the tree worked out, but not yet entered."""
    groups = defaultdict(list)
    for line in lines:
        groups[line.parent].append(line)
    for parent_name, siblings in groups.items():
        parent = by_name.get(parent_name)
        last = _children_of(parent).last()
        step = Union._str2int(last.path[-Union.steplen :]) if last else 0  # noqa: SLF001 — treebeard's own count
        depth, path = (parent.depth + 1, parent.path) if parent else (1, "")
        for at, line in enumerate(siblings, start=step + 1):
            place = Union._get_path(path, depth, at)  # noqa: SLF001 — what add_child does, for many
            said = union_columns(line)
            union = Union(name=line.name, depth=depth, path=place, batch_id=batch_id, **said)
            yield _Seedling(line, parent, union)


def _tie(seedlings: Sequence[_Seedling]) -> None:
    """The edges of new unions, and their parents' counts of children."""
    today = timezone.localdate()
    Edge.objects.bulk_create(
        Edge(union=union, parent=parent, since_on=line.founded_on or today)
        for line, parent, union in seedlings
    )
    parents = {one.parent for one in seedlings if one.parent}
    for parent in parents:
        parent.numchild += sum(one.parent == parent for one in seedlings)
    Union.objects.bulk_update(parents, ["numchild"])


# == Lists that wait for a yes ==


@transaction.atomic
def receive_list(content: bytes, *, name: str, by: User) -> ListImport:
    """Judge a list and keep it, sealed, until its officer says yes; ``UnreadableFile``."""
    verdicts = judge_union_list(content, name=name, within=in_charge_of(by))
    effects = [one.effect for one in compare_list(verdicts, within=in_charge_of(by))]
    counts = {effect: effects.count(effect) for effect in EFFECTS}
    counts["rejected"] = sum(verdict.verdict == Verdict.REJECTED for verdict in verdicts)
    sent = ListImport.objects.create(
        by=by,
        file_name=PurePath(name.replace("\\", "/")).name[-200:],
        content=base64.b64encode(content).decode(),
        counts=counts,
    )
    ledger.record("unions.list_received", sent, by=by, **counts)
    return sent


@transaction.atomic
def take_in_list(sent: ListImport, *, by: User) -> ListImport:
    """Say yes: judged anew, for the tree and her offices may have changed meanwhile."""
    waiting = ListImport.objects.select_for_update().filter(
        pk=sent.pk, state=ListImport.State.CHECKED
    )
    sent = _one_waiting(waiting)
    content = base64.b64decode(sent.content or "")
    verdicts = judge_union_list(content, name=sent.file_name, within=in_charge_of(by))
    lines = [verdict.values for verdict in verdicts if verdict.values]
    if not lines:
        raise Refused(
            _("没有一行可以导入。"),
            why=_("每一行都有要改的地方，或者不在你现在管的范围里。"),
            next=_("改好表格再传一次。"),
            code="nothing_to_take_in",
        )
    taken = import_unions(lines, by=by, within=in_charge_of(by))
    sent.batch_id = taken.pop("batch")
    sent.counts = sent.counts | taken
    sent.state = ListImport.State.DONE
    sent.save(update_fields=["batch_id", "counts", "state"])
    return sent


@transaction.atomic
def discard_list(sent: ListImport, *, by: User) -> None:
    """Forget a list that was not taken in."""
    waiting = ListImport.objects.filter(pk=sent.pk, state=ListImport.State.CHECKED)
    sent = _one_waiting(waiting)
    waiting.update(state=ListImport.State.DISCARDED, content=None)
    ledger.record("unions.list_discarded", sent, by=by)


def _one_waiting(waiting: QuerySet[ListImport]) -> ListImport:
    sent = waiting.first()
    if sent is None:
        raise Refused(
            _("这份台账不能再动了。"),
            why=_("它已经导入，或者已经撤下。"),
            next=_("刷新看看它到了哪一步。"),
            code="list_not_waiting",
        )
    return sent


@transaction.atomic
def forget_old_lists() -> int:
    """After a month a list is let go, with or without a yes; it holds telephone numbers."""
    old = timezone.now() - dt.timedelta(days=LIST_KEPT_DAYS)
    lists = ListImport.objects.filter(content__isnull=False, created_at__lt=old)
    waiting = lists.filter(state=ListImport.State.CHECKED)
    return waiting.update(state=ListImport.State.DISCARDED, content=None) + lists.filter(
        state=ListImport.State.DONE
    ).update(content=None)
