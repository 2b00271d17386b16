"""Whom a checked roll will bring: kept column by column, so that a yes takes thousands in at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from itertools import starmap

from django.db import connection

from unionhall.base.copying import copy_in, joined_by_hashes, plan_anew
from unionhall.base.encryption import indexer, the_only_index_key
from unionhall.people.members.models import (
    PHONE,
    PHONE_TAIL,
    Newcomer,
    RollImport,
)
from unionhall.people.members.queries.comparing import EMPLOYMENTS, ID_KINDS, SEXES, STANDINGS
from unionhall.people.members.rules import RollLine

PERSON = (
    "name", "id_kind", "id_number", "id_index", "phone", "phone_index", "phone_tail_index", "sex",
    "born_on", "ethnicity", "education", "skill_grade", "front_line", "employment",
)  # fmt: skip
PLACE = ("standing", "department", "joined_on")
TAILS = 10_000  # there are no more


def keep_newcomers(roll: RollImport, lines: Iterable[tuple[int, RollLine, str]]) -> None:
    """Keep those who are new: the places of their rows, what these say, and the indexes of their numbers.

    They are ready to go in as they are.
    """
    row_of = _columns(roll.pk)
    columns = ("roll_import", "place", "union", *PERSON, *PLACE)
    copy_in(Newcomer, columns, starmap(row_of, lines))


@lru_cache(1)  # a roll is written in many batches
def _columns(roll_id: int) -> Callable[[int, RollLine, str], tuple[object, ...]]:
    of_phone, of_tail = indexer(PHONE), lru_cache(TAILS)(indexer(PHONE_TAIL))

    def row(place: int, line: RollLine, id_index: str) -> tuple[object, ...]:
        phone = line.phone
        return (
            roll_id, place, line.union, line.name, ID_KINDS[line.id_kind], line.id_number,
            id_index, phone or None, of_phone(phone) if phone else "",
            of_tail(phone[-4:]) if phone else "", SEXES.get(line.sex, ""), line.born_on,
            line.ethnicity[:20], line.education[:20], line.skill_grade, line.front_line,
            EMPLOYMENTS.get(line.employment, ""), STANDINGS[line.standing], line.department[:80],
            line.joined_on,
        )  # fmt: skip

    return row


def admit_newcomers(
    roll: RollImport, span: tuple[int, int], unions: Mapping[str, int]
) -> list[int]:
    """Take those in whose rows stand in ``span``; the places of those who are new no more.

    ``unions``: name -> id of those that a roll may name now. Two texts are the same person if
    they have the same index, which holds under one key only: while keys are changed, nobody is
    taken in here, and each row is looked at by itself. In the order of the index: two rolls with
    the same people wait for one another, never each for the other. They are numbered in the order
    of their rows, however the planner joins.
    """
    names, ids = list(unions), list(unions.values())
    version = the_only_index_key()
    only = "none" if version is None else f"{version}:%"
    plan_anew()
    with connection.cursor() as cursor, joined_by_hashes(cursor):
        cursor.execute(ADMIT, [names, ids, roll.pk, *span, roll.batch_id, only, roll.batch_id])
        return [place for (place,) in cursor.fetchall()]


_PERSON, _PLACE = ", ".join(PERSON), ", ".join(PLACE)
ADMIT = f"""
WITH due AS MATERIALIZED (
    SELECT in_line.*, nextval((SELECT pg_get_serial_sequence('members_member', 'id'))) AS member_id
    FROM (
        SELECT new.*, known.id AS union_id FROM members_newcomer new
        LEFT JOIN unnest(%s::text[], %s::bigint[]) AS known (name, id) ON known.name = new."union"
        WHERE new.roll_import_id = %s AND new.place BETWEEN %s AND %s ORDER BY new.place
    ) in_line
), come AS (
    INSERT INTO members_member (id, {_PERSON}, batch_id)
    SELECT member_id, {_PERSON}, %s FROM due WHERE union_id IS NOT NULL AND id_index LIKE %s ORDER BY id_index
    ON CONFLICT (id_index) DO NOTHING
    RETURNING id, id_index
), there AS (
    INSERT INTO members_membership (member_id, union_id, {_PLACE}, batch_id)
    SELECT come.id, union_id, {_PLACE}, %s FROM come JOIN due USING (id_index) ORDER BY come.id
)
SELECT place FROM due WHERE NOT EXISTS (SELECT FROM come WHERE come.id_index = due.id_index)
"""  # noqa: S608 — columns of ours


def line_of(new: Newcomer, warnings: Collection[str]) -> RollLine:
    """What the roll said of her, in the roll's own words; ``warnings`` of her row."""
    return RollLine(
        name=new.name,
        id_kind=_WORDS[new.id_kind],
        id_number=new.id_number,
        born_on=new.born_on,
        sex=_WORDS.get(new.sex, ""),
        phone=new.phone or "",
        union=new.union,
        standing=_WORDS[new.standing],
        joined_on=new.joined_on,
        ethnicity=new.ethnicity,
        department=new.department,
        education=new.education,
        skill_grade=new.skill_grade,
        employment=_WORDS.get(new.employment, ""),
        front_line=new.front_line,
        standing_said="STATE_DEFAULTED" not in warnings,
        joined_month_only="DATE_DAY_MISSING" in warnings,
    )


_WORDS: dict[str, str] = {
    value: word
    for known in (ID_KINDS, SEXES, EMPLOYMENTS, STANDINGS)
    for word, value in known.items()
}
