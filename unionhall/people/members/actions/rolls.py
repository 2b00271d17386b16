"""A roll on its way in: received, checked, confirmed, taken in batch by batch."""

from __future__ import annotations

import base64
import datetime as dt
import itertools
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePath

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.base.spreadsheets import UnreadableFile
from unionhall.base.tables import Reason, RowVerdict, Verdict
from unionhall.base.written_text import without_invisible
from unionhall.people.accounts.models import User
from unionhall.people.members.actions.people import indexes
from unionhall.people.members.models import Member, Membership, RollImport, RollRow
from unionhall.people.members.queries import (
    BATCH,
    Judged,
    OnRoll,
    changed_columns,
    effect_of,
    judge_roll,
    member_columns,
    membership_columns,
    on_roll,
    unions_that_take_members,
)
from unionhall.people.members.rules import RollLine
from unionhall.people.unions.models import Union

log = logging.getLogger(__name__)
Counts = dict[str, dict[str, int]]

KEPT_DAYS = 30
KEPT_AT_ONCE = 1000
TAKEN = (Verdict.ACCEPTED.value, Verdict.ACCEPTED_NORMALISED.value)


@transaction.atomic
def receive_roll(
    content: bytes, *, name: str, union: Union, by: User | None, as_of: dt.date | None = None
) -> RollImport:
    """Keep a file for ``union`` and all below it, sealed; it is checked in a moment."""
    roll = RollImport.objects.create(
        union=union,
        by=by,
        file_name=PurePath(name.replace("\\", "/")).name[-200:],
        content=base64.b64encode(content).decode(),
        as_of=as_of or timezone.localdate(),
    )
    ledger.record("members.roll_received", roll, by=by, union_id=union.pk, size=len(content))
    return roll


def check_waiting_rolls() -> int:
    """Check every roll that waits for it; a worker that dies leaves it waiting."""
    waiting = RollImport.objects.filter(state=RollImport.State.RECEIVED)
    return sum(_check_safely(pk) for pk in list(waiting.values_list("pk", flat=True)))


def _check_safely(roll_id: int) -> bool:
    """A roll that trips us up is put aside: its officer hears of it, and the others go on."""
    try:
        return check_roll(roll_id)
    except Exception:
        log.exception("Roll %s could not be checked.", roll_id)
        failed = RollImport.objects.filter(pk=roll_id, state=RollImport.State.RECEIVED)
        failed.update(state=RollImport.State.UNREADABLE, problem="failed", content=None)
        return False


def _by_itself(step: Callable[[int], bool], roll_id: int) -> bool:
    """What is wrong with one roll must not stop the others; it is tried again by the next sweep."""
    try:
        return step(roll_id)
    except Exception:
        log.exception("Roll %s could not be gone on with.", roll_id)
        return False


@transaction.atomic
def check_roll(roll_id: int) -> bool:
    """Judge every row and keep the verdicts; false when it is no longer to be done."""
    state = RollImport.State
    waiting = RollImport.objects.select_for_update(skip_locked=True, of=("self",))
    roll = waiting.filter(pk=roll_id, state=state.RECEIVED).select_related("union").first()
    if roll is None:
        return False
    try:
        counts = _keep_rows(roll)
    except UnreadableFile as refusal:
        roll.state, roll.problem = state.UNREADABLE, refusal.reason
    else:
        roll.state, roll.rows = state.CHECKED, sum(counts["verdicts"].values())
        roll.counts = counts
    roll.content = None
    roll.save(update_fields=["state", "problem", "content", "rows", "counts"])
    return True


def _keep_rows(roll: RollImport) -> Counts:
    """Written in batches as they are judged, so that a long roll does not fill the memory."""
    content = base64.b64decode(roll.content or "")
    judged = judge_roll(content, name=roll.file_name, top=roll.union, as_of=roll.as_of)
    rows = (_kept_row(roll, place, one) for place, one in enumerate(judged))
    tally = Tally()
    while batch := list(itertools.islice(rows, KEPT_AT_ONCE)):
        RollRow.objects.bulk_create(batch)
        for row in batch:
            tally.add(row.verdict, row.effect, row.reason_codes)
    return tally.counts()


