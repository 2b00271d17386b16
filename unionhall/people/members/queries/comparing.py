"""What a line of a roll says otherwise than what stands there, column by column."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from django.db import connection
from django.db.models import Max

from unionhall.base.encryption import indexers, unsealer
from unionhall.base.tables import Reason
from unionhall.people.members.models import ID_NUMBER, Change, Member, Membership, RollRow
from unionhall.people.members.rules import RollLine, conflict_with_roll

Plain: TypeAlias = str | int | bool | None
Told: TypeAlias = list[Plain]  # [column, what stood there, what the line says, entry of the former]


class Person(NamedTuple):
    """What stands on the roll of a person; a model would take several times as long to make."""

    pk: int
    id_index: str
    batch_id: int | None
    name: str
    id_kind: str
    phone: str | None
    sex: str
    born_on: dt.date | None
    ethnicity: str
    education: str
    skill_grade: int | None
    employment: str
    front_line: bool | None


class Place(NamedTuple):
    """What stands on the roll of a membership."""

    pk: int
    member_id: int
    union_id: int
    batch_id: int | None
    standing: str
    department: str
    joined_on: dt.date | None


STABLE_OF_PERSON, STABLE_OF_PLACE = 3, 4  # columns of which a line says nothing stand first
OF_PERSON, OF_PLACE = Person._fields[STABLE_OF_PERSON:], Place._fields[STABLE_OF_PLACE:]
NOTHING: Mapping[str, object] = MappingProxyType({})

# In SQL, for a hundred thousand of them: Django's way to a row costs as much as the database's.
# An index has no space in it, and one text is read faster than an array of thousands.
PEOPLE = f"""
    SELECT id, {", ".join(Person._fields[1:])} FROM members_member
    WHERE id_index = ANY(string_to_array(%s, ' '))
"""  # noqa: S608 — columns of ours
LIVE = f"""
    SELECT id, {", ".join(Place._fields[1:])} FROM members_membership
    WHERE left_on IS NULL AND member_id = ANY(%s)
