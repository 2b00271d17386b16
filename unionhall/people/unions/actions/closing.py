"""A union is closed, by itself or into another: what hangs on it in the tree goes where it goes.

The row stays, with its history, below the union that answers for it now. So whoever runs that one sees what it did,
and nothing of other floors has to be rewritten.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from unionhall.people.unions.actions.tree import (
    count_children,
    refuse_closed,
    refuse_names_taken,
)
from unionhall.people.unions.models import Change, Edge, Office, Union

# All that stands below one union, each subtree to its new place; a subtree begins with a path as long as ``old``.
REPLACE = """
    UPDATE unions_union AS moved
    SET path = place.new || substr(moved.path, %(length)s + 1), depth = moved.depth + %(deeper)s
    FROM unnest(%(old)s::text[], %(new)s::text[]) AS place (old, new)
    WHERE moved.path ~>=~ %(first)s AND moved.path ~<~ %(end)s AND substr(moved.path, 1, %(length)s) = place.old
"""
BEHIND = "["  # comes after every sign of a path


def close(union: Union, *, successor: Union, entry_id: int) -> dict[str, int]:
    """End it today in favour of ``successor``; how many ``unions`` went there and ``offices`` ended.

    Both fresh from the database, under the tree's lock. Raises ``Refused`` where a name is taken.
    """
    refuse_closed(union, successor)
    below = list(live_children(union))
    refuse_names_taken([one.name for one in below], successor)
    put_all_under(below, successor, entry_id=entry_id)
    union.refresh_from_db()
    successor.refresh_from_db()
    _put_row_under(union, successor)
    today = timezone.localdate()
    Edge.objects.filter(union=union, until_on=None).update(until_on=today)
    Union.objects.filter(pk=union.pk).update(closed_on=today, successor=successor)
    offices = Office.objects.filter(union=union, until_on=None)
    ended = offices.update(until_on=today, ended_entry=entry_id)
    return {"unions": len(below), "offices": ended}


def reopen(union: Union, *, parent: Union, closed_by: int, entry_id: int) -> dict[str, int]:
    """Put it under ``parent`` again from today; ``closed_by`` and ``entry_id`` are the ledger's entries.

    Unions that its closing moved, and nobody moved since, come back to it, and so do its offices. Under the
    tree's lock.
    """
    refuse_closed(parent)
    refuse_names_taken([union.name], parent)
    successor, today = union.successor, timezone.localdate()
    Union.objects.filter(pk=union.pk).update(closed_on=None, successor=None)
    _put_row_under(union, parent)
    Edge.objects.create(union=union, parent=parent, since_on=today)
    moved = Change.objects.filter(entry_id=closed_by, column=Change.PARENT).values("union")
    there = Edge.objects.filter(union__in=moved, parent=successor, until_on=None).values("union")
    back = list(Union.objects.filter(pk__in=there).order_by("path"))
    union.refresh_from_db()
    put_all_under(back, union, entry_id=entry_id)
    offices = _offices_back(union, closed_by)
    return {"unions": len(back), "offices": offices}


def live_children(union: Union) -> Sequence[Union]:
    """Right below it today, in the order of the tree."""
    children = Union.objects.get_children(union).filter(closed_on=None)
    return list(children.order_by("path"))


def put_all_under(unions: Sequence[Union], parent: Union, *, entry_id: int) -> None:
    """Siblings, with all below them, under another parent: a few statements, however many. Under the tree's lock."""
    if not unions:
        return
    today = timezone.localdate()
    former = dict(
        Edge.objects.filter(union__in=unions, until_on=None).values_list("union", "parent")
    )
    Change.objects.bulk_create(
        Change(union=one, column=Change.PARENT, was=json.dumps(former[one.pk]), entry_id=entry_id)
        for one in unions
    )
    Edge.objects.filter(union__in=unions, until_on=None).update(until_on=today)
    parent.refresh_from_db()
    _replace(unions, parent)
    Edge.objects.bulk_create(Edge(union=one, parent=parent, since_on=today) for one in unions)


def _replace(unions: Sequence[Union], parent: Union) -> None:
    """Their paths, behind the last of ``parent``'s children."""
    before = unions[0].path[: -Union.steplen]
    last = Union.objects.get_children(parent).aggregate(last=Max("path"))["last"]
    step = Union._str2int(last[-Union.steplen :]) if last else 0  # noqa: SLF001 — treebeard's own count
    depth = parent.depth + 1
    new = [
        Union._get_path(parent.path, depth, step + nth)  # noqa: SLF001
        for nth, _one in enumerate(unions, start=1)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            REPLACE,
            {
                "old": [one.path for one in unions],
                "new": new,
                "length": len(unions[0].path),
                "deeper": depth - unions[0].depth,
                "first": before,
                "end": before + BEHIND,
            },
        )
    above = Union.objects.filter(path=before).values_list("pk", flat=True)
    count_children({parent.pk, *above})


def _put_row_under(union: Union, parent: Union) -> None:
    """The row alone changes its place; it has no live edge that would say so."""
    union.refresh_from_db()
    parent.refresh_from_db()
    if union.path[: -Union.steplen] != parent.path:
        Union.objects.move(union, parent, pos="last-child")


def _offices_back(union: Union, closed_by: int) -> int:
    """Those that ended with it; not those who have the same office again by now."""
    ended = Office.objects.filter(union=union, ended_entry=closed_by)
    held = Office.objects.filter(union=union, until_on=None).values_list("user", "role")
    taken = set(held)
    back = [one.pk for one in ended if (one.user_id, one.role) not in taken]
    return Office.objects.filter(pk__in=back).update(until_on=None, ended_entry=None)
