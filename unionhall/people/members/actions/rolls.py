"""A roll on its way in: received, checked, confirmed or taken down, and let go in time."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import itertools
import json
import logging
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import PurePath

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base import collector, lookups  # noqa: F401 — any_of
from unionhall.base.copying import copy_in
from unionhall.base.encryption import blind_index
from unionhall.base.errors import Refused
from unionhall.base.kept_reasons import to_keep
from unionhall.base.ledger import actions as ledger
from unionhall.base.patience import unhurried
from unionhall.base.spreadsheets import UnreadableFile
from unionhall.base.sweep import one_by_one
from unionhall.base.tables import Verdict
from unionhall.base.written_text import without_invisible
from unionhall.people.accounts.models import User
from unionhall.people.members.actions.absences import Named, keep_absent
from unionhall.people.members.actions.counting import Counts, Tally
from unionhall.people.members.actions.newcomers import keep_newcomers
from unionhall.people.members.models import (
    ROLL_FILE,
    Absence,
    Change,
    Newcomer,
    RollImport,
    RollPage,
    RollRow,
)
from unionhall.people.members.queries.headers import NoHeader, WithoutPhone, outcome_of
from unionhall.people.members.queries.rolls import Judged, judge_roll
from unionhall.people.members.rules import RollLine
from unionhall.people.programs.models import ProgramKey
from unionhall.people.unions.models import Union

log = logging.getLogger(__name__)

KEPT_DAYS = 30  # of a file, of what was read in it, and of the values that it replaced
KEPT_AT_ONCE = 5000
FOR_EVERYBODY = ("headings", "of_union", "without_phone")


@transaction.atomic
def receive_roll(
    content: bytes, *, name: str, union: Union, by: User | None, as_of: dt.date | None = None
) -> RollImport:
    """Keep a file for ``union`` and all below it, sealed; it is checked in a moment."""
    roll = RollImport(
        union=union,
        by=by,
        file_name=PurePath(name.replace("\\", "/")).name[-200:],
        as_of=as_of or timezone.localdate(),
    )
    return received(roll, content)


@transaction.atomic
def received(roll: RollImport, content: bytes) -> RollImport:
    """A roll whose file is complete; by its fingerprint the same file is known again."""
    roll.content = base64.b64encode(content).decode()
    roll.fingerprint = blind_index(hashlib.sha256(content).hexdigest(), purpose=ROLL_FILE)
    roll.state = RollImport.State.RECEIVED
    roll.save()
    size = len(content)
    ledger.record("members.roll_received", roll, by=roll.by, union_id=roll.union_id, size=size)
    return roll


def check_waiting_rolls() -> int:
    """Check every roll that waits for it; a worker that dies leaves it waiting."""
    waiting = RollImport.objects.filter(state=RollImport.State.RECEIVED)
    return sum(
        _check_safely(pk) for pk in list(waiting.order_by("pk").values_list("pk", flat=True))
    )


def _check_safely(roll_id: int) -> bool:
    """A roll that trips us up is put aside: its officer hears of it, and the others go on."""
    try:
        return _check_twice(roll_id)
    except Exception:
        log.exception("Roll %s could not be checked.", roll_id)
        failed = RollImport.objects.filter(pk=roll_id, state=RollImport.State.RECEIVED)
        failed.update(state=RollImport.State.UNREADABLE, problem="failed", content=None)
        return False


def _check_twice(roll_id: int) -> bool:
    """Somebody whom it found may be taken out, or held by another deed, just as it ends."""
    try:
        return check_roll(roll_id)
    except (IntegrityError, OperationalError):
        return check_roll(roll_id)


@transaction.atomic
def check_roll(roll_id: int) -> bool:
    """Judge every row and keep the verdicts; false when it is no longer to be done."""
    state = RollImport.State
    waiting = RollImport.objects.select_for_update(skip_locked=True, of=("self",))
    roll = waiting.filter(pk=roll_id, state=state.RECEIVED).select_related("union").first()
    if roll is None:
        return False
    try:
        with collector.paused(), transaction.atomic():  # a file may be refused behind good rows
            counts = _keep_rows(roll)
    except UnreadableFile as refusal:
        roll.state, roll.problem, roll.content = state.UNREADABLE, refusal.kept, None
        roll.headings = refusal.headings._asdict() if isinstance(refusal, NoHeader) else {}
        roll.save(update_fields=["state", "problem", "content", "headings"])
    else:
        roll.state, roll.rows = state.CHECKED, sum(counts["verdicts"].values())
        roll.counts = counts
        roll.save(update_fields=["state", "rows", "counts", "left_out", *FOR_EVERYBODY])
    return True


def _keep_rows(roll: RollImport) -> Counts:
    """Written in batches as they are judged, so that a long roll does not fill the memory."""
    content = base64.b64decode(roll.content or "")
    judged = judge_roll(
        content, name=roll.file_name, top=roll.union, as_of=roll.as_of, of_union=roll.of_union
    )
    roll.headings, roll.of_union = judged.headings._asdict(), judged.of_union
    tally, named, phones = Tally(), Named(), WithoutPhone()
    places = enumerate(judged.rows)
    while batch := list(itertools.islice(places, KEPT_AT_ONCE)):
        copy_in(RollRow, ROW_COLUMNS, (_kept_row(roll, place, one) for place, one in batch))
        keep_newcomers(roll, _newcomers(batch))
        judged_here = [one for _place, one in batch]
        tally.add_rows(judged_here)
        named.add_rows(judged_here)
        for one in judged_here:
            if one.verdict.warnings:
                phones.add(one.verdict.warnings, one.effect, one.member_id)
    keep_absent(roll, named)
    roll.without_phone = phones.count()
    return tally.counts()


ROW_COLUMNS = (
    "roll_import", "place", "sheet", "row", "verdict", "reason_codes", "normalisations",
    "warnings", "effect", "values", "member", "changes",
)  # fmt: skip


def _kept_row(roll: RollImport, place: int, judged: Judged) -> tuple[object, ...]:
    verdict = judged.verdict
    return (
        roll.pk,
        place,
        _sheet_name(verdict.sheet),
        verdict.row,
        verdict.verdict.value,
        verdict.reason_codes if verdict.reasons else (),
        verdict.normalisations,
        verdict.warnings,
        judged.effect,
        _to_keep(judged),
        judged.member_id,
        json.dumps(judged.changes, ensure_ascii=False) if judged.changes else None,
    )


@lru_cache
def _sheet_name(name: str) -> str:
    return without_invisible(name)[:64]


def _to_keep(judged: Judged) -> str | None:
    """What the row is needed for: to be taken in, or to be mended by its sender."""
    verdict = judged.verdict
    if verdict.values:
        kept_or_needless = judged.new_index or judged.effect == RollRow.Effect.UNCHANGED
        return None if kept_or_needless else verdict.values.to_json()
    if verdict.verdict == Verdict.NOT_DATA:
        return None
    return to_keep(without_invisible(verdict.about), verdict.reasons)


def _newcomers(batch: Iterable[tuple[int, Judged]]) -> Iterator[tuple[int, RollLine, str]]:
    for place, one in batch:
        if one.new_index and one.verdict.values:
            yield place, one.verdict.values, one.new_index


def check_anew(rolls: QuerySet[RollImport]) -> None:
    """Let go what was found of checked rolls; the worker looks again. Part of another deed.

    Held in the order of keys: whoever says yes at this moment is waited for, and her roll goes on.
    """
    checked = rolls.filter(state=RollImport.State.CHECKED).order_by("pk")
    held = list(checked.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    for part in (RollRow, Newcomer, Absence):
        part.objects.filter(roll_import__in=held).delete()
    found_nothing = {"counts": {}, "left_out": {}, "rows": 0, "without_phone": 0}
    RollImport.objects.filter(pk__in=held).update(state=RollImport.State.RECEIVED, **found_nothing)


@transaction.atomic
def confirm_roll(
    roll: RollImport, *, by: User | None, key: ProgramKey | None = None, shown: str | None = None
) -> RollImport:
    """Say yes to what the check showed. One entry for the batch, which the rows will carry.

    ``key``: of the program that says yes by itself, because ``by`` let it. ``shown``: what
    ``outcome_of`` said of the check on whose page somebody says yes.
    """
    state = RollImport.State
    held = RollImport.objects.select_for_update(of=("self",), no_key=True).defer("content")
    if shown is not None and shown != outcome_of(held.get(pk=roll.pk)):
        raise Refused(
            _("这份名册刚才重新检查过了。"),
            why=_("结果和你看到的不一样：换了工会，或者撤销了别的名册。"),
            next=_("再看一遍，再导入。"),
            code="roll_checked_anew",
        )
    facts = {"counts": roll.counts} | ({"key": key.pk} if key else {})
    entry = ledger.record("members.roll_imported", roll, by=by, union_id=roll.union_id, **facts)
    confirmed = RollImport.objects.filter(pk=roll.pk, state=state.CHECKED)
    if not confirmed.update(state=state.RUNNING, batch_id=entry.pk):
        raise Refused(
            _("这份名册现在不能导入。"),
            why=_("它已经在导入、已经导完，或者刚才被撤下了。"),
            next=_("刷新看看它到了哪一步。"),
            code="roll_not_checked",
        )
    roll.refresh_from_db(fields=["state", "batch_id"])
    return roll


@unhurried()
@transaction.atomic
def discard_roll(roll: RollImport, *, by: User | None) -> None:
    """Do not take it in, and forget what was read; a roll that is being taken in stays."""
    state = RollImport.State
    open_states = [state.OPEN, state.RECEIVED, state.CHECKED, state.UNREADABLE]
    waiting = RollImport.objects.filter(pk=roll.pk, state__in=open_states)
    if not waiting.update(state=state.DISCARDED, content=None, of_union=None):
        raise Refused(
            _("撤不下来了。"),
            why=_("这份名册已经开始导入。"),
            next=_("等它导完，再撤销这次导入。"),
            code="roll_running",
        )
    _let_go(RollImport.objects.filter(pk=roll.pk))
    ledger.record("members.roll_discarded", roll, by=by, union_id=roll.union_id)


def _let_go(rolls: QuerySet[RollImport]) -> None:
    """All that was read and is not taken in."""
    for part in (RollRow, Newcomer, RollPage, Absence):
        part.objects.filter(roll_import__in=rolls).delete()


def forget_old_rolls() -> int:
    """After a month nobody corrects a roll any more: what was read of people is let go.

    Only what still holds something is touched, a roll at a time, and not while somebody is at it.
    """
    old = timezone.now() - dt.timedelta(days=KEPT_DAYS)
    state = RollImport.State
    rolls = RollImport.objects.filter(created_at__lt=old)
    done = rolls.filter(state__in=[state.DONE, state.UNDONE], content__isnull=False)
    left = rolls.filter(state__in=[state.OPEN, state.RECEIVED, state.CHECKED, state.UNREADABLE])
    forgotten = one_by_one(_forget_read, list(done.values_list("pk", flat=True)))
    forgotten += one_by_one(_forget_left, list(left.values_list("pk", flat=True)))
    _forget_former_values(old)
    return forgotten


@transaction.atomic
def _forget_read(roll_id: int) -> int:
    """The file goes last: as long as it is there, the rows may hold something, too."""
    held = RollImport.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    if not held.filter(pk=roll_id, content__isnull=False).values_list("pk"):
        return 0
    RollRow.objects.filter(roll_import=roll_id).update(values=None, changes=None)
    Newcomer.objects.filter(roll_import=roll_id).delete()
    Absence.objects.filter(roll_import=roll_id).exclude(note="").update(note="")
    return RollImport.objects.filter(pk=roll_id).update(content=None)


@transaction.atomic
def _forget_left(roll_id: int) -> int:
    """Nobody said yes in a month; whoever says it at this moment is waited for, or comes too late."""
    state = RollImport.State
    waiting = [state.OPEN, state.RECEIVED, state.CHECKED, state.UNREADABLE]
    roll = RollImport.objects.filter(pk=roll_id, state__in=waiting)
    let_go = roll.update(state=state.DISCARDED, content=None, of_union=None)
    if let_go:
        _let_go(RollImport.objects.filter(pk=roll_id))
    return let_go


@transaction.atomic
def _forget_former_values(old: dt.datetime) -> None:
    """What is just being put back is left to the next time."""
    kept = Change.objects.filter(at__lt=old, was__isnull=False)
    held = list(kept.select_for_update(skip_locked=True).values_list("pk", flat=True))
    if held:
        Change.objects.filter(pk__any_of=held).update(was=None)