"""  # noqa: S608 — columns of ours
IN_ORDER_AND_HELD = "ORDER BY id FOR NO KEY UPDATE"
PHONE_SEALED_FOR = Member._meta.get_field("phone").purpose


class OnRoll(NamedTuple):
    """Somebody whom a line names and who is known already."""

    member: Person
    live: Place | None


class Compared(NamedTuple):
    """What taking a line in would do, or why it cannot be taken.

    ``person`` and ``place``: column -> what the line says and the member, or her live membership,
    does not.
    """

    effect: str
    reason: Reason | None = None
    person: Mapping[str, object] = NOTHING
    place: Mapping[str, object] = NOTHING


UNCHANGED = Compared(RollRow.Effect.UNCHANGED)


def numbers_in(lines: Iterable[RollLine]) -> dict[str, str]:
    """Blind index -> ID number; while keys are changed several to a number, the newest last."""
    keys = indexers(ID_NUMBER)
    return {index(line.id_number): line.id_number for line in lines for index in keys}


def on_roll(numbers: Mapping[str, str], *, lock: bool = False) -> dict[str, OnRoll]:
    """ID number -> who is on the roll under it, with her live membership. Two statements.

    ``numbers`` as ``numbers_in`` gives them. The statements are not joined, for where thousands
    came a moment ago the planner takes them for a few. ``lock``: both are held until the
    transaction ends, people first, each in the order of keys.
    """
    held = IN_ORDER_AND_HELD if lock else ""
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE + held, [" ".join(numbers)])
        people = list(_people(cursor.fetchall()))
        cursor.execute(LIVE + held, [[one.pk for one in people]])
        places = {row[1]: Place._make(row) for row in cursor.fetchall()}
    return {numbers[one.id_index]: OnRoll(one, places.get(one.pk)) for one in people}


def _people(rows: Iterable[tuple[Any, ...]]) -> Iterator[Person]:
    opened, at = unsealer(PHONE_SEALED_FOR), Person._fields.index("phone")
    for row in rows:
        phone = row[at]
        yield Person._make((*row[:at], phone and opened(phone), *row[at + 1 :]))


def compared(line: RollLine, known: OnRoll | None, union_id: int) -> Compared:
    """Hold a line against who is on the roll under its number, if anybody is."""
    if known is None:
        return Compared(RollRow.Effect.NEW)
    if _says_what_stands(line, known, union_id):
        return UNCHANGED  # most rows of a roll that comes again
    return _held_against(line, known, union_id)


def _held_against(line: RollLine, known: OnRoll, union_id: int) -> Compared:
    at_home = known.live is not None and known.live.union_id == union_id
    reason = conflict_with_roll(line, name=known.member.name, at_home=at_home)
    if reason:
        return Compared("", reason)
    if known.live is not None and not at_home:
        return Compared(RollRow.Effect.ELSEWHERE)
    person = _otherwise(OF_PERSON, said_of_person(line), known.member[STABLE_OF_PERSON:])
    if known.live is None:
        return Compared(RollRow.Effect.RETURNED, person=person)
    place = _otherwise(OF_PLACE, said_of_place(line), known.live[STABLE_OF_PLACE:])
    if not line.standing_said:
        place = {name: said for name, said in place.items() if name != "standing"}
    if line.joined_month_only and _same_month(line.joined_on, known.live.joined_on):
        place = {name: said for name, said in place.items() if name != "joined_on"}
    if not person and not place:
        return UNCHANGED
    return Compared(RollRow.Effect.UPDATED, person=person, place=place)


def _says_what_stands(line: RollLine, known: OnRoll, union_id: int) -> bool:
    """Word for word, and in the same union."""
    if known.live is None or known.live.union_id != union_id:
        return False
    same_person = said_of_person(line) == known.member[STABLE_OF_PERSON:]
    return same_person and said_of_place(line) == known.live[STABLE_OF_PLACE:]


def _otherwise(
    columns: Sequence[str], said: Sequence[object], stands: Sequence[object]
) -> Mapping[str, object]:
    """What is said and stands otherwise; what is left blank is left alone."""
    return {
        name: now
        for name, now, before in zip(columns, said, stands, strict=True)
        if now != before and not (now is None or now == "")
    }


def _same_month(said: dt.date | None, stands: dt.date | None) -> bool:
    """So that a month alone says nothing against the day that is known."""
    if said is None or stands is None:
        return False
    return said.replace(day=1) == stands.replace(day=1)


def told_changes(known: OnRoll, found: Compared, said: Mapping[tuple[int, str], int]) -> list[Told]:
    """The changes as a row of a roll keeps them; ``said`` as ``who_said`` answers."""
    member = known.member
    told: list[Told] = [
        [
            name,
            plain(getattr(member, name)),
            plain(now),
            said.get((member.pk, name), member.batch_id),
        ]
        for name, now in found.person.items()
    ]
    live = known.live
    if live is None:
        return told
    return told + [
        [name, plain(getattr(live, name)), plain(now), said.get((member.pk, name), live.batch_id)]
        for name, now in found.place.items()
    ]


def who_said(members: Collection[int]) -> dict[tuple[int, str], int]:
    """(member, column) -> the ledger entry with which the present value came, where it is not her first."""
    changes = Change.objects.filter(member__in=members).values("member_id", "column")
    latest = changes.annotate(entry=Max("entry_id"))
    return {(one["member_id"], one["column"]): one["entry"] for one in latest}


def plain(value: object) -> Plain:
    """As JSON can say it."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int):
        return value
    return str(value)


ID_KINDS = {
    "居民身份证": Member.IdKind.RESIDENT,
    "港澳居民居住证": Member.IdKind.HK_MACAO,
    "台湾居民居住证": Member.IdKind.TAIWAN,
    "护照": Member.IdKind.PASSPORT,
    "外国人永久居留身份证": Member.IdKind.PERMANENT_RESIDENCE,
}
SEXES = {"男": Member.Sex.MALE, "女": Member.Sex.FEMALE}
EMPLOYMENTS = {
    "合同制": Member.Employment.REGULAR,
    "劳务派遣": Member.Employment.DISPATCHED,
    "新就业形态": Member.Employment.NEW_FORM,
    "其他": Member.Employment.OTHER,
}
STANDINGS = {
    "在籍": Membership.Standing.CURRENT,
    "保留会籍": Membership.Standing.RETAINED,
}


def member_columns(line: RollLine) -> dict[str, object]:
    """What the line says of the person; what it leaves blank is left alone."""
    return _named(OF_PERSON, said_of_person(line))


def membership_columns(line: RollLine) -> dict[str, object]:
    """What the line says of the membership."""
    return _named(OF_PLACE, said_of_place(line))


def _named(columns: Sequence[str], said: Sequence[object]) -> dict[str, object]:
    named = zip(columns, said, strict=True)
    return {name: value for name, value in named if not (value is None or value == "")}


def said_of_person(line: RollLine) -> tuple[object, ...]:
    """In the order of ``OF_PERSON``."""
    return (
        line.name,
        ID_KINDS[line.id_kind],
        line.phone,
        SEXES.get(line.sex, ""),
        line.born_on,
        line.ethnicity[:20],
        line.education[:20],
        line.skill_grade,
        EMPLOYMENTS.get(line.employment, ""),
        line.front_line,
    )


def said_of_place(line: RollLine) -> tuple[object, ...]:
    """In the order of ``OF_PLACE``."""
    return (STANDINGS[line.standing], line.department[:80], line.joined_on)
