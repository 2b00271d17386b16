"""A shop's redemptions as a workbook: what its union owes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.printed_sheets import PrintedPage
from unionhall.base.spreadsheets import Column, SheetToWrite, write_xlsx
from unionhall.domain.welfare.queries.counter import bounds, redemptions_at, total_between

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from unionhall.base.spreadsheets import Written
    from unionhall.domain.welfare.models import Merchant, Redemption
    from unionhall.people.accounts.models import User

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def of_merchant(merchant: Merchant, *, first: dt.date, last: dt.date, by: User) -> bytes:
    """The settlement of a period, both days included: totals per voucher, then every redemption.

    Money in yuan. What was undone is listed and not counted. Each printed page says who took it.
    """
    mark = _("{who}导出，{at:%Y-%m-%d %H:%M}，用途：对账结算")
    printed = PrintedPage(mark.format(who=by, at=timezone.localtime()))
    total = total_between(merchant, first, last)
    rows: list[Sequence[Written]] = [
        (line.title, line.count, line.cents / 100) for line in total.lines
    ]
    rows.append((_("合计"), total.count, total.cents / 100))
    totals = SheetToWrite(
        _("合计"),
        [
            Column(_("券"), width=24),
            Column(_("张数"), "integer"),
            Column(_("金额（元）"), "number"),
        ],
        rows,
        printed,
    )
    details = redemptions_at(merchant).filter(at__range=bounds(first, last))
    return write_xlsx(totals, _details(details, printed))


def _details(redemptions: Iterable[Redemption], printed: PrintedPage) -> SheetToWrite:
    columns = [
        Column(_("核销时间"), "datetime", 18),
        Column(_("店"), width=24),
        Column(_("收银台"), width=12),
        Column(_("券"), width=20),
        Column(_("面值（元）"), "number"),
        Column(_("券号"), width=22),
        Column(_("会员"), width=10),
        Column(_("撤销时间"), "datetime", 18),
        Column(_("撤销原因"), width=30),
    ]
    return SheetToWrite(_("明细"), columns, map(_row, redemptions), printed)


def _row(redemption: Redemption) -> Sequence[Written]:
    offer = redemption.claim.pool.offer
    return (
        redemption.at,
        redemption.merchant.name,
        str(redemption.clerk),
        offer.title,
        offer.face_value / 100,
        redemption.number_shown,
        redemption.masked_name,
        redemption.undone_at,
        redemption.undo_reason,
    )
