"""A list is asked for, written by a job, fetched, and forgotten."""

from __future__ import annotations

import base64
import datetime as dt
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.exports.leases import renewed
from unionhall.base.exports.lists import AT_A_TIME, Filters, Found, ListToExport
from unionhall.base.exports.models import ColumnsChosen, Export
from unionhall.base.exports.writing import file_of, mark_of
from unionhall.base.ledger import actions as ledger
from unionhall.base.sweep import one_by_one

if TYPE_CHECKING:
    from unionhall.people.accounts.models import User

log = logging.getLogger(__name__)
Lists = Mapping[str, ListToExport[Any]]
Scope = Callable[["User"], str]
WhoAsked = Callable[[Export], "User"]  # as narrow as when she asked; ``ObjectDoesNotExist``
Row = TypeVar("Row")

AT_ONCE = 2000  # rows that are written while one waits
MOST_ROWS = 500_000
LEASE = dt.timedelta(seconds=60)
RENEWED = dt.timedelta(seconds=15)
TURNS = 3  # whatever kills every worker that takes it up is not taken up for ever
KEPT = dt.timedelta(days=7)
REMEMBERED = dt.timedelta(days=30)  # that there was a file, so that it can be asked for again


class OvertakenError(Exception):
    """Another worker writes this one by now."""


@transaction.atomic
def ask_for(
    listed: ListToExport[Row],
    found: Found[Row],
    *,
    by: User,
    filters: Filters,
    columns: Sequence[str],
    purpose: str,
    file_format: str,
    looks_at: int | None = None,
) -> Export:
    """Note that the list leaves the house, before it does; the file is written afterwards.

    ``looks_at``: the office to which ``by`` has narrowed what she sees; so the file is, too.
    Raises ``Refused`` for more rows than ``MOST_ROWS``.
    """
    rows = found.count()
    _refuse_too_many(rows)
    ColumnsChosen.objects.update_or_create(
        by_id=by.pk,
        list_name=listed.name,
        defaults={"columns": list(columns), "format": file_format},
    )
    export = Export.objects.create(
        by_id=by.pk,
        list_name=listed.name,
        title=f"{found.called} {listed.title}"[:200],
        purpose=purpose,
        format=file_format,
        columns=list(columns),
        filters=json.dumps(dict(filters)),
        looks_at=looks_at,
        language=translation.get_language() or "",
        rows=rows,
    )
    ledger.record(
        "exports.list_exported", found.about, by=by, union_id=found.union_id, export=export.pk,
        list=listed.name, purpose=purpose, format=file_format, columns=list(columns), rows=rows,
    )  # fmt: skip
    return export


def _refuse_too_many(rows: int) -> None:
    if rows <= MOST_ROWS:
        return
    raise Refused(
        _("没有导出。"),
        why=_("这份名单有 {rows:,} 行，一次最多 {most:,} 行。").format(rows=rows, most=MOST_ROWS),
        next=_("选一个下级工会，或者加一个条件，分几次导出。"),
        code="too_many_rows",
    )


def write_waiting(lists: Lists, scope_of: Scope, who_asked: WhoAsked) -> int:
    """Write every file that waits, or whose worker is gone; how many were written."""
    due = Export.objects.filter(_to_be_written()).order_by("pk").values_list("pk", flat=True)

    def step(export_id: int) -> int:
        return write(export_id, lists, scope_of, who_asked)

    return one_by_one(step, list(due))


def _to_be_written() -> Q:
    left = Q(state=Export.State.RUNNING, leased_until__lt=now_in_database())
    return Q(state=Export.State.WAITING) | left


def write(export_id: int, lists: Lists, scope_of: Scope, who_asked: WhoAsked) -> int:
    """Write one file, judged by the rights of this moment; 0 when another worker is at it.

    Nothing leaves before the last statement, so that a worker may be killed at any moment. As
    long as it lives it keeps its lease; who was overtaken all the same throws away what it wrote.
    """
    export = _taken_up(export_id)
    if export is None:
        return 0
    try:
        with renewed(lambda: _renew(export), every=RENEWED):
            _write_or_give_up(export, lists, scope_of, who_asked)
    except OvertakenError:
        return 0
    return 1


