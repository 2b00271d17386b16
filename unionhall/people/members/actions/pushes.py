"""A roll that a program sends page by page; at the end it is a file like any other."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.base.spreadsheets import MAX_BYTES
from unionhall.base.typed_records import ENDING, as_line
from unionhall.people.accounts.models import User
from unionhall.people.members.actions.rolls import discard_roll, received
from unionhall.people.members.models import RollImport, RollPage
from unionhall.people.members.rules.pushed import (
    MAX_COLUMNS,
    MAX_ROWS,
    OddCell,
    as_page,
    headings_of_page,
    odd_cell,
    rows_of_page,
)
from unionhall.people.programs.models import ProgramKey
from unionhall.people.unions.models import Union

OPEN_AT_ONCE = 5  # for one union
GIVEN_UP_AFTER = dt.timedelta(hours=24)  # without a page


@transaction.atomic
def open_push(
    union: Union,
    *,
    name: str,
    by: User,
    as_of: dt.date | None = None,
    key: ProgramKey | None = None,
) -> RollImport:
    """Begin a roll for ``union`` and all below it, whose pages will come."""
    _make_room(union)
    roll = RollImport.objects.create(
        union=union,
        by=by,
        key=key,
        file_name=f"{name[:190]}{ENDING}",
        as_of=as_of or timezone.localdate(),
        state=RollImport.State.OPEN,
    )
    by_key = {"key": key.pk} if key else {}
    ledger.record("members.push_opened", roll, by=by, union_id=union.pk, **by_key)
    return roll


def _make_room(union: Union) -> None:
    Union.objects.select_for_update(no_key=True).get(pk=union.pk)
    going_on = RollImport.objects.filter(union=union, state=RollImport.State.OPEN)
    if going_on.count() >= OPEN_AT_ONCE:
        raise Refused(
            _("没有开始：这个工会有 {n} 次推送还没结束。").format(n=OPEN_AT_ONCE),
            why=_("没结束的推送占着地方，一天没有新页就自动放弃。"),
            next=_("接着推完其中一次，或者放弃不要的。"),
            code="too_many_pushes",
        )


@transaction.atomic
def add_page(roll: RollImport, *, number: int, rows: Sequence[Mapping[str, object]]) -> RollPage:
    """Keep a page. The same page again is no harm; another one under its number is refused.

    The roll's row is locked: of two pages under one number at once, the first to come is kept.
    """
    _check_cells(rows)
    _check_open(_locked(roll))
    written = as_page(rows)
    known = RollPage.objects.filter(roll_import=roll, number=number).first()
    if known is None:
        size = len(written.encode())
        _keep_within_limits(roll, rows=len(rows), size=size)
        return RollPage.objects.create(
            roll_import=roll, number=number, rows=written, count=len(rows), size=size
        )
    if rows_of_page(known.rows) == rows_of_page(written):
        return known
    raise Refused(
        _("第 {number} 页已经有了，内容不一样。").format(number=number),
        why=_("一页只收一次；同样的内容重发不要紧。"),
        next=_("换一个页号，或者另开一次推送。"),
        code="page_differs",
    )


def _check_cells(rows: Sequence[Mapping[str, object]]) -> None:
    odd = odd_cell(rows)
    if odd:
        raise Refused(
            _("这一页没有收：第 {row} 行的“{heading}”不能用。").format(**odd._asdict()),
            why=_why_odd(odd),
            next=_("改好这一格，整页再发一次。"),
            code=f"cell_{odd.kind}",
        )


def _why_odd(odd: OddCell) -> str:
    why = {
        "bool": _("格子里只能是文字或者数字，不能是 true、false。写“是”或者“否”。"),
        "null": _('格子里只能是文字或者数字，不能是 null。空着就写 ""，或者不写这一项。'),
        "nested": _("格子里只能是文字或者数字，不能是列表或者对象。"),
        "number": _("这个数大得不像表格里的数。"),
        "heading": _("列名要有 1 到 200 个字。"),
        "columns": _("一行最多 {n} 列。").format(n=MAX_COLUMNS),
    }
    return why[odd.kind]


def _keep_within_limits(roll: RollImport, *, rows: int, size: int) -> None:
    kept = RollPage.objects.filter(roll_import=roll).aggregate(rows=Sum("count"), size=Sum("size"))
    if (kept["rows"] or 0) + rows > MAX_ROWS or (kept["size"] or 0) + size > MAX_BYTES:
        raise _too_large()


def _too_large() -> Refused:
    return Refused(
        _("这一页没有收：整份名册太大了。"),
        why=_("一次推送最多 {rows} 行、{megabytes} MB，和一个文件一样。").format(
            rows=MAX_ROWS, megabytes=MAX_BYTES >> 20
        ),
        next=_("分成几次推送，比如一个工会一次。"),
        code="push_too_large",
    )


@transaction.atomic
def finish_push(roll: RollImport, *, pages: int) -> RollImport:
    """Join the pages 1 to ``pages`` to one file, which is checked in a moment.

    Said again, because the first answer was lost, it is no harm: the roll as it is by now.
    """
    roll = _locked(roll)
    if roll.pushed_pages == pages:
        return roll
    _check_open(roll)
    _check_complete(roll, pages)
    kept = RollPage.objects.filter(roll_import=roll).order_by("number")
    content = _joined([page.rows for page in kept])
    kept.delete()
    roll.pushed_pages = pages
    return received(roll, content)


def _check_complete(roll: RollImport, pages: int) -> None:
    kept = set(RollPage.objects.filter(roll_import=roll).values_list("number", flat=True))
    missing = sorted(set(range(1, pages + 1)) - kept)
    if missing or len(kept) != pages:
        raise Refused(
            _("页不齐。"),
            why=_("说是 {pages} 页，收到 {kept} 页，缺第 {missing} 页。").format(
                pages=pages,
                kept=len(kept),
                missing=_("、").join(map(str, missing[:10])) or "—",
            ),
            next=_("补齐以后再结束。"),
            code="pages_missing",
        )


def _locked(roll: RollImport) -> RollImport:
    return RollImport.objects.select_for_update().defer("content").get(pk=roll.pk)


def _check_open(roll: RollImport) -> None:
    if roll.state != RollImport.State.OPEN:
        raise Refused(
            _("这次推送已经结束了。"),
            why=_("结束以后不再收页。"),
            next=_("另开一次推送。"),
            code="push_finished",
        )


def _joined(pages: Sequence[str]) -> bytes:
    """The headings in the order in which they first occur, then a record for each row."""
    headings = list(dict.fromkeys(heading for page in pages for heading in headings_of_page(page)))
    if len(headings) > MAX_COLUMNS:
        raise _too_large()
    lines, size = [as_line(headings)], 0
    for row in itertools.chain.from_iterable(map(rows_of_page, pages)):
        lines.append(as_line([row.get(heading) for heading in headings]))
        size += len(lines[-1])
        if size > MAX_BYTES:
            raise _too_large()
    return b"".join(lines)


def let_go_abandoned_pushes() -> int:
    """Give up pushes to which for a day no page came; the number of those."""
    long_ago = timezone.now() - GIVEN_UP_AFTER
    going_on = RollImport.objects.filter(state=RollImport.State.OPEN, created_at__lt=long_ago)
    return sum(_let_go(pk, long_ago) for pk in list(going_on.values_list("pk", flat=True)))


@transaction.atomic
def _let_go(roll_id: int, long_ago: dt.datetime) -> bool:
    """Looked at once more behind the lock, for a page may have come meanwhile."""
    going_on = RollImport.objects.select_for_update(skip_locked=True).defer("content")
    roll = going_on.filter(pk=roll_id, state=RollImport.State.OPEN).first()
    if roll is None or roll.pages.filter(came_at__gte=long_ago).exists():
        return False
    discard_roll(roll, by=None)
    return True
