"""The clerk's pages: scan or type, see what it is, redeem, look at the day, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from unionhall.base.access import allowed
from unionhall.base.errors import Refused
from unionhall.base.paging import page_of
from unionhall.domain.welfare import actions
from unionhall.domain.welfare.access import manages_a_merchant, works_for_a_merchant
from unionhall.domain.welfare.forms import DayForm, NumberForm, PeriodForm, UndoForm
from unionhall.domain.welfare.queries import (
    clerk_of,
    customer_of,
    days_total,
    may_be_undone,
    redemption_at,
    redemptions_at,
    settlement,
)

if TYPE_CHECKING:
    from django.http import HttpRequest

    from unionhall.domain.welfare.models import Clerk, Redemption
    from unionhall.people.accounts.models import User

CONFLICT, UNPROCESSABLE = 409, 422


@allowed(works_for_a_merchant)
@require_safe
def redeem(request: HttpRequest) -> HttpResponse:
    """Scan, take a photo, or type."""
    return _page(request, "welfare/redeem.html", {"form": NumberForm()})


@allowed(works_for_a_merchant)
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """What a number is. Nothing is consumed: a scan is not yet a redemption."""
    form = NumberForm(request.POST)
    if not form.is_valid():
        return _page(request, "welfare/redeem.html", {"form": form}, status=UNPROCESSABLE)
    number = form.cleaned_data["number"]
    try:
        claim, offer = actions.check_voucher(number, clerk=_clerk(request))
    except Refused as refusal:
        return _answer(request, {"refusal": refusal, "number": number})
    context = {
        "number": number,
        "claim": claim,
        "offer": offer,
        "customer": customer_of(claim.member),
    }
    return _page(request, "welfare/good.html", context)


@allowed(works_for_a_merchant)
@require_POST
def redemptions(request: HttpRequest) -> HttpResponse:
    """The one press that redeems."""
    form = NumberForm(request.POST)
    if not form.is_valid():
        return _page(request, "welfare/redeem.html", {"form": form}, status=UNPROCESSABLE)
    number = form.cleaned_data["number"]
    try:
        redemption = actions.redeem_voucher(number, clerk=_clerk(request))
    except Refused as refusal:
        return _answer(request, {"refusal": refusal, "number": number})
    return redirect("welfare_merchant:redemption", redemption.pk)


@allowed(works_for_a_merchant)
@require_safe
def redemption(request: HttpRequest, redemption_id: int) -> HttpResponse:
    """A redemption of this shop: what, when, by whom, and whether it was undone."""
    row = _redemption(request, redemption_id)
    context = {
        "redemption": row,
        "offer": row.claim.pool.offer,
        "customer": customer_of(row.claim.member),
        "may_be_undone": may_be_undone(row),
    }
    return _page(request, "welfare/redemption.html", context)


@allowed(manages_a_merchant)
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, redemption_id: int) -> HttpResponse:
    """Undo with a reason that the customer reads, too."""
    row = _redemption(request, redemption_id)
    form = UndoForm(request.POST or None)
    if form.is_valid():
        actions.undo_redemption(row, by=_me(request), reason=form.cleaned_data["reason"])
        return redirect("welfare_merchant:redemption", row.pk)
    context = {"redemption": row, "offer": row.claim.pool.offer, "form": form}
    return _page(
        request, "welfare/undo.html", context, status=UNPROCESSABLE if form.is_bound else 200
    )


@allowed(works_for_a_merchant)
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """One day's total and its redemptions."""
    form = DayForm(request.GET)
    day = (form.is_valid() and form.cleaned_data["day"]) or timezone.localdate()
    merchant = _clerk(request).merchant
    context = {
        "day": day,
        "form": DayForm(initial={"day": day}),
        "period": PeriodForm(initial={"first": day.replace(day=1), "last": day}),
        "total": days_total(merchant, day),
        "page": page_of(request, redemptions_at(merchant, day)),
    }
    return _page(request, "welfare/today.html", context)


@allowed(manages_a_merchant)
@require_POST
def settle(request: HttpRequest) -> HttpResponse:
    """The shop's settlement of a period as a workbook; the ledger notes that it was fetched."""
    form = PeriodForm(request.POST)
    merchant = _clerk(request).merchant
    if not form.is_valid():
        return _page(request, "welfare/period.html", {"period": form}, status=UNPROCESSABLE)
    period = form.cleaned_data
    actions.export_redemptions(by=_me(request), union=merchant.union, merchant=merchant, **period)
    response = HttpResponse(
        settlement.of_merchant(merchant, by=_me(request), **period),
        content_type=settlement.CONTENT_TYPE,
    )
    response["Content-Disposition"] = (
        f'attachment; filename="settlement-{period["first"]}-{period["last"]}.xlsx"'
    )
    return response


def _clerk(request: HttpRequest) -> Clerk:
    clerk = clerk_of(request.user)
    if clerk is None:  # dismissed between the door and here
        raise Http404
    return clerk


def _redemption(request: HttpRequest, redemption_id: int) -> Redemption:
    row = redemption_at(_clerk(request).merchant, redemption_id)
    if row is None:
        raise Http404
    return row


def _answer(request: HttpRequest, context: dict[str, object]) -> HttpResponse:
    return _page(request, "welfare/answer.html", context, status=CONFLICT)


def _page(
    request: HttpRequest, template: str, context: dict[str, object], *, status: int = 200
) -> HttpResponse:
    """Every page of the counter says which shop and till it is, and what today comes to."""
    clerk = _clerk(request)
    frame = {
        "clerk": clerk,
        "merchant": clerk.merchant,
        "today": days_total(clerk.merchant, timezone.localdate()),
    }
    return render(request, template, frame | context, status=status)


def _me(request: HttpRequest) -> User:
    return cast("User", request.user)
