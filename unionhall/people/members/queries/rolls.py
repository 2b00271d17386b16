"""Rolls that were sent in: whose they are, their rows, and the verdict on each."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from unionhall.base.kept_reasons import reasons_kept
from unionhall.base.paging import Total, counted
from unionhall.base.tables import Reason, RowVerdict, Verdict
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Absence, Newcomer, RollImport, RollRow
from unionhall.people.members.queries.comparing import (
    UNCHANGED,
    Told,
    compared,
    numbers_in,
    on_roll,
    told_changes,
    who_said,
)
from unionhall.people.members.queries.headers import NoHeader, takes_everybody
from unionhall.people.members.queries.judging import HeldAgainst, read_and_judged
from unionhall.people.members.rules import Headings, RollLine
from unionhall.people.programs.models import ProgramKey
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import in_charge_of, under

BATCH = 5000
ABSENCES_COUNTED = 2000


class Judged(NamedTuple):
    """A verdict; of an accepted row what it would do, to whom, and what it says otherwise."""

    verdict: RowVerdict[RollLine]
    effect: str = ""
    member_id: int | None = None
    changes: Sequence[Told] = ()
    new_index: str = ""  # of her number, under which nobody is known


class JudgedRoll(NamedTuple):
    """What a file says: its headings, and row by row. ``of_union``: it has no column for unions."""

    headings: Headings
    of_union: Union | None
    rows: Iterator[Judged]


def rolls_in_charge(user: User | AnonymousUser) -> QuerySet[RollImport]:
    """The rolls for unions that ``user`` runs, newest first; the file itself stays behind."""
    rolls = RollImport.objects.filter(union__in=in_charge_of(user)).exclude(
        state=RollImport.State.DISCARDED
    )
    return rolls.select_related("union", "by", "key").defer("content").order_by("-pk")


def roll_in_charge(user: User | AnonymousUser, roll_id: int) -> RollImport:
    """One of them, else ``RollImport.DoesNotExist``."""
    return rolls_in_charge(user).get(pk=roll_id)


def rolls_pushed_with(key: ProgramKey) -> QuerySet[RollImport]:
    """The rolls that a program pushed with this very key, newest first."""
    rolls = RollImport.objects.filter(key=key).exclude(state=RollImport.State.DISCARDED)
    return rolls.select_related("union", "by").defer("content").order_by("-pk")


def rows_of(
    roll: RollImport,
    *,
    verdict: str = "",
    effect: str = "",
    reasons: Collection[str] = (),
    warning: str = "",
) -> QuerySet[RollRow]:
    """Its rows in the order of the file; with ``reasons``, those with one of these codes."""
    rows = roll.roll_rows.order_by("place")
    if effect:
        rows = rows.filter(effect=effect)
    if verdict:
        rows = rows.filter(verdict=verdict)
    if warning:
        rows = rows.filter(warnings__contains=[warning])
    if reasons:
        rows = rows.filter(reduce(or_, (Q(reason_codes__contains=[code]) for code in reasons)))
    return rows


def has_many_sheets(roll: RollImport) -> bool:
    """Its first row and its last stand in two sheets. Two looks."""
    sheets = roll.roll_rows.values_list("sheet", flat=True)
    return sheets.order_by("place").first() != sheets.order_by("place").last()


def newcomers_in(rows: Collection[RollRow]) -> dict[int, tuple[str, dt.date | None]]:
    """Row -> the name of whoever is new in it and her day of joining, as long as what was read is kept."""
    new = [row for row in rows if row.effect == RollRow.Effect.NEW and row.values is None]
    if not new:
        return {}
    named = Newcomer.objects.filter(
        roll_import__in={row.roll_import_id for row in new}, place__in=[row.place for row in new]
    )
    read = {
        (roll, place): (name, joined_on)
        for roll, place, name, joined_on in named.values_list(
            "roll_import", "place", "name", "joined_on"
        )
    }
    told = {row.pk: read.get((row.roll_import_id, row.place)) for row in new}
    return {pk: one for pk, one in told.items() if one}


def reasons_of(row: RollRow) -> list[Reason]:
    """Why a row was refused; the codes alone once what stood in it was let go."""
    if row.verdict != Verdict.REJECTED:
        return []
    return reasons_kept(row.values, row.reason_codes)


def open_absences(roll: RollImport, user: User | AnonymousUser | None) -> QuerySet[Absence]:
    """Whom it does not name, as long as nobody said why and she is still there.

    ``user`` has a say about those of unions that she runs today: the tree may have been moved since.
    """
    absences = Absence.objects.filter(roll_import=roll, decision="", membership__left_on=None)
    if user is not None:
        absences = absences.filter(membership__union__in=in_charge_of(user))
    return absences.select_related("membership__member", "membership__union").order_by("pk")


def count_absences(absences: QuerySet[Absence]) -> Total:
    """How many, up to ``ABSENCES_COUNTED``: whether she is still there is asked for each, row by row."""
    return counted(absences, most=ABSENCES_COUNTED, in_order=True)


def unions_left_out(roll: RollImport, user: User | AnonymousUser) -> list[tuple[Union, int]]:
    """The unions of which the file says nothing, with their live members, the largest first.

    As the check found them; those that ``user`` does not run today are not told.
    """
    people = {int(pk): number for pk, number in roll.left_out.items()}
    unions = in_charge_of(user).filter(pk__in=people)
    return sorted(((one, people[one.pk]) for one in unions), key=lambda two: (-two[1], two[0].path))


def sent_before(roll: RollImport) -> RollImport | None:
    """The same file, sent before for the same union, and not taken down since."""
    gone = [RollImport.State.DISCARDED, RollImport.State.UNREADABLE]
    same = RollImport.objects.filter(union_id=roll.union_id, fingerprint=roll.fingerprint)
    earlier = same.exclude(Q(fingerprint="") | Q(state__in=gone)).filter(pk__lt=roll.pk)
    return earlier.select_related("by").defer("content").order_by("-pk").first()


def unions_that_take_members(top: Union) -> dict[str, int]:
    """Name -> id of the unions under ``top`` that a roll may name; shared names are nobody's."""
    there = under(top).filter(level__gte=Union.Level.GRASSROOTS, closed_on=None)
    unions = list(there.values_list("name", "pk"))
    times = Counter(name for name, _pk in unions)
    return {name: pk for name, pk in unions if times[name] == 1}