def _kept_row(roll: RollImport, place: int, judged: Judged) -> RollRow:
    verdict, effect = judged
    return RollRow(
        roll_import=roll,
        place=place,
        sheet=without_invisible(verdict.sheet)[:64],
        row=verdict.row,
        verdict=verdict.verdict.value,
        reason_codes=list(verdict.reason_codes),
        normalisations=list(verdict.normalisations),
        warnings=list(verdict.warnings),
        effect=effect,
        values=_sealed(verdict),
    )


def _sealed(verdict: RowVerdict[RollLine]) -> str | None:
    if verdict.values:
        return json.dumps(verdict.values.to_plain(), ensure_ascii=False)
    if verdict.verdict == Verdict.NOT_DATA:
        return None
    return _told(verdict.about, verdict.reasons)


def _told(about: str, reasons: Iterable[Reason]) -> str:
    """A refused row as its page shows it: whom it names, and each reason with what stood there."""
    told = [
        {"code": one.code, "column": one.column, "written": one.written, "facts": dict(one.facts)}
        for one in reasons
    ]
    return json.dumps({"about": about, "reasons": told}, ensure_ascii=False)


class Tally:
    """How many rows of each verdict and effect, and how often each reason was given."""

    def __init__(self) -> None:
        self.verdicts, self.effects, self.reasons = Counter[str](), Counter[str](), Counter[str]()

    def add(self, verdict: str, effect: str, reason_codes: Sequence[str]) -> None:
        """Count one row more."""
        self.verdicts[verdict] += 1
        if effect:
            self.effects[effect] += 1
        if verdict == Verdict.REJECTED:
            self.reasons.update(reason_codes)

    def counts(self) -> Counts:
        """As ``RollImport.counts`` holds them."""
        tallies = {"verdicts": self.verdicts, "effects": self.effects, "reasons": self.reasons}
        return {name: dict(tally) for name, tally in tallies.items()}


@transaction.atomic
def confirm_roll(roll: RollImport, *, by: User | None) -> RollImport:
    """Say yes to what the check showed. One entry for the batch, which the rows will carry."""
    state = RollImport.State
    entry = ledger.record(
        "members.roll_imported", roll, by=by, union_id=roll.union_id, counts=roll.counts
    )
    confirmed = RollImport.objects.filter(pk=roll.pk, state=state.CHECKED)
    if not confirmed.update(state=state.RUNNING, batch_id=entry.pk):
        raise Refused(
            _("这份名册现在不能导入。"),
            why=_("它已经在导入、已经导完，或者刚才被撤下了。"),
            next=_("刷新看看它到了哪一步。"),
            code="roll_not_checked",
        )
    roll.refresh_from_db()
    return roll


@transaction.atomic
def discard_roll(roll: RollImport, *, by: User | None) -> None:
    """Do not take it in, and forget what was read; a roll that is being taken in stays."""
    state = RollImport.State
    open_states = [state.RECEIVED, state.CHECKED, state.UNREADABLE]
    waiting = RollImport.objects.filter(pk=roll.pk, state__in=open_states)
    if not waiting.update(state=state.DISCARDED, content=None):
        raise Refused(
            _("撤不下来了。"),
            why=_("这份名册已经开始导入。"),
            next=_("等它导完，再逐个改。"),
            code="roll_running",
        )
    RollRow.objects.filter(roll_import=roll).delete()
    ledger.record("members.roll_discarded", roll, by=by, union_id=roll.union_id)


def take_in_confirmed_rolls() -> int:
    """Take in every confirmed roll, batch by batch; each batch is a transaction of its own."""
    running = RollImport.objects.filter(state=RollImport.State.RUNNING)
    batches = 0
    for pk in list(running.values_list("pk", flat=True)):
        while _by_itself(take_in_next, pk):
            batches += 1
    return batches


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
    running = RollImport.objects.select_for_update(skip_locked=True, of=("self",))
    roll = (
        running.filter(pk=roll_id, state=RollImport.State.RUNNING).select_related("union").first()
    )
    if roll is None:
        return False
    due = roll.roll_rows.filter(place__gte=roll.next_place, verdict__in=TAKEN)
    rows = list(due.order_by("place")[:limit])
    if rows:
        _take_in(roll, rows)
        roll.next_place = rows[-1].place + 1
    else:
        roll.state, roll.next_place = RollImport.State.DONE, roll.rows
        roll.counts = _final_counts(roll)
        roll.roll_rows.filter(verdict__in=TAKEN).update(values=None)
    roll.save(update_fields=["state", "next_place", "counts"])
    return bool(rows)


