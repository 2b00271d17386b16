"""What a line of a roll says otherwise than what stands there, column by column."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from django.db.models import Max

from unionhall.base import lookups  # noqa: F401 — any_of
from unionhall.base.encryption import indexers
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


@dataclass(frozen=True, slots=True)
class OnRoll:
    """Somebody whom a line names and who is known already."""

    member: Person
    live: Place | None


@dataclass(frozen=True, slots=True)
class Compared:
    """What taking a line in would do, or why it cannot be taken.

    ``person`` and ``place``: column -> what the line says and the member, or her live membership,
    does not.
    """

    effect: str
    reason: Reason | None = None
    person: Mapping[str, object] = field(default_factory=dict)
    place: Mapping[str, object] = field(default_factory=dict)


def on_roll(lines: Iterable[RollLine], *, lock: bool = False) -> dict[str, OnRoll]:
    """ID number -> who is on the roll under it, with her live membership. Two statements.

    ``lock``: both are held until the transaction ends, people first, each in the order of keys.
    """
    keys = indexers(ID_NUMBER)
    numbers = {index(line.id_number): line.id_number for line in lines for index in keys}
    members = Member.objects.filter(id_index__any_of=numbers)
    if lock:
        members = members.order_by("pk").select_for_update(no_key=True)
    people = [Person(*row) for row in members.values_list(*Person._fields)]
    live = Membership.objects.filter(left_on=None, member__pk__any_of=[one.pk for one in people])
    if lock:
        live = live.order_by("pk").select_for_update(of=("self",), no_key=True)
    places = {row[1]: Place(*row) for row in live.values_list(*Place._fields)}
    return {numbers[one.id_index]: OnRoll(one, places.get(one.pk)) for one in people}


def compared(line: RollLine, known: OnRoll | None, union_id: int) -> Compared:
    """Hold a line against who is on the roll under its number, if anybody is."""
    if known is None:
        return Compared(RollRow.Effect.NEW)
    at_home = known.live is not None and known.live.union_id == union_id
    reason = conflict_with_roll(line, name=known.member.name, at_home=at_home)
    if reason:
        return Compared("", reason)
    if known.live is not None and not at_home:
        return Compared(RollRow.Effect.ELSEWHERE)
    person = _otherwise(known.member, member_columns(line))
    if known.live is None:
        return Compared(RollRow.Effect.NEW, person=person)
    said = membership_columns(line)
    if not line.standing_said:
        del said["standing"]
    place = _otherwise(known.live, said)
    effect = RollRow.Effect.UPDATED if person or place else RollRow.Effect.UNCHANGED
    return Compared(effect, person=person, place=place)


def _otherwise(row: Person | Place, columns: Mapping[str, object]) -> dict[str, object]:
    return {name: said for name, said in columns.items() if getattr(row, name) != said}


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
    said = {
        "name": line.name,
        "id_kind": ID_KINDS[line.id_kind],
        "phone": line.phone,
        "sex": SEXES.get(line.sex, ""),
        "born_on": line.born_on,
        "ethnicity": line.ethnicity[:20],
        "education": line.education[:20],
        "skill_grade": line.skill_grade,
        "employment": EMPLOYMENTS.get(line.employment, ""),
        "front_line": line.front_line,
    }
    return {column: value for column, value in said.items() if value not in {None, ""}}


def membership_columns(line: RollLine) -> dict[str, object]:
    """What the line says of the membership."""
    said = {
        "standing": STANDINGS[line.standing],
        "department": line.department[:80],
        "joined_on": line.joined_on,
    }
    return {column: value for column, value in said.items() if value not in {None, ""}}
