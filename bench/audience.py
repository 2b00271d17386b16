"""Count and first page of an audience of three conditions, beside the SQL that a hand would write.

At 20,000 and at 1,000,000 members, each under a street (a twentieth of the tree) and under its top.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from bench._harness import Figure, medians, seconds
from bench.crowd import Crowd, crowd
from unionhall.base.paging import PAGE_SIZE
from unionhall.kernel.audience import queries as audiences
from unionhall.kernel.audience.rules import Audience
from unionhall.people.unions.models import Union

SIZES = (20_000, 1_000_000)
TURNS = 5  # in a round: of a question of 2 ms one answer says little
RATIO, MS_MORE = 1.3, 3.0
WHOM = """
    FROM members_member AS member
    JOIN members_membership AS membership
        ON membership.member_id = member.id AND membership.left_on IS NULL
    JOIN unions_union ON unions_union.id = membership.union_id
    WHERE unions_union.path LIKE %s AND membership.standing = 'current' AND member.sex = 'f'
"""
COUNT = f"SELECT count(*) {WHOM}"
FIRST_PAGE = f"SELECT member.* {WHOM} ORDER BY member.name, member.id LIMIT {PAGE_SIZE}"


def figures(rounds: int) -> Iterator[Figure]:
    """Milliseconds, of each size, for each part of the tree, both questions."""
    for size in SIZES:
        with crowd(size) as house:
            for part, union in parts_of(house):
                took = medians(rounds, lambda union=union: measured(union))
                for what in ("count", "page"):
                    name = f"audience {what}, {part} of {size}"
                    ours, floor = took[what] * 1000, took[f"floor {what}"] * 1000
                    yield Figure(name, ours, "ms", floor, RATIO, slack=MS_MORE)


def parts_of(house: Crowd) -> list[tuple[str, Union]]:
    """A street of the house, and all of it."""
    street = Union.objects.get_children(house.top).order_by("path").first()
    return [("a street", street), ("the whole", house.top)]


def measured(union: Union) -> dict[str, float]:
    """Seconds of ours and of the floor, medians of some by turns, on warm pages."""
    whom = Audience(under_union=union.pk, standings=("current",), sexes=("f",))
    counted = asked(COUNT, union)
    assert [(audiences.members(whom).count(),)] == counted, "not the same people"
    page = first_page(whom)
    assert [one.pk for one in page] == [row[0] for row in asked(FIRST_PAGE, union)]
    questions = {
        "floor count": lambda: asked(COUNT, union),
        "count": lambda: audiences.members(whom).count(),
        "floor page": lambda: asked(FIRST_PAGE, union),
        "page": lambda: first_page(whom),
    }
    return medians(TURNS, lambda: {name: seconds(ask) for name, ask in questions.items()})


def first_page(whom: Audience) -> list[object]:
    """As a page of the desk shows it."""
    return list(audiences.members(whom).order_by("name", "pk")[:PAGE_SIZE])


def asked(sql: str, union: Union) -> list[tuple[object, ...]]:
    """The rows, by a bare cursor."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [f"{union.path}%"])
        rows: list[tuple[object, ...]] = cursor.fetchall()
        return rows