def judge_roll(
    content: bytes, *, name: str, top: Union, as_of: dt.date, of_union: Union | None = None
) -> JudgedRoll:
    """The verdict on every row of the file, held against itself and against the roll.

    Only unions under ``top`` are known. Raises ``UnreadableFile``, perhaps behind many good rows.
    Nothing is written. Of a file that has no column for it, everybody is in ``of_union``, or in
    ``top`` if it takes members.
    """
    unions = unions_that_take_members(top)
    one = takes_everybody(of_union or top, unions)
    upper = under(top).filter(level__lt=Union.Level.GRASSROOTS).values_list("name", flat=True)
    held_against = HeldAgainst(
        grassroots=list(unions),
        upper=list(upper),
        today=as_of,
        allow_test_ids=settings.TEST_IDS,
        of_union=one.name if one else None,
    )
    headings, verdicts = read_and_judged(content, name, held_against)
    if headings.missing:
        raise NoHeader(headings)
    said = headings.has("union")
    return JudgedRoll(headings, None if said else one, _judged(verdicts, unions))


def _judged(verdicts: Iterator[RowVerdict[RollLine]], unions: dict[str, int]) -> Iterator[Judged]:
    while batch := list(itertools.islice(verdicts, BATCH)):
        yield from _held_against_roll(batch, unions)


def _held_against_roll(
    batch: Sequence[RowVerdict[RollLine]], unions: dict[str, int]
) -> Iterator[Judged]:
    numbers = numbers_in(verdict.values for verdict in batch if verdict.values)
    index_of = {number: index for index, number in numbers.items()}
    known = on_roll(numbers)
    people = [known.get(one.values.id_number) if one.values else None for one in batch]
    compare = [
        compared(one.values, person, unions[one.values.union]) if one.values else None
        for one, person in zip(batch, people, strict=True)
    ]
    changing = [
        person.member.pk
        for person, found in zip(people, compare, strict=True)
        if person and found and (found.person or found.place)
    ]
    said = who_said(changing) if changing else {}
    for verdict, person, found in zip(batch, people, compare, strict=True):
        if found is None or verdict.values is None:
            yield Judged(verdict)
        elif found.reason:
            yield Judged(_refused(verdict, found.reason))
        elif person is None:
            new_index = index_of[verdict.values.id_number]
            yield Judged(verdict, found.effect, new_index=new_index)
        elif found is UNCHANGED or person.live is None:
            # Of somebody who left, perhaps another union, nobody learns here what the roll still knows.
            yield Judged(verdict, found.effect, person.member.pk)
        else:
            changes = told_changes(person, found, said)
            yield Judged(verdict, found.effect, person.member.pk, changes)


def _refused(verdict: RowVerdict[RollLine], reason: Reason) -> RowVerdict[RollLine]:
    line = verdict.values
    legible = {"id_number": line.id_number, "union": line.union} if line else None
    bare = verdict._replace(normalisations=(), warnings=(), values=None, legible=legible)
    return bare._replace(verdict=Verdict.REJECTED, reasons=(reason,))
