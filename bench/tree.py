"""The tree of unions: a street with 2,000 unions is moved, 20 moves at once, and its pages at 20,000 unions.

The floor of a move is its SQL as a hand would write it: paths, counts of children, the edge's history, the line in the
ledger. Both are done in one transaction each, in the same rounds, and rolled back.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from bench._harness import Figure, database, medians, seconds
from bench.crowd import crowd
from bench.pages import MS_MORE, RATIO, clients_of, lower_quartile, opened
from tests.people import a_login
from unionhall.base.errors import Refused
from unionhall.people.unions import actions as tree
from unionhall.people.unions import invariants
from unionhall.people.unions.models import Edge, Union

UNIONS, BELOW = 20_000, 2_000
TIMES = 3.0  # what a move may take of its SQL by hand
AT_ONCE = 20
FEW, PEOPLE = 1_000, 20_000  # unions and people of the houses whose pages are compared
OF_THE_TREE = ("/desk/unions/", "/desk/reorganisations/", "/desk/tree/")
BY_HAND = (
    """
    UPDATE unions_union SET path = %(new)s || substr(path, length(%(old)s) + 1)
    WHERE path LIKE %(old)s || '%%'
    """,
    "UPDATE unions_union SET numchild = numchild - 1 WHERE id = %(former)s",
    "UPDATE unions_union SET numchild = numchild + 1 WHERE id = %(parent)s",
    "UPDATE unions_edge SET until_on = %(today)s WHERE union_id = %(union)s AND until_on IS NULL",
    "INSERT INTO unions_edge (union_id, parent_id, since_on) VALUES (%(union)s, %(parent)s, %(today)s)",
    """
    INSERT INTO ledger_entry (action, subject_type, subject_id, by_id, union_id, detail)
    VALUES ('unions.union_moved', 'unions.union', %(union)s, NULL, %(union)s, '{}')
    """,
)


def figures(rounds: int) -> Iterator[Figure]:
    """Milliseconds of a move, offences of many at once, and the pages of the tree."""
    yield from moving(rounds, BELOW)
    yield offences_at_once()
    yield from pages(rounds)


def short() -> Iterator[Figure]:
    """The same of a small tree, without pages."""
    yield from moving(1, 50)
    yield offences_at_once()


def moving(rounds: int, below: int) -> Iterator[Figure]:
    """A street with so many unions goes from one district to another."""
    with database("tree"):
        street, other = a_tree(below)
        took = medians(rounds, lambda: measured(street, other))
        ours, floor = took["ours"] * 1000, took["floor"] * 1000
        yield Figure(f"move {below} unions", ours, "ms", floor, TIMES)


def a_tree(below: int) -> tuple[Union, Union]:
    """A city of two districts; in the first a street with so many unions below it."""
    city = tree.found("云桥市总工会", parent=None, level=1)
    here, there = (tree.found(f"{one}区总工会", parent=city, level=1) for one in "东西")
    street = tree.found("云桥街道总工会", parent=here, level=2)
    children = [
        Union(
            name=f"{nth} 号厂工会",
            level=3,
            path=Union._get_path(street.path, street.depth + 1, nth),  # noqa: SLF001
            depth=street.depth + 1,
        )
        for nth in range(1, below + 1)
    ]
    Union.objects.bulk_create(children)
    today = timezone.localdate()
    Edge.objects.bulk_create(Edge(union=one, parent=street, since_on=today) for one in children)
    Union.objects.filter(pk=street.pk).update(numchild=below)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return street, there


def measured(street: Union, other: Union) -> dict[str, float]:
    """Seconds of each, rolled back."""
    by = a_login("周白露")
    return {
        "floor": undone(lambda: by_hand(street, other)),
        "ours": undone(lambda: tree.move(street, parent=other, by=by)),
    }


def undone(do: Callable[[], object]) -> float:
    with transaction.atomic():
        took = seconds(do)
        transaction.set_rollback(True)
    return took


def by_hand(street: Union, other: Union) -> None:
    street.refresh_from_db()
    given = {
        "old": street.path,
        "new": Union._get_path(other.path, other.depth + 1, 1),  # noqa: SLF001
        "former": Edge.objects.get(union=street, until_on=None).parent_id,
        "parent": other.pk,
        "union": street.pk,
        "today": timezone.localdate(),
    }
    with connection.cursor() as cursor:
        for statement in BY_HAND:
            cursor.execute(statement, given)


def offences_at_once() -> Figure:
    """Twenty streets are moved at the same moment, some below one another; the audit's sentences about the tree."""
    with database("at_once"):
        city = tree.found("云桥市总工会", parent=None, level=1)
        streets = [tree.found(f"{nth} 街道", parent=city, level=2) for nth in range(AT_ONCE)]
        for street in streets:
            tree.found("厂工会", parent=street, level=3)
        by, start = a_login("周白露"), threading.Barrier(AT_ONCE)
        moved: list[bool] = []

        def move(nth: int) -> None:
            start.wait()
            try:
                tree.move(streets[nth], parent=streets[(nth * 7 + 3) % AT_ONCE], by=by)
                moved.append(True)
            except Refused:
                moved.append(False)
            finally:
                connection.close()

        threads = [threading.Thread(target=move, args=(nth,)) for nth in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        offences = [line for each in invariants.INVARIANTS for line in each.offenders()]
    assert len(moved) == AT_ONCE, "every move was done or refused"
    return Figure(f"offences, {AT_ONCE} at once", len(offences), "", goal=0)


def pages(rounds: int) -> Iterator[Figure]:
    """Every page of the tree, and those behind, in a house of 20,000 unions beside one of 1,000; by turns."""
    logging.getLogger("django.request").setLevel(logging.ERROR)  # many routes only take a POST
    houses: list[dict[str, tuple[Client, str]]] = []
    for unions in (FEW, UNIONS):
        with crowd(PEOPLE, unions=unions) as house:
            found = opened(house, clients_of(house))
            houses.append({where: (client, path) for where, client, path in found})
    each = [
        Figure(where, ours, "ms", floor, RATIO, slack=MS_MORE)
        for where in houses[1]
        if where.startswith(OF_THE_TREE) and where in houses[0]
        for floor, ours in [by_turns(houses[0][where], houses[1][where], rounds)]
    ]
    yield from (one for one in each if not one.ok)
    slowest = max(each, key=lambda one: one.value - (one.floor or 0))
    yield Figure(
        f"slowest: {slowest.bench}", slowest.value, "ms", slowest.floor, RATIO, slack=MS_MORE
    )
    yield Figure(f"slow of {len(each)} pages", sum(not one.ok for one in each), "", goal=0)


def by_turns(few: tuple[Client, str], many: tuple[Client, str], rounds: int) -> tuple[float, float]:
    """Milliseconds, the lower quartile of each."""
    took = [(visit(FEW, *few), visit(UNIONS, *many)) for _turn in range(2 * rounds + 1)]
    floor, ours = (lower_quartile(column) * 1000 for column in zip(*took, strict=True))
    return floor, ours


def visit(unions: int, client: Client, path: str) -> float:
    """Seconds of a request whose house is awake."""
    with crowd(PEOPLE, unions=unions):
        client.get(path)
        return seconds(lambda: client.get(path))
