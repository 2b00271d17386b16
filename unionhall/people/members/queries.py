from __future__ import annotations

import datetime as dt
import itertools
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Prefetch, Q, QuerySet
from django.db.models.functions import Substr

from unionhall.base.encryption import blind_indexes
from unionhall.base.phones import read_phone
from unionhall.base.spreadsheets import UnreadableFile, read_workbook
from unionhall.base.tables import NoHeaderError, Reason, RowVerdict, Verdict
from unionhall.base.written_text import to_half_width
from unionhall.people.accounts.models import User
from unionhall.people.members.models import (
    ID_NUMBER,
    PHONE,
    PHONE_TAIL,
    Member,
    Membership,
    RollImport,
    RollRow,
)
from unionhall.people.members.rules import RollLine, UnionNames, conflict_with_roll, read_roll
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import in_charge_of, under

TAIL_DIGITS = 4


def member_of(user: User | AnonymousUser) -> Member | None:
    """The person on the roll behind a login, if it is bound."""
    return Member.objects.filter(user_id=user.pk).first() if user.is_authenticated else None


def union_of(member: Member) -> Union | None:
    """Where her live membership is."""
    membership = member.memberships.filter(left_on=None).select_related("union").first()
    return membership.union if membership else None


def within(unions: QuerySet[Union]) -> QuerySet[Member]:
    """Members with a live membership in one of these unions."""
    return Member.objects.filter(
        memberships__left_on=None, memberships__union__in=unions
    ).select_related()


def find(query: str, unions: QuerySet[Union]) -> QuerySet[Member]:
    """By a part of the name, the whole ID number, the whole phone or its last four digits."""
    text = to_half_width(query).strip()
    wanted, phone = Q(name__contains=text), read_phone(text).value
    if text:
        wanted |= Q(id_index__in=blind_indexes(text.upper(), purpose=ID_NUMBER))
    if phone:
        wanted |= Q(phone_index__in=blind_indexes(phone, purpose=PHONE))
    if text.isdigit() and len(text) == TAIL_DIGITS:
        wanted |= Q(phone_tail_index__in=blind_indexes(text, purpose=PHONE_TAIL))
    return within(unions).filter(wanted)


def with_phone(phone: str) -> QuerySet[Member]:
    """Everybody on the roll with this number who is a live member somewhere."""
    return Member.objects.filter(
        phone_index__in=blind_indexes(phone, purpose=PHONE), memberships__left_on=None
    ).distinct()


def member_in_charge(user: User | AnonymousUser, member_id: int) -> Member:
    """Somebody on the roll of a union that ``user`` runs; else ``Member.DoesNotExist``."""
    return within(in_charge_of(user)).get(pk=member_id)


def roll_of(
    unions: QuerySet[Union],
    *,
    query: str = "",
    standing: str = "",
    skill_grade: int | None = None,
    front_line: bool | None = None,
) -> QuerySet[Membership]:
    """The live memberships in these unions, by name; ``query`` as ``find`` understands it."""
    live = Membership.objects.filter(left_on=None, union__in=unions)
    if query:
        live = live.filter(member__in=find(query, unions).values("pk"))
    if standing:
        live = live.filter(standing=standing)
    if skill_grade:
        live = live.filter(member__skill_grade=skill_grade)
    if front_line is not None:
        live = live.filter(member__front_line=front_line)
    return live.select_related("member", "union").order_by("member__name", "pk")


def people_below(union: Union) -> dict[str, int]:
    """Path -> live members, for each union right below, all of its own part of the tree counted."""
    below = Membership.objects.filter(left_on=None, union__path__startswith=union.path)
    branch = Substr("union__path", 1, len(union.path) + union.steplen)
    counted = below.annotate(branch=branch).values("branch").annotate(people=Count("pk"))
    return dict(counted.values_list("branch", "people"))


def memberships_of(member: Member) -> QuerySet[Membership]:
    """Where she was and is, the newest first."""
    return member.memberships.select_related("union").order_by("-pk")


# == Rolls that were sent in ==

BATCH = 500
Judged = tuple[RowVerdict[RollLine], str]  # a verdict, and the effect of an accepted row


def rolls_in_charge(user: User | AnonymousUser) -> QuerySet[RollImport]:
    """The rolls for unions that ``user`` runs, newest first; the file itself stays behind."""
    rolls = RollImport.objects.filter(union__in=in_charge_of(user)).exclude(
        state=RollImport.State.DISCARDED
    )
    return rolls.select_related("union", "by").defer("content").order_by("-pk")


def roll_in_charge(user: User | AnonymousUser, roll_id: int) -> RollImport:
    """One of them, else ``RollImport.DoesNotExist``."""
    return rolls_in_charge(user).get(pk=roll_id)


def rows_of(
    roll: RollImport, *, verdict: str = "", reasons: Collection[str] = ()
) -> QuerySet[RollRow]:
    """Its rows in the order of the file; with ``reasons``, those with one of these codes."""
    rows = roll.roll_rows.order_by("place")
    if verdict:
        rows = rows.filter(verdict=verdict)
    if reasons:
        rows = rows.filter(reduce(or_, (Q(reason_codes__contains=[code]) for code in reasons)))
    return rows


def reasons_of(row: RollRow) -> list[Reason]:
    """Why a row was refused; the codes alone once what stood in it was let go."""
    if row.verdict != Verdict.REJECTED:
        return []
    told = json.loads(row.values)["reasons"] if row.values else []
    kept = [Reason(one["code"], one["column"], one["written"], one["facts"]) for one in told]
    return kept or [Reason(code) for code in row.reason_codes]


