from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Count
from django.utils import timezone

from unionhall.base.invariant import Invariant
from unionhall.people.unions.actions.lists import LIST_KEPT_DAYS, OF_A_PERSON
from unionhall.people.unions.models import Change, Edge, ListImport, Office, Union

PROBLEMS = (
    "evil characters",
    "bad path length",
    "orphan",
    "wrong depth",
    "wrong count of children",
)


def broken_branches() -> Iterator[str]:
    """Unions whose place in the tree cannot be."""
    for problem, ids in zip(PROBLEMS, Union.objects.find_problems(), strict=True):
        yield from (f"union {one}: {problem}" for one in ids)


def wrong_edges() -> Iterator[str]:
    """Unions without a live edge, or with one that is not where they stand; of those that are closed, one."""
    parents = dict(Edge.objects.filter(until_on=None).values_list("union_id", "parent__path"))
    unions = Union.objects.values_list("pk", "path", "closed_on")
    for pk, path, closed_on in unions.iterator():
        above = "no edge" if closed_on else path[: -Union.steplen] or None
        if parents.get(pk, "no edge") != above:
            yield f"union {pk}: {parents.get(pk, 'no edge')} is not {above}"


def twins() -> Iterator[str]:
    """Unions of one name under one parent, by their live edges."""
    live = Edge.objects.filter(until_on=None)
    names = live.values("parent_id", "union__name").annotate(times=Count("pk"))
    for one in names.filter(times__gt=1):
        yield f"{one['union__name']} under union {one['parent_id']}: {one['times']}"


def edges_backwards() -> Iterator[str]:
    """Edges that end before they begin."""
    for edge in Edge.objects.exclude(until_on=None).iterator():
        if edge.until_on and edge.until_on < edge.since_on:
            yield f"union {edge.union_id}: {edge.since_on} to {edge.until_on}"


def closed_and_not_let_go() -> Iterator[str]:
    """Unions that are closed and do not stand below what they went to, or have somebody in office."""
    closed = Union.objects.exclude(closed_on=None).select_related("successor")
    for union in closed.iterator():
        if not union.path.startswith(union.successor.path):
            yield f"union {union.pk}: not below union {union.successor_id}"
    live = Office.objects.filter(until_on=None).exclude(union__closed_on=None)
    yield from (f"office {pk}: of a closed union" for pk in live.values_list("pk", flat=True))


def lists_kept_too_long() -> Iterator[str]:
    """Lists with their chairs' phones, and what an import replaced of them, that were not let go."""
    old = timezone.now() - dt.timedelta(days=LIST_KEPT_DAYS + 1)
    lists = ListImport.objects.filter(created_at__lt=old).exclude(state=ListImport.State.RUNNING)
    yield from (f"list {pk}" for pk in lists.exclude(content=None).values_list("pk", flat=True))
    values = Change.objects.filter(at__lt=old, was__isnull=False, column__in=OF_A_PERSON)
    yield from (f"change {pk}: what was" for pk in values.values_list("pk", flat=True))


INVARIANTS = [
    Invariant("The tree of unions is sound.", broken_branches),
    Invariant("The history of each union ends where it stands in the tree.", wrong_edges),
    Invariant("No two unions under one have the same name.", twins),
    Invariant("No union left a place before it came there.", edges_backwards),
    Invariant(
        "A closed union stands below what it went to, and nobody holds office in it.",
        closed_and_not_let_go,
    ),
    Invariant("Lists of unions are let go when they have served.", lists_kept_too_long),
]
