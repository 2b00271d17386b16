"""The officer's list of redemptions: filters, what is unusual, the list as a workbook."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, cast

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from unionhall.base.access import allowed
from unionhall.base.paging import page_of
from unionhall.domain.welfare import actions
from unionhall.domain.welfare.forms import RedemptionFilter
from unionhall.domain.welfare.queries import (
    clerks_guessing,
    filtered,
    merchants_for,
    offers_for,
    redemptions_for,
    settlement,
    unusually_fast,
)
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from unionhall.people.accounts.models import User

RECENT = dt.timedelta(days=2)
UNPROCESSABLE = 422


@allowed(runs_unions)
@require_safe
def redemptions(request: HttpRequest) -> HttpResponse:
    """What was redeemed at the expense of the officer's unions."""
    unions, since = in_charge_of(request.user), timezone.now() - RECENT
    form = _filter(request.GET, request)
    rows = redemptions_for(unions)
    rows = filtered(rows, form.cleaned_data) if form.is_valid() else rows.none()
    context = {
        "form": form,
        "page": page_of(request, rows),
        "fast": unusually_fast(unions, since=since)[:5],
        "guessing": clerks_guessing(unions, since=since),
    }
    return render(request, "welfare/desk/redemptions.html", context)


@allowed(runs_unions)
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The narrowed list as a workbook; the ledger notes who took it and how long it was."""
    form = _filter(request.POST, request)
    if not form.is_valid():
        return render(
            request, "welfare/desk/redemptions.html", {"form": form}, status=UNPROCESSABLE
        )
    unions = in_charge_of(request.user)
    rows = list(filtered(redemptions_for(unions), form.cleaned_data))
    topmost = unions.order_by("path")[0]
    days = {"first": form.cleaned_data["since"], "last": form.cleaned_data["until"]}
    actions.export_redemptions(by=_me(request), union=topmost, rows=len(rows), **days)
    response = HttpResponse(settlement.of_redemptions(rows), content_type=settlement.CONTENT_TYPE)
    response["Content-Disposition"] = (
        f'attachment; filename="redemptions-{timezone.localdate()}.xlsx"'
    )
    return response


def _filter(given: object, request: HttpRequest) -> RedemptionFilter:
    unions = in_charge_of(request.user)
    return RedemptionFilter(given, offers=offers_for(unions), merchants=merchants_for(unions))


@allowed(runs_unions)
@require_safe
def offers(request: HttpRequest) -> HttpResponse:
    """Kinds of vouchers: given out, used, still held, spent."""
    return render(
        request,
        "welfare/desk/offers.html",
        {"page": page_of(request, offers_for(in_charge_of(request.user)))},
    )


def _me(request: HttpRequest) -> User:
    return cast("User", request.user)
