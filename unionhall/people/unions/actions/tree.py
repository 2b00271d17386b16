"""Found, move and staff unions."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Change, Edge, Office, Union
from unionhall.people.unions.queries import may_give
from unionhall.people.unions.rules.roles import ADMINISTRATORS, IN_CHARGE

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
    """Enter a union under its parent; ``Refused`` when the parent has one of that name, or is closed."""
    lock_tree()
    refuse_names_taken([name], parent)
    fields = {"name": name, "level": level, **facts}
    if parent is None:
        union: Union = Union.objects.add_root(create_kwargs=fields)
    else:
        parent.refresh_from_db()
        refuse_closed(parent)
        union = Union.objects.add_child(parent, create_kwargs=fields)
    Edge.objects.create(union=union, parent=parent, since_on=since_on or timezone.localdate())
    ledger.record("unions.union_founded", union, by=by, union_id=union.pk)
    return union


@transaction.atomic
def move(union: Union, *, parent: Union, by: User) -> Union:
    """Put a union, and all below it, under another parent; its edge keeps the history."""
    return move_told(union, parent=parent, by=by)[0]


@transaction.atomic
def move_told(union: Union, *, parent: Union, by: User) -> tuple[Union, int]:
    """The same, and the ledger's entry of it."""
    lock_tree()
    union.refresh_from_db()
    parent.refresh_from_db()
    if parent.path.startswith(union.path):
        raise Refused(
            _("没有移动。"),
            why=_("一个工会不能放到自己的下级里。"),
            next=_("换一个上级。"),
            code="own_descendant",
        )
    refuse_closed(union, parent)
    if parent.path == union.path[: -Union.steplen]:
        raise Refused(
            _("不用移了。"),
            why=_("它本来就在这个上级下面。"),
            next=_("换一个上级。"),
            code="already_there",
        )
    refuse_names_taken([union.name], parent)
    entry = ledger.record("unions.union_moved", union, by=by, union_id=union.pk, parent=parent.pk)
    put_under(union, parent, entry_id=entry.pk)
    union.refresh_from_db()
    return union, entry.pk


def stood_under(union: Union, *, entry_id: int) -> Union:
    """Its parent before the deed of this entry moved or closed it."""
    change = Change.objects.filter(union=union, column=Change.PARENT, entry_id=entry_id).first()
    was = json.loads(change.was or "null") if change else None
    if was is None:
        was = Edge.objects.filter(union=union).latest("pk").parent_id
    parent: Union = Union.objects.get(pk=was)
    return parent


def put_under(union: Union, parent: Union, *, entry_id: int) -> None:
    """Both fresh from the database, under the tree's lock; what was before is kept."""
    today = timezone.localdate()
    edge = Edge.objects.get(union=union, until_on=None)
    was = json.dumps(edge.parent_id)
    Change.objects.create(union=union, column=Change.PARENT, was=was, entry_id=entry_id)
    edge.until_on = today
    edge.save(update_fields=["until_on"])
    Union.objects.move(union, parent, pos="last-child")
    Edge.objects.create(union=union, parent=parent, since_on=today)


@transaction.atomic
def appoint(
    user: User,
    *,
    union: Union,
    role: str,
    by: User | None = None,
    ends_on: dt.date | None = None,
    because: str = "",
) -> Office:
    """Give ``user`` a role from today, to the end of ``ends_on`` if that is said; twice is once."""
    refuse_closed(union)
    if by is not None:  # nobody: an operator, on the command line
        _refuse_above_oneself(by, user, union, role)
    _end(Office.objects.filter(user=user))
    _refuse_both(user, role)
    if role in ADMINISTRATORS:
        _refuse_mixed(user, union, role)
    office, new = Office.objects.get_or_create(
        user=user,
        union=union,
        role=role,
        until_on=None,
        defaults={
            "since_on": timezone.localdate(),
            "ends_on": ends_on,
            "given_by": by,
            "because": because[:200],
        },
    )
    if new:
        whom, action = user.pk, "unions.officer_appointed"
        ledger.record(action, office, by=by, union_id=union.pk, user=whom, role=role)
    return office


def _refuse_above_oneself(by: User, user: User, union: Union, role: str) -> None:
    """Nobody gives herself a role, and who watches or stands first is named by a chair."""
    if by.pk == user.pk or not may_give(by, union, role):
        raise Refused(
            _("没有任命。"),
            why=_("不能任命自己；主席由主席或上级任命，经审委员和三个管理员只有主席能任命和免去。"),
            next=_("请这个工会或上级工会的主席来办。"),
            code="role_above_ones_own",
        )


