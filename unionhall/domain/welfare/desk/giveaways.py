"""The officer's giveaways: the list, opening one, how one goes, ending one early."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from unionhall.base.access import allowed
from unionhall.base.htmx import page_or_fragment
from unionhall.base.paging import page_of
from unionhall.domain.welfare import actions
from unionhall.domain.welfare.forms import GiveawayClosing, GiveawayFilter, GiveawayForm
from unionhall.domain.welfare.queries import (
    for_about,
    for_whom,
    giveaways_given_by,
    merchants_for,
    rush_of_giveaway,
    with_stages,
)
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from unionhall.domain.welfare.models import VoucherOffer
    from unionhall.people.accounts.models import User

UNPROCESSABLE = 422
LOOK = "look"  # the button that only counts for whom


@allowed(runs_unions)
@require_safe
def giveaways(request: HttpRequest) -> HttpResponse:
    """All that the officer's unions give away."""
    form = GiveawayFilter(request.GET)
    rows = giveaways_given_by(
        in_charge_of(request.user), form.cleaned_data if form.is_valid() else {}
    )
    page = page_of(request, rows)
    context = {"form": form, "page": page, "lines": with_stages(list(page))}
    return render(request, "welfare/desk/giveaways.html", context)


@allowed(runs_unions)
@require_http_methods(["GET", "HEAD", "POST"])
def new_giveaway(request: HttpRequest) -> HttpResponse:
    """Say what, how many, when and for whom; look how many that are, then open it."""
    unions = in_charge_of(request.user)
    form = GiveawayForm(request.POST or None, unions=unions, merchants=merchants_for(unions))
    if not form.is_bound or not form.is_valid():
        status = UNPROCESSABLE if form.is_bound else 200
        return render(request, "welfare/desk/new_giveaway.html", {"form": form}, status=status)
    if LOOK in request.POST:
        context = {"form": form, "for_whom": for_whom(form.audience())}
        return render(request, "welfare/desk/new_giveaway.html", context)
    offer = actions.open_giveaway(by=_me(request), **form.terms_of_giveaway())
    messages.success(request, _("发布了。到点就能领，会员现在就看得到。"))
    return redirect("welfare_desk:giveaway", offer.pk)


@allowed(runs_unions)
@require_safe
def giveaway(request: HttpRequest, offer_id: int) -> HttpResponse:
    """How it goes; the page asks for the fragment again every two seconds."""
    offer = _offer(request, offer_id)
    context: dict[str, object] = {"offer": offer, "rush": rush_of_giveaway(offer)}
    page, fragment = "welfare/desk/giveaway.html", "welfare/desk/_giveaway.html"
    if not request.headers.get("HX-Request"):
        context["for_whom"] = for_about(offer.pool.audience)
    return page_or_fragment(request, page, fragment, context)


@allowed(runs_unions)
@require_http_methods(["GET", "HEAD", "POST"])
def giveaway_close(request: HttpRequest, offer_id: int) -> HttpResponse:
    """End it before its time, with a reason that members read."""
    offer, form = _offer(request, offer_id), GiveawayClosing(request.POST or None)
    if form.is_valid():
        actions.close_giveaway(offer, by=_me(request), **form.cleaned_data)
        messages.success(request, _("结束了。领到的券照样有效。"))
        return redirect("welfare_desk:giveaway", offer.pk)
    context = {"offer": offer, "form": form, "rush": rush_of_giveaway(offer)}
    status = UNPROCESSABLE if request.method == "POST" else 200
    return render(request, "welfare/desk/giveaway_close.html", context, status=status)


def _offer(request: HttpRequest, offer_id: int) -> VoucherOffer:
    offer = giveaways_given_by(in_charge_of(request.user), {}).filter(pk=offer_id).first()
    if offer is None:
        raise Http404
    return offer


def _me(request: HttpRequest) -> User:
    return cast("User", request.user)
