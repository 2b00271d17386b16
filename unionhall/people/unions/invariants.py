from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from unionhall.base.invariant import Invariant
from unionhall.people.unions.models import Edge, Union


def edges_beside_the_tree() -> Iterator[str]:
    """Unions whose live edge names another parent than their path does, or that have none."""
    by_path = dict(Union.objects.values_list("path", "pk"))
    edges = dict(Edge.objects.filter(until_on=None).values_list("union", "parent"))
    for path, pk in by_path.items():
        if pk not in edges or edges[pk] != by_path.get(path[: -Union.steplen]):
            yield f"union {pk}"


def siblings_of_one_name() -> Iterator[str]:
    """Unions that stand twice under the same parent."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT min(id), count(*) FROM unions_union
            GROUP BY left(path, length(path) - %s), name HAVING count(*) > 1
            """,
            [Union.steplen],
        )
        yield from (f"union {pk}, {count} times" for pk, count in cursor.fetchall())


def broken_paths() -> Iterator[str]:
    """What the tree itself finds: orphans, wrong depths, wrong numbers of children."""
    for kind, found in zip(
        ("alphabet", "path", "orphan", "depth", "children"),
        Union.objects.find_problems(),
        strict=True,
    ):
        yield from (f"union {pk}: {kind}" for pk in found)


def offices_that_end_before_they_begin() -> Iterator[str]:
    """Offices whose dates are the wrong way round."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM unions_office WHERE until_on < since_on")
        yield from (f"office {pk}" for (pk,) in cursor.fetchall())


INVARIANTS = [
    Invariant("A union's live edge is the tree's, and it has one.", edges_beside_the_tree),
    Invariant("A parent has one union of a name.", siblings_of_one_name),
    Invariant("The paths of the tree are whole.", broken_paths),
    Invariant("An office ends after it begins.", offices_that_end_before_they_begin),
]
