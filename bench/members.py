"""A roll of 1,000,000 narrowed by five conditions: first page and number, beside the SQL that a hand would write.

The conditions are on the union, the membership and the person; the part of the tree is a street (a twentieth) and the
whole. The number is counted as far as the page tells it.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from django.utils import timezone

from bench._harness import Figure, medians, seconds
from bench.audience import parts_of
from bench.crowd import crowd
from unionhall.base.paging import COUNTED, PAGE_SIZE, counted
from unionhall.people.members.queries import roll_in
from unionhall.people.members.rules import AGES, Conditions, born_in
from unionhall.people.unions.models import Union

PEOPLE = 1_000_000
TURNS = 5  # in a round
RATIO, MS_MORE = 1.3, 5.0
FIVE = Conditions(
    standings=("current",),
    ages=("35to44",),
    skill_grades=(4, 5, 6),
    front_line=True,
    industries=("C", "G"),
)
WHOM = """
    FROM members_membership AS membership
    JOIN members_member AS member ON member.id = membership.member_id
    JOIN unions_union AS place ON place.id = membership.union_id
    WHERE membership.left_on IS NULL AND place.path LIKE %(path)s AND membership.standing = 'current'
        AND member.front_line AND member.skill_grade IN (4, 5, 6)
        AND member.born_on > %(after)s AND member.born_on <= %(until)s
        AND place.industry_section IN ('C', 'G')
"""
COUNT = f"SELECT count(*) FROM (SELECT membership.id {WHOM} LIMIT {COUNTED + 1}) AS found"
FIRST_PAGE = f"""
    SELECT membership.*, member.*, place.* {WHOM}
    ORDER BY member.name, member.id, membership.id LIMIT {PAGE_SIZE + 1}
"""


def figures(rounds: int) -> Iterator[Figure]:
    """Milliseconds, for each part of the tree, both questions."""
    with crowd(PEOPLE) as house:
        for part, union in parts_of(house):
            took = medians(rounds, lambda union=union: measured(union))
            for what in ("page", "count"):
                name = f"five conditions, {what}, {part} of {PEOPLE}"
                ours, floor = took[what] * 1000, took[f"floor {what}"] * 1000
                yield Figure(name, ours, "ms", floor, RATIO, slack=MS_MORE)


def measured(union: Union) -> dict[str, float]:
    """Seconds of ours and of the floor, medians of some by turns, on warm pages."""
    roll = roll_in(union, FIVE)
    assert [(counted(roll),)] == asked(COUNT, union), "not the same people"
    assert [one.pk for one in first_page(union)] == [row[0] for row in asked(FIRST_PAGE, union)]
    questions = {
        "floor count": lambda: asked(COUNT, union),
        "count": lambda: counted(roll_in(union, FIVE)),
        "floor page": lambda: asked(FIRST_PAGE, union),
        "page": lambda: first_page(union),
    }
    return medians(TURNS, lambda: {name: seconds(ask) for name, ask in questions.items()})


def first_page(union: Union) -> list[object]:
    """As the desk shows it, with one row more to know whether there is a next page."""
    return list(roll_in(union, FIVE)[: PAGE_SIZE + 1])


def asked(sql: str, union: Union) -> list[tuple[object, ...]]:
    """The rows, by a bare cursor."""
    born = born_in(AGES["35to44"], on=timezone.localdate())
    with connection.cursor() as cursor:
        cursor.execute(sql, {"path": f"{union.path}%", **born._asdict()})
        rows: list[tuple[object, ...]] = cursor.fetchall()
        return rows
