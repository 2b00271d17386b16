"""A file of questions on its way in: received, checked, confirmed or taken down, let go in time."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import logging
from pathlib import PurePath

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base import collector
from unionhall.base.copying import copy_in
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.base.sweep import one_by_one
from unionhall.base.tables import NoHeaderError
from unionhall.base.unreadable import UnreadableFile
from unionhall.base.written_text import without_invisible
from unionhall.domain.quiz.models import Bank, BankImport, BankImportRow
from unionhall.domain.quiz.queries.bank_files import NoStems, read_bank_file
from unionhall.domain.quiz.queries.bank_imports import Counts, counts_of
from unionhall.domain.quiz.queries.bank_reports import line_of
from unionhall.domain.quiz.queries.banks import verdicts_on
from unionhall.domain.quiz.rules.kept_drafts import kept
from unionhall.domain.quiz.rules.verdicts import QuestionVerdict
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Union

log = logging.getLogger(__name__)

KEPT_DAYS = 30  # of a file and of what was read in it
KEPT_AT_ONCE = 2000
SMALL = 128 << 10  # bytes of a file that is checked as it comes: hundreds of questions
_WAITING = [BankImport.State.RECEIVED, BankImport.State.CHECKED, BankImport.State.UNREADABLE]


@transaction.atomic
def receive_bank(
    content: bytes,
    *,
    name: str,
    union: Union,
    bank_name: str,
    by: User | None,
    as_of: dt.date | None = None,
) -> BankImport:
    """Keep a file for the bank of that name; it is checked in a moment, a small one at once."""
    sent = BankImport.objects.create(
        union=union,
        bank_name=bank_name,
        by=by,
        file_name=without_invisible(PurePath(name.replace("\\", "/")).name)[-200:],
        content=content,
        fingerprint=hashlib.sha256(content).hexdigest(),
        as_of=as_of or timezone.localdate(),
    )
    ledger.record("quiz.bank_received", sent, by=by, union_id=union.pk, size=len(content))
    return sent


def check_waiting_banks() -> int:
    """Check every file that waits for it; a worker that dies leaves it waiting."""
    waiting = BankImport.objects.filter(state=BankImport.State.RECEIVED)
    return one_by_one(check_safely, list(waiting.order_by("pk").values_list("pk", flat=True)))


def check_safely(import_id: int) -> bool:
    """A file that trips us up is put aside: its officer hears of it, and the others go on."""
    try:
        return check_bank(import_id)
    except Exception:
        log.exception("Bank import %s could not be checked.", import_id)
        failed = BankImport.objects.filter(pk=import_id, state=BankImport.State.RECEIVED)
        failed.update(state=BankImport.State.UNREADABLE, problem="failed", content=None)
        return False


@transaction.atomic
def check_bank(import_id: int) -> bool:
    """Judge every question and keep the verdicts; false when it is no longer to be done."""
    state = BankImport.State
    waiting = BankImport.objects.select_for_update(skip_locked=True, of=("self",))
    sent = waiting.filter(pk=import_id, state=state.RECEIVED).select_related("union").first()
    if sent is None:
        return False
    try:
        with collector.paused():
            sent.counts = _keep_rows(sent)
    except UnreadableFile as refusal:
        sent.state, sent.problem, sent.content = state.UNREADABLE, refusal.kept, None
    else:
        sent.state, sent.rows = state.CHECKED, sum(sent.counts["verdicts"].values())
    sent.save(update_fields=["state", "problem", "content", "rows", "counts"])
    return True


def _keep_rows(sent: BankImport) -> Counts:
    bank = Bank.objects.filter(union=sent.union, name=sent.bank_name).first()
    try:
        source = read_bank_file(bytes(sent.content or b""), name=sent.file_name)
        verdicts = verdicts_on(source, bank=bank)
    except NoHeaderError as error:
        raise NoStems from error
    copy_in(
        BankImportRow, _COLUMNS, map(_kept_row, itertools.repeat(sent), itertools.count(), verdicts)
    )
    return counts_of(sent)


_COLUMNS = (
    "bank_import", "place", "sheet", "row", "line", "verdict", "reason_codes", "normalisations",
    "about", "values",
)  # fmt: skip


def _kept_row(sent: BankImport, place: int, verdict: QuestionVerdict) -> tuple[object, ...]:
    return (
        sent.pk,
        place,
        without_invisible(verdict.sheet)[:64],
        verdict.row,
        line_of(verdict),
        verdict.verdict.value,
        verdict.reason_codes,
        verdict.normalisations,
        verdict.about[:80],
        kept(verdict.values) if verdict.values else None,
    )


@transaction.atomic
def confirm_bank_import(sent: BankImport, *, by: User | None) -> BankImport:
    """Say yes to what the check showed. One entry for the batch, which the questions will carry."""
    state = BankImport.State
    bank, _made = Bank.objects.get_or_create(union_id=sent.union_id, name=sent.bank_name)
    verdicts = sent.counts.get("verdicts", {})
    entry = ledger.record(
        "quiz.questions_imported",
        bank,
        by=by,
        union_id=sent.union_id,
        accepted=verdicts.get("accepted", 0) + verdicts.get("accepted_normalised", 0),
        rejected=verdicts.get("rejected", 0),
        as_of=str(sent.as_of),
    )
    confirmed = BankImport.objects.filter(pk=sent.pk, state=state.CHECKED)
    if not confirmed.update(state=state.RUNNING, batch_id=entry.pk, bank=bank):
        raise Refused(
            _("这份题目现在不能导入。"),
            why=_("它已经在导入、已经导完，或者刚才被撤下了。"),
            next=_("刷新看看它到了哪一步。"),
            code="bank_not_checked",
        )
    sent.refresh_from_db()
    return sent


@transaction.atomic
def discard_bank_import(sent: BankImport, *, by: User | None) -> None:
    """Do not take it in, and forget what was read; what is being taken in stays."""
    waiting = BankImport.objects.filter(pk=sent.pk, state__in=_WAITING)
    if not waiting.update(state=BankImport.State.DISCARDED, content=None):
        raise Refused(
            _("撤不下来了。"),
            why=_("这份题目已经开始导入。"),
            next=_("等它导完，再撤销这次导入。"),
            code="bank_running",
        )
    BankImportRow.objects.filter(bank_import=sent).delete()
    ledger.record("quiz.bank_discarded", sent, by=by, union_id=sent.union_id)


def forget_old_bank_imports() -> int:
    """After a month nobody mends a file any more: what was read is let go, a file at a time."""
    old = timezone.now() - dt.timedelta(days=KEPT_DAYS)
    sent = BankImport.objects.filter(created_at__lt=old)
    _forget_read(sent.filter(state__in=[BankImport.State.DONE, BankImport.State.UNDONE]))
    left = sent.filter(state__in=_WAITING)
    return one_by_one(_forget_left, list(left.values_list("pk", flat=True)))


@transaction.atomic
def _forget_read(done: QuerySet[BankImport]) -> None:
    read = BankImportRow.objects.filter(bank_import__in=done)
    read.exclude(values=None).update(values=None)
    done.exclude(content=None).update(content=None)


@transaction.atomic
def _forget_left(import_id: int) -> int:
    """Nobody said yes in a month; whoever says it at this moment is waited for, or comes too late."""
    left = BankImport.objects.filter(pk=import_id, state__in=_WAITING)
    let_go = left.update(state=BankImport.State.DISCARDED, content=None)
    if let_go:
        BankImportRow.objects.filter(bank_import=import_id).delete()
    return let_go
