"""A confirmed roll goes into the roll, batch by batch; a worker that dies is followed by another."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet

from unionhall.base import collector
from unionhall.base.copying import change_in, copy_in, next_ids
from unionhall.base.kept_reasons import to_keep
from unionhall.base.tables import Reason, Verdict
from unionhall.people.members.actions.counting import Counts, Tally
from unionhall.people.members.actions.newcomers import admit_newcomers, line_of
from unionhall.people.members.actions.people import indexes
from unionhall.people.members.models import (
    Change,
    Member,
    Membership,
    RollImport,
    RollRow,
    TransferRequest,
)
from unionhall.people.members.queries.comparing import (
    Compared,
    OnRoll,
    Person,
    Place,
    compared,
    member_columns,
    membership_columns,
    numbers_in,
    on_roll,
    plain,
)
from unionhall.people.members.queries.rolls import BATCH, unions_that_take_members
from unionhall.people.members.rules import RollLine

log = logging.getLogger(__name__)

COUNTED_AT_ONCE = 1000
TAKEN = (Verdict.ACCEPTED.value, Verdict.ACCEPTED_NORMALISED.value)


def take_in_confirmed_rolls() -> int:
    """Take in every confirmed roll in the order of the yeses; each batch is a transaction of its own."""
    running = RollImport.objects.filter(state=RollImport.State.RUNNING)
    batches = 0
    for pk in list(running.order_by("batch_id").values_list("pk", flat=True)):
        while _by_itself(take_in_next, pk):
            batches += 1
    return batches


def _by_itself(step: Callable[[int], bool], roll_id: int) -> bool:
    """What is wrong with one roll must not stop the others; it is tried again by the next sweep."""
    try:
        return step(roll_id)
    except Exception:
        log.exception("Roll %s could not be gone on with.", roll_id)
        return False


def take_in_next(roll_id: int, *, limit: int = BATCH) -> bool:
    """Take in the next rows; false when there are no more, or another worker is at it.

    Somebody may be admitted between our look and our insert; the second look sees her.
    """
    try:
        return _take_in_next(roll_id, limit)
    except IntegrityError:
        return _take_in_next(roll_id, limit)


@transaction.atomic
def _take_in_next(roll_id: int, limit: int) -> bool:
    rolls = RollImport.objects.select_related("union", "by").defer("content")
    running = rolls.filter(pk=roll_id, state=RollImport.State.RUNNING)
    roll = running.select_for_update(skip_locked=True, of=("self",)).first()
    if roll is None:
        return False
    due = roll.roll_rows.filter(place__gte=roll.next_place, verdict__in=TAKEN)
    # What the check found as the file says is left alone: whoever changed it since knew more.
    due = due.exclude(effect=RollRow.Effect.UNCHANGED).order_by("place")
    places = list(due.values_list("place", flat=True)[:limit])
    if places:
        with collector.paused():
            _take_in(roll, due, (places[0], places[-1]))
        roll.next_place = places[-1] + 1
    else:
        roll.state, roll.next_place = RollImport.State.DONE, roll.rows
        roll.counts = _final_counts(roll)
    roll.save(update_fields=["state", "next_place", "counts"])
    return bool(places)


def _final_counts(roll: RollImport) -> Counts:
    """As it came out, which may differ from what the check had said."""
    rows, tally = roll.roll_rows.order_by(), Tally()
    for verdict, effect, times in rows.values_list("verdict", "effect").annotate(Count("pk")):
        tally.add_alike(verdict, effect, times=times)
    refused = rows.filter(verdict=Verdict.REJECTED).values_list("reason_codes", flat=True)
    for codes in refused.iterator(chunk_size=COUNTED_AT_ONCE):
        tally.reasons.update(codes)
    changed = rows.exclude(changes=None).values_list("changes", flat=True)
    for changes in changed.iterator(chunk_size=COUNTED_AT_ONCE):
        tally.add_changes(json.loads(str(changes)))
    return tally.counts()


class _Row(NamedTuple):
    """What is read of a row of a roll to take it in."""

    pk: int
    place: int
    effect: str
    values: str | None
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class _Due:
    """A line that is to be taken in: to whom, into which union, and what it changes."""

    line: RollLine
    union_id: int
    found: Compared
    known: OnRoll | None


def _take_in(roll: RollImport, due: QuerySet[RollRow], span: tuple[int, int]) -> None:
    """Newcomers all at once; whoever is new no more, and all others, are looked at one by one."""
    unions = unions_that_take_members(roll.union)
    left = admit_newcomers(roll, span, unions)
    others = due.filter(Q(values__isnull=False) | Q(place__in=left), place__lte=span[1])
    rows = [_Row(*row) for row in others.values_list(*_Row._fields)]
    if rows:
        _take_in_each(roll, rows, unions)


def _take_in_each(roll: RollImport, rows: Sequence[_Row], unions: Mapping[str, int]) -> None:
    lines = _lines(roll, rows)
    known = on_roll(numbers_in(lines), lock=True)
    due, otherwise = [], {}
    for row, line in zip(rows, lines, strict=True):
        one = _found(line, known.get(line.id_number), unions.get(line.union, 0))
        if one.found.effect != row.effect:
            otherwise[row.pk] = one
        due.append(one)
    effect = RollRow.Effect
    batch_id = roll.batch_id or 0  # never 0: a roll runs after its yes
    _admit([one for one in due if one.found.effect in {effect.NEW, effect.RETURNED}], batch_id)
    _change([one for one in due if one.known], batch_id)
    _ask_for([one for one in due if one.found.effect == effect.ELSEWHERE], roll)
    _tell_otherwise(otherwise)


def _lines(roll: RollImport, rows: Iterable[_Row]) -> list[RollLine]:
    """What each row said; of a newcomer it stands in her own row."""
    new = {row.place: row.warnings for row in rows if row.values is None}
    newcomers = roll.newcomers.filter(place__in=new) if new else []
    lines = {one.place: line_of(one, new[one.place]) for one in newcomers}
    return [
        lines[row.place] if row.values is None else RollLine.from_json(row.values) for row in rows
    ]


def _found(line: RollLine, known: OnRoll | None, union_id: int) -> _Due:
    """Held against the roll again, for days may lie between the check and the yes."""
    if union_id:
        return _Due(line, union_id, compared(line, known, union_id), known)
    gone = Reason("UNION_NOT_FOUND", "union", line.union)  # renamed, or moved, since the check
    return _Due(line, union_id, Compared("", gone), known)


def _tell_otherwise(otherwise: Mapping[int, _Due]) -> None:
    """Rows that turned out otherwise than the check had said."""
    if not otherwise:
        return
    rows = RollRow.objects.in_bulk(list(otherwise))
    told = [_told_otherwise(rows[pk], one) for pk, one in otherwise.items()]
    columns = ["verdict", "reason_codes", "normalisations", "warnings", "effect", "values"]
    RollRow.objects.bulk_update(told, [*columns, "member", "changes"])


def _told_otherwise(row: RollRow, one: _Due) -> RollRow:
    row.effect, reason = one.found.effect, one.found.reason
    row.member_id = one.known.member.pk if one.known else None  # whoever undoes hers sees it
    row.changes = None
    if reason:
        row.verdict, row.reason_codes = Verdict.REJECTED.value, [reason.code]
        row.normalisations, row.warnings = [], []
        row.values = to_keep(one.line.name, [reason])
    return row


def _admit(new: Sequence[_Due], batch_id: int) -> None:
    """Those who are new, and those who come back after they had left."""
    new = in_one_order(new)
    people = [one.line for one in new if one.known is None]
    ids = next_ids(Member, len(people))
    rows = ((pk, *_person(line, batch_id)) for pk, line in zip(ids, people, strict=True))
    copy_in(Member, ("id", *BLANK_PERSON), rows)
    fresh = iter(ids)
    places = (
        {
            **BLANK_PLACE,
            "member": one.known.member.pk if one.known else next(fresh),
            "union": one.union_id,
            "batch_id": batch_id,
            **membership_columns(one.line),
        }
        for one in new
    )
    copy_in(Membership, tuple(BLANK_PLACE), (place.values() for place in places))


def in_one_order(new: Iterable[_Due]) -> list[_Due]:
    """By their numbers: two rolls with the same people wait for one another, never each for the other."""
    return sorted(new, key=lambda one: one.line.id_number)


BLANK_PERSON: dict[str, object] = {
    "name": "", "id_kind": "", "id_number": "", "id_index": "", "phone": None, "phone_index": "",
    "phone_tail_index": "", "sex": "", "born_on": None, "ethnicity": "", "education": "",
    "skill_grade": None, "front_line": None, "employment": "", "batch_id": None,
}  # fmt: skip
BLANK_PLACE: dict[str, object] = {
    "member": None, "union": None, "standing": "", "department": "", "joined_on": None,
    "batch_id": None,
}  # fmt: skip


def _person(line: RollLine, batch_id: int) -> Iterable[object]:
    """In the order of ``BLANK_PERSON``."""
    said = {**member_columns(line), **indexes(line.id_number, line.phone)}
    full = {**BLANK_PERSON, **said, "id_number": line.id_number, "batch_id": batch_id}
    return full.values()


def _change(due: Sequence[_Due], batch_id: int) -> None:
    """Say what the lines say, and keep what stood there. All rows are held (``on_roll``)."""
    people: dict[int, Mapping[str, object]] = {}
    places: dict[int, Mapping[str, object]] = {}
    changes: list[Change] = []
    for one in due:
        known, found = one.known, one.found
        if known and found.person:
            changes += _kept(known.member, None, found.person, batch_id)
            phone = one.line.phone or known.member.phone or ""
            people[known.member.pk] = {**found.person, **indexes(one.line.id_number, phone)}
        if known and known.live and found.place:
            changes += _kept(known.member, known.live, found.place, batch_id)
            places[known.live.pk] = found.place
    Change.objects.bulk_create(changes)
    change_in(Member, people)
    change_in(Membership, places)


def _kept(
    member: Person,
    place: Place | None,
    said: Mapping[str, object],
    entry_id: int,
) -> list[Change]:
    row = place or member
    return [
        Change(
            member_id=member.pk,
            membership_id=place.pk if place else None,
            column=column,
            was=json.dumps(plain(getattr(row, column)), ensure_ascii=False),
            entry_id=entry_id,
        )
        for column in said
    ]


def _ask_for(elsewhere: Sequence[_Due], roll: RollImport) -> None:
    """Ask for those who live in another union; a request that is open already stays the one."""
    TransferRequest.objects.bulk_create(
        (
            TransferRequest(
                member_id=one.known.member.pk,
                from_union_id=one.known.live.union_id,
                to_union_id=one.union_id,
                department=one.line.department[:80],
                roll_import=roll,
                asked_by=roll.by,
            )
            for one in elsewhere
            if one.known and one.known.live
        ),
        ignore_conflicts=True,
    )