def _refuse_both(user: User, role: str) -> None:
    """An administrator of the platform has no members in her charge, nor the other way round (GB/T 22239-2019, 8.1.4)."""
    apart = IN_CHARGE if role in ADMINISTRATORS else ADMINISTRATORS if role in IN_CHARGE else ()
    if Office.objects.filter(user=user, until_on=None, role__in=apart).exists():
        raise Refused(
            _("没有任命。"),
            why=_("管平台的人不管会员，管会员的人不管平台：两样不能是同一个人。"),
            next=_("换一个人，或者先结束她现在的职务。"),
            code="administrator_in_charge",
        )


def _refuse_mixed(user: User, union: Union, role: str) -> None:
    """The administrators stand at the top, and watch one another: no two of them are one person."""
    if union.depth > 1:
        raise Refused(
            _("没有任命。"),
            why=_("系统、安全、审计管理员管的是整个平台，只在最上面的工会设。"),
            next=_("到最上面的工会去任命。"),
            code="administrator_below",
        )
    if Office.objects.filter(user=user, until_on=None, role__in=ADMINISTRATORS).exclude(role=role):
        raise Refused(
            _("没有任命。"),
            why=_("系统、安全、审计三个管理员互相看着，一个人只能当一个。"),
            next=_("换一个人，或者先结束她现在的那个。"),
            code="administrators_apart",
        )


def end_offices_past() -> int:
    """Those whose last day is over. Their rights ended with that day; this is for the list."""
    return _end(Office.objects.all())


def _end(offices: QuerySet[Office]) -> int:
    over = offices.filter(until_on=None, ends_on__lt=timezone.localdate())
    return over.update(until_on=F("ends_on") + dt.timedelta(days=1))


@transaction.atomic
def dismiss(office: Office, *, by: User) -> None:
    """End an office; it holds from the next request. ``office`` was found by ``office_in_charge``."""
    if Office.objects.filter(pk=office.pk, until_on=None).update(until_on=timezone.localdate()):
        ledger.record(
            "unions.officer_dismissed", office, by=by, union_id=office.union_id, user=office.user_id
        )


@transaction.atomic
def note_seen_as(office: Office, *, by: User) -> None:
    """Somebody looks at the desk as whoever holds this office sees it; she can change nothing there."""
    ledger.record("unions.seen_as", office, by=by, union_id=office.union_id, user=office.user_id)


@transaction.atomic
def hand_over_office(office: Office, *, to: User, by: User, because: str = "") -> Office:
    """Her office ends, and ``to`` has the same one from today."""
    new = appoint(to, union=office.union, role=office.role, by=by, because=because)
    dismiss(office, by=by)
    return new


def lock_tree() -> None:
    """Two moves at once would corrupt the paths."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TREE_LOCK])


def refuse_names_taken(names: Collection[str], parent: Union | None) -> None:
    """No two unions of one name stand under one parent; those that are closed are out of the way."""
    there = _children_of(parent).filter(name__in=names, closed_on=None)
    if name := there.values_list("name", flat=True).first():
        raise Refused(
            _("“{name}”已经有了。").format(name=name),
            why=_("同一个上级下面，工会的名称不能重复。"),
            next=_("换一个名称，或者打开已有的那一个。"),
            code="name_taken",
        )


def refuse_closed(*unions: Union) -> None:
    """Nothing new is put into a union that is closed, nor is it moved."""
    for union in unions:
        if union.closed_on:
            raise Refused(
                _("{union}已经撤销了。").format(union=union.name),
                why=_("{day:%Y-%m-%d} 撤销，它的人和事归{successor}。").format(
                    day=union.closed_on, successor=union.successor
                ),
                next=_("换成{successor}再来。").format(successor=union.successor),
                code="union_closed",
            )


def _children_of(parent: Union | None) -> QuerySet[Union]:
    """In the order of their paths; of nobody: the tops of the trees."""
    children: QuerySet[Union] = (
        Union.objects.get_children(parent) if parent else Union.objects.get_root_nodes()
    )
    return children


def count_children(parents: Iterable[int]) -> None:
    """Treebeard keeps the number of rows right below with the row above; those of closed unions, too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE unions_union AS above SET numchild = (SELECT count(*) FROM unions_union AS child "
            "WHERE child.path ~>=~ above.path AND child.path ~<~ (above.path || '[') "
            "AND child.depth = above.depth + 1) WHERE id = ANY(%s)",
            [list(parents)],
        )
