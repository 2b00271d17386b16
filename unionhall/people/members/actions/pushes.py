"""A roll that a program sends page by page; at the end it is a file like any other."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts.models import User
from unionhall.people.members.actions.rolls import received
from unionhall.people.members.models import RollImport, RollPage
from unionhall.people.unions.models import Union

Cell: TypeAlias = str | int | bool | None
Row: TypeAlias = Mapping[str, Cell]

MAX_PAGES = 2000
ROWS_A_PAGE = 1000


@transaction.atomic
def open_push(union: Union, *, name: str, by: User, as_of: dt.date | None = None) -> RollImport:
    """Begin a roll for ``union`` and all below it, whose pages will come."""
    roll = RollImport.objects.create(
        union=union,
        by=by,
        file_name=f"{name[:190]}.csv",
        as_of=as_of or timezone.localdate(),
        state=RollImport.State.OPEN,
    )
    ledger.record("members.push_opened", roll, by=by, union_id=union.pk)
    return roll


@transaction.atomic
def add_page(roll: RollImport, *, number: int, rows: Sequence[Row]) -> RollPage:
    """Keep a page. The same page again is no harm; another one under its number is refused."""
    _lock_open(roll)
    written = json.dumps([dict(row) for row in rows], ensure_ascii=False)
    page, made = RollPage.objects.get_or_create(
        roll_import=roll, number=number, defaults={"rows": written}
    )
    if not made and page.rows != written:
        raise Refused(
            _("第 {number} 页已经有了，内容不一样。").format(number=number),
            why=_("一页只收一次；同样的内容重发不要紧。"),
            next=_("换一个页号，或者另开一次推送。"),
            code="page_differs",
        )
    return page


@transaction.atomic
def finish_push(roll: RollImport, *, pages: int) -> RollImport:
    """Join the pages 1 to ``pages`` to one file, which is checked in a moment."""
    _lock_open(roll)
    kept = list(RollPage.objects.filter(roll_import=roll).order_by("number"))
    missing = sorted(set(range(1, pages + 1)) - {page.number for page in kept})
    if missing or len(kept) != pages:
        raise Refused(
            _("页不齐。"),
            why=_("说是 {pages} 页，收到 {kept} 页，缺第 {missing} 页。").format(
                pages=pages, kept=len(kept), missing=_("、").join(map(str, missing[:10])) or "—"
            ),
            next=_("补齐以后再结束。"),
            code="pages_missing",
        )
    content = _as_csv([row for page in kept for row in json.loads(page.rows)])
    RollPage.objects.filter(roll_import=roll).delete()
    return received(roll, content)


def _lock_open(roll: RollImport) -> None:
    is_open = RollImport.objects.filter(pk=roll.pk, state=RollImport.State.OPEN)
    if not is_open.select_for_update().exists():
        raise Refused(
            _("这次推送已经结束了。"),
            why=_("结束以后不再收页。"),
            next=_("另开一次推送。"),
            code="push_finished",
        )


def _as_csv(rows: Sequence[Row]) -> bytes:
    """The headings in the order in which they first occur, then a record for each row."""
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, headings, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({heading: _cell(cell) for heading, cell in row.items()} for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _cell(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    return "" if cell is None else str(cell)
