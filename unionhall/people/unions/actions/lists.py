"""A list of unions on its way in: received, checked, confirmed or taken down, let go in time."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.copying import copy_in
from unionhall.base.encryption import blind_index
from unionhall.base.errors import Refused
from unionhall.base.kept_reasons import to_keep
from unionhall.base.ledger import actions as ledger
from unionhall.base.spreadsheets import UnreadableFile
from unionhall.base.sweep import one_by_one
from unionhall.base.tables import Verdict
from unionhall.base.written_text import without_invisible
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import FINGERPRINT, Change, Edge, ListImport, ListRow
from unionhall.people.unions.queries import Scope, in_charge_of, judge_list, scope_of
from unionhall.people.unions.queries.lists import Judged

log = logging.getLogger(__name__)

LIST_KEPT_DAYS = 30
OF_A_PERSON = ("chair", "chair_phone")  # columns that are let go when an import grows old


@transaction.atomic
def receive_list(
    content: bytes, *, name: str, by: User | None, as_of: dt.date | None = None
) -> ListImport:
    """Keep a file, sealed; it is checked in a moment. By its fingerprint it is known again."""
    sent = ListImport.objects.create(
        by=by,
        file_name=PurePath(name.replace("\\", "/")).name[-200:],
        content=base64.b64encode(content).decode(),
        fingerprint=blind_index(hashlib.sha256(content).hexdigest(), purpose=FINGERPRINT),
        as_of=as_of or timezone.localdate(),
    )
    ledger.record("unions.list_received", sent, by=by, size=len(content))
    return sent


def check_waiting_lists() -> int:
    """Check every list that waits for it; a worker that dies leaves it waiting."""
    waiting = ListImport.objects.filter(state=ListImport.State.RECEIVED)
    return one_by_one(_check_safely, list(waiting.order_by("pk").values_list("pk", flat=True)))


def _check_safely(list_id: int) -> int:
    """A list that trips us up is put aside, and its officer hears of it."""
    try:
        return check_list(list_id)
    except Exception:
        log.exception("List %s could not be checked.", list_id)
        failed = ListImport.objects.filter(pk=list_id, state=ListImport.State.RECEIVED)
        failed.update(state=ListImport.State.UNREADABLE, problem="failed", content=None)
        return 0


@transaction.atomic
def check_list(list_id: int) -> bool:
    """Judge every row and keep the verdicts; false when it is no longer to be done."""
    state = ListImport.State
    waiting = ListImport.objects.select_for_update(skip_locked=True, of=("self",))
    sent = waiting.filter(pk=list_id, state=state.RECEIVED).select_related("by").first()
    if sent is None:
        return False
    try:
        _keep(sent, scope_of(sent.by))
    except UnreadableFile as refusal:
        sent.state, sent.problem, sent.content = state.UNREADABLE, refusal.kept, None
        sent.counts = {"missing": {name: at for at, name in enumerate(refusal.columns)}}
    else:
        sent.state = state.CHECKED
    sent.save(update_fields=["state", "problem", "content", "turns", "counts"])
    return True


def _keep(sent: ListImport, scope: Scope) -> None:
    content = base64.b64decode(sent.content or "")
    as_of = sent.as_of or timezone.localdate()
    judged = judge_list(content, name=sent.file_name, scope=scope, as_of=as_of)
    copy_in(ListRow, ROW_COLUMNS, (_kept_row(sent, place, one) for place, one in enumerate(judged)))
    sent.turns = sum(one.match is not None for one in judged)
    sent.counts = _counts(judged)
    sent.absent.set(_absent(judged, scope))


ROW_COLUMNS = (
    "list_import", "place", "sheet", "row", "verdict", "reason_codes", "normalisations",
    "warnings", "effect", "values", "turn", "union", "parent", "parent_place", "changes",
)  # fmt: skip


def _kept_row(sent: ListImport, place: int, judged: Judged) -> tuple[object, ...]:
    verdict, match = judged.verdict, judged.match
    return (
        sent.pk,
        place,
        without_invisible(verdict.sheet)[:64],
        verdict.row,
        verdict.verdict.value,
        verdict.reason_codes,
        verdict.normalisations,
        verdict.warnings,
        judged.effect,
        _to_keep(judged),
        match.turn if match else None,
        match.union.pk if match and match.union else None,
        match.parent.pk if match and match.parent else None,
        match.parent_place if match else None,
        json.dumps(judged.changes, ensure_ascii=False) if judged.changes else None,
    )


def _to_keep(judged: Judged) -> str | None:
    """What the row is needed for: to be taken in, or to be mended by its sender."""
    verdict = judged.verdict
    if verdict.values:
        return verdict.values.to_json()
    if verdict.verdict == Verdict.NOT_DATA:
        return None
    return to_keep(verdict.about, verdict.reasons)


def _counts(judged: Sequence[Judged]) -> dict[str, dict[str, int]]:
    changes = (str(change[0]) for one in judged for change in one.changes)
    return {
        "verdicts": Counter(one.verdict.verdict.value for one in judged),
        "effects": Counter(str(one.effect) for one in judged if one.effect),
        "changes": Counter(changes),
    }


def _absent(judged: Sequence[Judged], scope: Scope) -> Iterator[int]:
    """Who stands beside the unions that it names, and is not named; nobody goes by it.

    What a refused row may mean is not called absent: the row only waits to be mended.
    """
    matches = [one.match for one in judged if one.match]
    named = {match.union.pk for match in matches if match.union}
    refused = {one.verdict.about for one in judged if one.verdict.verdict == Verdict.REJECTED}
    parents = {match.parent.pk for match in matches if match.parent}
    beside = Edge.objects.filter(until_on=None, parent__pk__any_of=parents)
    there = beside.filter(union__in=scope.unions()).exclude(union__name__any_of=refused)
    return (pk for pk in there.values_list("union", flat=True) if pk not in named)


def check_lists_anew(lists: QuerySet[ListImport]) -> None:
    """Let go what was found of checked lists; the worker looks again. Part of another deed.

    Held in the order of keys: whoever says yes at this moment is waited for, and her list goes on.
    """
    checked = lists.filter(state=ListImport.State.CHECKED).order_by("pk")
    held = list(checked.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    again = ListImport.objects.filter(pk__in=held)
    _let_go(again)
    again.update(state=ListImport.State.RECEIVED, counts={}, turns=0)


@transaction.atomic
def confirm_list(sent: ListImport, *, by: User | None, moves: bool = False) -> ListImport:
    """Say yes to what the check showed; ``moves``: to the new parents, too.

    One entry for the batch, which the rows will carry.
    """
    _refuse_without_office(by)
    _refuse_if_sender_left(sent)
    effects = sent.counts.get("effects", {})
    entry = ledger.record("unions.list_imported", sent, by=by, moves=moves, **effects)
    checked = ListImport.objects.filter(pk=sent.pk, state=ListImport.State.CHECKED)
    if not checked.update(state=ListImport.State.RUNNING, batch_id=entry.pk, moves=moves):
        raise Refused(
            _("这份台账现在不能导入。"),
            why=_("它已经在导入、已经导完，或者刚才被撤下了。"),
            next=_("刷新看看它到了哪一步。"),
            code="list_not_checked",
        )
    sent.refresh_from_db()
    return sent


def _refuse_without_office(by: User | None) -> None:
    if by is not None and not in_charge_of(by).exists():
        raise Refused(
            _("没有可以导入的行。"),
            why=_("你现在没有管着的工会了。"),
            next=_("请上级重新任命。"),
            code="nothing_in_charge",
        )


def _refuse_if_sender_left(sent: ListImport) -> None:
    """It speaks of what its sender runs, whoever says yes."""
    if sent.by is not None and not in_charge_of(sent.by).exists():
        raise Refused(
            _("这份台账现在不能导入。"),
            why=_("传它的人现在没有管着的工会了。"),
            next=_("你自己把同一份文件再传一次。"),
            code="sender_left",
        )


@transaction.atomic
def discard_list(sent: ListImport, *, by: User | None) -> None:
    """Do not take it in, and forget what was read; a list that is being taken in stays."""
    state = ListImport.State
    waiting = ListImport.objects.filter(
        pk=sent.pk, state__in=[state.RECEIVED, state.CHECKED, state.UNREADABLE]
    )
    if not waiting.update(state=state.DISCARDED, content=None):
        raise Refused(
            _("撤不下来了。"),
            why=_("这份台账已经开始导入，或者已经撤下。"),
            next=_("等它导完，再撤销这次导入。"),
            code="list_not_waiting",
        )
    _let_go(ListImport.objects.filter(pk=sent.pk))
    ledger.record("unions.list_discarded", sent, by=by)


def _let_go(lists: QuerySet[ListImport]) -> None:
    """All that was read and is not taken in."""
    ListRow.objects.filter(list_import__in=lists).delete()
    ListImport.absent.through.objects.filter(listimport__in=lists).delete()


def forget_old_lists() -> int:
    """After a month a list is let go, with or without a yes; it holds telephone numbers.

    A list at a time, so that nobody who is at one of them is waited for by all.
    """
    state, old = ListImport.State, timezone.now() - dt.timedelta(days=LIST_KEPT_DAYS)
    lists = ListImport.objects.filter(created_at__lt=old)
    done = lists.filter(state__in=[state.DONE, state.UNDONE], content__isnull=False)
    left = lists.filter(state__in=[state.RECEIVED, state.CHECKED, state.UNREADABLE])
    forgotten = one_by_one(_forget_read, list(done.values_list("pk", flat=True)))
    forgotten += one_by_one(_forget_left, list(left.values_list("pk", flat=True)))
    past = Change.objects.filter(at__lt=old, was__isnull=False, column__in=OF_A_PERSON)
    past.update(was=None)
    return forgotten


@transaction.atomic
def _forget_read(list_id: int) -> int:
    """What was taken in, or put back again."""
    ListRow.objects.filter(list_import=list_id).update(values=None, changes=None)
    return ListImport.objects.filter(pk=list_id).update(content=None)


@transaction.atomic
def _forget_left(list_id: int) -> int:
    """Nobody said yes in a month; whoever says it at this moment is waited for, or comes too late."""
    state = ListImport.State
    waiting = [state.RECEIVED, state.CHECKED, state.UNREADABLE]
    sent = ListImport.objects.filter(pk=list_id, state__in=waiting)
    let_go = sent.update(state=state.DISCARDED, content=None)
    if let_go:
        _let_go(ListImport.objects.filter(pk=list_id))
    return let_go