def _final_counts(roll: RollImport) -> Counts:
    tally = Tally()
    columns = ("verdict", "effect", "reason_codes")
    for row in roll.roll_rows.values_list(*columns).iterator(chunk_size=KEPT_AT_ONCE):
        tally.add(*row)
    return tally.counts()


def _take_in(roll: RollImport, rows: Sequence[RollRow]) -> None:
    lines = [RollLine.from_plain(json.loads(row.values or "{}")) for row in rows]
    known, unions = on_roll(lines, lock=True), unions_that_take_members(roll.union)
    new: list[tuple[RollLine, int]] = []
    back: list[tuple[RollLine, int]] = []
    changed: list[tuple[RollLine, OnRoll]] = []
    for row, line in zip(rows, lines, strict=True):
        union_id = unions.get(line.union, 0)
        effect, reason = effect_of(line, known.get(line.id_number), union_id)
        if not union_id:  # it was renamed or left this part of the tree since the check
            effect, reason = "", Reason("UNION_NOT_FOUND", "union", line.union)
        row.effect = effect
        if reason:
            row.verdict, row.reason_codes = Verdict.REJECTED.value, [reason.code]
            row.normalisations, row.warnings = [], []
            row.values = _told(line.name, [reason])
        elif line.id_number not in known:
            new.append((line, union_id))
        elif known[line.id_number].live is None:
            back.append((line, union_id))
            changed.append((line, known[line.id_number]))
        elif effect == RollRow.Effect.UPDATED:
            changed.append((line, known[line.id_number]))
    _admit(new, roll.batch_id)
    _update(changed)
    _rejoin(back, known, roll.batch_id)
    _keep_effects(rows)


def _admit(new: Sequence[tuple[RollLine, int]], batch_id: int | None) -> None:
    members = [
        Member(
            id_number=line.id_number,
            batch_id=batch_id,
            **{**member_columns(line), **indexes(line.id_number, line.phone)},
        )
        for line, _union in new
    ]
    Member.objects.bulk_create(members)
    Membership.objects.bulk_create(
        Membership(member=member, union_id=union_id, batch_id=batch_id, **membership_columns(line))
        for member, (line, union_id) in zip(members, new, strict=True)
    )


def _rejoin(
    back: Sequence[tuple[RollLine, int]], known: dict[str, OnRoll], batch_id: int | None
) -> None:
    Membership.objects.bulk_create(
        Membership(
            member=known[line.id_number].member,
            union_id=union_id,
            batch_id=batch_id,
            **membership_columns(line),
        )
        for line, union_id in back
    )


def _update(changed: Sequence[tuple[RollLine, OnRoll]]) -> None:
    members, memberships = [], []
    for line, known in changed:
        said = member_columns(line)
        if changed_columns(known.member, said):
            phone = line.phone or known.member.phone or ""
            for column, value in {**said, **indexes(line.id_number, phone)}.items():
                setattr(known.member, column, value)
            members.append(known.member)
        if known.live and changed_columns(known.live, membership_columns(line)):
            for column, value in membership_columns(line).items():
                setattr(known.live, column, value)
            memberships.append(known.live)
    columns = ["id_kind", "phone", "sex", "born_on", "ethnicity", "education", "skill_grade"]
    columns += ["employment", "front_line", "id_index", "phone_index", "phone_tail_index"]
    Member.objects.bulk_update(members, columns)
    Membership.objects.bulk_update(memberships, ["standing", "department", "joined_on"])


def _keep_effects(rows: Sequence[RollRow]) -> None:
    """Only rows that turned out otherwise than the check had said."""
    columns = ["verdict", "reason_codes", "normalisations", "warnings", "effect", "values"]
    before = dict(
        RollRow.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", "effect")
    )
    RollRow.objects.bulk_update([row for row in rows if row.effect != before[row.pk]], columns)


@transaction.atomic
def forget_old_rolls() -> int:
    """After a month nobody corrects a roll any more: what was read of people is let go."""
    old = timezone.now() - dt.timedelta(days=KEPT_DAYS)
    state = RollImport.State
    rolls = RollImport.objects.filter(created_at__lt=old)
    RollRow.objects.filter(roll_import__in=rolls.filter(state=state.DONE)).update(values=None)
    left = rolls.filter(state__in=[state.RECEIVED, state.CHECKED, state.UNREADABLE])
    RollRow.objects.filter(roll_import__in=left).delete()
    return left.update(state=state.DISCARDED, content=None)
