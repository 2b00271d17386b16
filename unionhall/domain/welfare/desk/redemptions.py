"""The officer's list of redemptions: filters, what is unusual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from unionhall.base.access import allowed
from unionhall.base.paging import page_of
from unionhall.domain.welfare.forms import RedemptionFilter
from unionhall.domain.welfare.models import Merchant, VoucherOffer
from unionhall.domain.welfare.queries import (
    filtered,
    offers_for,
    redemptions_for,
    unusual_lately,
    with_counts,
)
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@allowed(runs_unions)
@require_safe
def redemptions(request: HttpRequest) -> HttpResponse:
    """What was redeemed at the expense of the officer's unions."""
    unions = in_charge_of(request.user)
    form = _filter(request.GET, request)
    rows = redemptions_for(unions)
    rows = filtered(rows, form.cleaned_data) if form.is_valid() else rows.none()
    context = {
        "form": form,
        "page": page_of(request, rows),
        **unusual_lately(unions),
    }
    return render(request, "welfare/desk/redemptions.html", context)


def _filter(given: object, request: HttpRequest) -> RedemptionFilter:
    unions = in_charge_of(request.user)
    offers = VoucherOffer.objects.within(unions).order_by("-opened_at", "-pk")
    merchants = Merchant.objects.within(unions).order_by("name", "pk")
    return RedemptionFilter(given, offers=offers, merchants=merchants)


@allowed(runs_unions)
@require_safe
def offers(request: HttpRequest) -> HttpResponse:
    """Kinds of vouchers: given out, used, still held, spent."""
    page = page_of(request, offers_for(in_charge_of(request.user)))
    context = {"page": page, "offers": with_counts(page)}
    return render(request, "welfare/desk/offers.html", context)