@dataclass(frozen=True)
class OnRoll:
    """Somebody whom a line names and who is known already."""

    member: Member
    live: Membership | None


def unions_that_take_members(top: Union) -> dict[str, int]:
    """Name -> id of the unions under ``top`` that a roll may name; shared names are nobody's."""
    unions = list(under(top).filter(level__gte=Union.Level.GRASSROOTS).values_list("name", "pk"))
    times = Counter(name for name, _pk in unions)
    return {name: pk for name, pk in unions if times[name] == 1}


def judge_roll(content: bytes, *, name: str, top: Union, as_of: dt.date) -> Iterator[Judged]:
    """The verdict on every row of the file, held against itself and against the roll.

    Only unions under ``top`` are known. Raises ``UnreadableFile``. Nothing is written.
    """
    unions = unions_that_take_members(top)
    upper = under(top).filter(level__lt=Union.Level.GRASSROOTS).values_list("name", flat=True)
    try:
        verdicts = read_roll(
            read_workbook(content, name=name),
            unions=UnionNames(unions.keys(), set(upper)),
            today=as_of,
            allow_test_ids=settings.TEST_IDS,
        )
    except NoHeaderError as error:
        raise UnreadableFile("no_header") from error
    while batch := list(itertools.islice(verdicts, BATCH)):
        yield from _held_against_roll(batch, unions)


def _held_against_roll(
    batch: Sequence[RowVerdict[RollLine]], unions: dict[str, int]
) -> Iterator[Judged]:
    known = on_roll([verdict.values for verdict in batch if verdict.values])
    for verdict in batch:
        line = verdict.values
        if line is None:
            yield verdict, ""
            continue
        effect, reason = effect_of(line, known.get(line.id_number), unions[line.union])
        if reason:
            refused = replace(verdict, verdict=Verdict.REJECTED, reasons=(reason,), values=None)
            yield replace(refused, normalisations=(), warnings=()), ""
        else:
            yield verdict, effect


def on_roll(lines: Iterable[RollLine], *, lock: bool = False) -> dict[str, OnRoll]:
    """ID number -> who is on the roll under it, with her live membership. Two statements."""
    numbers = {
        index: line.id_number
        for line in lines
        for index in blind_indexes(line.id_number, purpose=ID_NUMBER)
    }
    live = Membership.objects.filter(left_on=None)
    members = Member.objects.filter(id_index__in=numbers).prefetch_related(
        Prefetch("memberships", live, to_attr="live")
    )
    people = members.select_for_update(of=("self",)) if lock else members
    return {
        numbers[member.id_index]: OnRoll(member, next(iter(member.live), None)) for member in people
    }


def effect_of(line: RollLine, known: OnRoll | None, union_id: int) -> tuple[str, Reason | None]:
    """What taking the line in would do, or why it cannot be taken."""
    if known is None:
        return RollRow.Effect.NEW, None
    elsewhere = known.live is not None and known.live.union_id != union_id
    reason = conflict_with_roll(line, name=known.member.name, elsewhere=elsewhere)
    if reason:
        return "", reason
    if known.live is None:
        return RollRow.Effect.NEW, None
    changed = changed_columns(known.member, member_columns(line))
    changed |= changed_columns(known.live, membership_columns(line))
    return (RollRow.Effect.UPDATED if changed else RollRow.Effect.UNCHANGED), None


def changed_columns(row: Member | Membership, columns: dict[str, object]) -> set[str]:
    """The columns in which the line says something else."""
    return {name for name, said in columns.items() if getattr(row, name) != said}


_ID_KINDS = {
    "居民身份证": Member.IdKind.RESIDENT,
    "港澳居民居住证": Member.IdKind.HK_MACAO,
    "台湾居民居住证": Member.IdKind.TAIWAN,
    "护照": Member.IdKind.PASSPORT,
}
_SEXES = {"男": Member.Sex.MALE, "女": Member.Sex.FEMALE}
_EMPLOYMENTS = {
    "合同制": Member.Employment.REGULAR,
    "劳务派遣": Member.Employment.DISPATCHED,
    "新就业形态": Member.Employment.NEW_FORM,
    "其他": Member.Employment.OTHER,
}
_STANDINGS = {
    "在籍": Membership.Standing.CURRENT,
    "保留会籍": Membership.Standing.RETAINED,
}


def member_columns(line: RollLine) -> dict[str, object]:
    """What the line says of the person; what it leaves blank is left alone."""
    said = {
        "name": line.name,
        "id_kind": _ID_KINDS[line.id_kind],
        "phone": line.phone,
        "sex": _SEXES.get(line.sex, ""),
        "born_on": line.born_on,
        "ethnicity": line.ethnicity[:20],
        "education": line.education[:20],
        "skill_grade": line.skill_grade,
        "employment": _EMPLOYMENTS.get(line.employment, ""),
        "front_line": line.front_line,
    }
    return {column: value for column, value in said.items() if value not in {None, ""}}


def membership_columns(line: RollLine) -> dict[str, object]:
    """What the line says of the membership."""
    said = {
        "standing": _STANDINGS[line.standing],
        "department": line.department[:80],
        "joined_on": line.joined_on,
    }
    return {column: value for column, value in said.items() if value not in {None, ""}}