def _write_or_give_up(export: Export, lists: Lists, scope_of: Scope, who_asked: WhoAsked) -> None:
    if export.turn > TURNS:
        _give_up(export, Export.Problem.FAILED)
        return
    try:
        with translation.override(export.language):
            _write(export, lists, scope_of, by=who_asked(export))
    except OvertakenError:
        raise
    except (ObjectDoesNotExist, PermissionDenied):
        _give_up(export, Export.Problem.NOT_ALLOWED)
    except Exception:
        log.exception("Export %s could not be written.", export.pk)
        _give_up(export, Export.Problem.FAILED)


def _taken_up(export_id: int) -> Export | None:
    """By one worker: the row decides."""
    mine = Export.objects.filter(_to_be_written(), pk=export_id).update(
        state=Export.State.RUNNING,
        turn=F("turn") + 1,
        written=0,
        leased_until=now_in_database() + LEASE,
    )
    return Export.objects.defer("content").get(pk=export_id) if mine else None


def _renew(export: Export) -> bool:
    """False when it is not ours any longer."""
    mine = Export.objects.filter(pk=export.pk, state=Export.State.RUNNING, turn=export.turn)
    return bool(mine.update(leased_until=now_in_database() + LEASE))


def _write(export: Export, lists: Lists, scope_of: Scope, *, by: User) -> None:
    listed = lists[export.list_name]
    if not listed.may(by):
        raise PermissionDenied
    scope, found = scope_of(by), listed.find(by, json.loads(export.filters))

    def mark() -> str:
        return mark_of(export, str(by), found.narrowed)

    rows = _with_progress(export, found.stream())
    content = file_of(export, listed, rows, who=str(by), mark=mark)
    _hand_over(export, content, scope, found, by=by)


def _with_progress(export: Export, rows: Iterator[Row]) -> Iterator[Row]:
    """The rows; after the last one ``export.rows`` says how many there were."""
    written = 0
    for written, row in enumerate(rows, start=1):
        yield row
        if written % AT_A_TIME == 0:
            _change(export, written=written)
    export.rows = written
    _change(export, written=written, rows=written)


@transaction.atomic
def _hand_over(export: Export, content: bytes, scope: str, found: Found[Row], *, by: User) -> None:
    sealed = base64.b64encode(content).decode()
    _change(export, state=Export.State.DONE, scope=scope, content=sealed)
    ledger.record(
        "exports.file_written", found.about, by=by, union_id=found.union_id, export=export.pk,
        list=export.list_name, rows=export.rows,
    )  # fmt: skip


def _change(export: Export, **columns: object) -> None:
    """As long as it is still ours."""
    mine = Export.objects.filter(pk=export.pk, state=Export.State.RUNNING, turn=export.turn)
    if not mine.update(**columns):
        raise OvertakenError


def _give_up(export: Export, problem: Export.Problem) -> None:
    mine = Export.objects.filter(pk=export.pk, state=Export.State.RUNNING, turn=export.turn)
    mine.update(state=Export.State.FAILED, problem=problem)


@transaction.atomic
def fetch(export: Export, *, by: User, scope: str) -> bytes:
    """The file, for the person who asked for it, as long as her rights are what they were.

    Raises ``Refused`` when they have changed, or when there is no file.
    """
    kept = Export.objects.filter(pk=export.pk, by_id=by.pk, state=Export.State.DONE)
    content, written_for = kept.values_list("content", "scope").first() or (None, "")
    if content is None or written_for != scope:
        raise Refused(
            _("没有下载。"),
            why=_("这份表还没有写成，或者写成以后你管的工会变了。"),
            next=_("回到那份名单，再导出一次。"),
            code="export_not_there",
        )
    ledger.record("exports.file_fetched", export, by=by, list=export.list_name, rows=export.rows)
    return base64.b64decode(content)


def forget_old() -> int:
    """After a week the files are gone, some weeks later what was asked for; the ledger remembers."""
    now = timezone.now()
    ended = Export.objects.exclude(state__in=[Export.State.EXPIRED, Export.State.RUNNING])
    expired = ended.filter(asked_at__lt=now - KEPT).update(state=Export.State.EXPIRED, content=None)
    Export.objects.filter(asked_at__lt=now - REMEMBERED).delete()
    return expired


@transaction.atomic
def forget_all_of(user_id: int) -> None:
    """Her account is closed: her files, and what she chose the last time. The ledger remembers that there were some."""
    Export.objects.filter(by_id=user_id).delete()
    ColumnsChosen.objects.filter(by_id=user_id).delete()
