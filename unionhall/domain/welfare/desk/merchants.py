"""The officer's pages about shops and their clerks."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from unionhall.base.access import allowed
from unionhall.base.errors import Refused
from unionhall.base.paging import page_of
from unionhall.domain.welfare import actions
from unionhall.domain.welfare.forms import ClerkForm, MerchantForm, NewMerchantForm
from unionhall.domain.welfare.queries import clerks_at, merchant_for, merchants_for
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from unionhall.domain.welfare.models import Merchant
    from unionhall.people.accounts.models import User

CONFLICT, UNPROCESSABLE = 409, 422


@allowed(runs_unions)
@require_safe
def merchants(request: HttpRequest) -> HttpResponse:
    """The shops that the officer's unions contracted."""
    page = page_of(request, merchants_for(in_charge_of(request.user)))
    return render(request, "welfare/desk/merchants.html", {"page": page})


@allowed(runs_unions)
@require_http_methods(["GET", "HEAD", "POST"])
def new_merchant(request: HttpRequest) -> HttpResponse:
    """Enter a shop."""
    form = NewMerchantForm(request.POST or None, unions=in_charge_of(request.user))
    status = 200
    if form.is_valid():
        try:
            merchant = actions.register_merchant(by=_me(request), **form.cleaned_data)
            return redirect("welfare_desk:merchant", merchant.pk)
        except Refused as refusal:
            form.add_error("name", f"{refusal.why}{refusal.next}")
    if form.is_bound:
        status = UNPROCESSABLE
    return render(request, "welfare/desk/new_merchant.html", {"form": form}, status=status)


@allowed(runs_unions)
@require_http_methods(["GET", "HEAD", "POST"])
def merchant(request: HttpRequest, merchant_id: int) -> HttpResponse:
    """A shop's own page: what members read about it, and who stands at its tills."""
    shop = _merchant(request, merchant_id)
    form = MerchantForm(
        request.POST or None,
        initial={"name": shop.name, "address": shop.address, "phone": shop.phone},
    )
    if form.is_valid():
        actions.edit_merchant(shop, by=_me(request), **form.cleaned_data)
        messages.success(request, _("保存好了，会员看到的就是新的。"))
        return redirect("welfare_desk:merchant", shop.pk)
    return _merchant_page(request, shop, form=form, status=UNPROCESSABLE if form.is_bound else 200)


@allowed(runs_unions)
@require_POST
def clerks(request: HttpRequest, merchant_id: int) -> HttpResponse:
    """Appoint a clerk by her phone."""
    shop = _merchant(request, merchant_id)
    form = ClerkForm(request.POST)
    if not form.is_valid():
        return _merchant_page(request, shop, clerk_form=form, status=UNPROCESSABLE)
    try:
        actions.appoint_clerk(merchant=shop, by=_me(request), **form.cleaned_data)
    except Refused as refusal:
        form.add_error("phone", f"{refusal.why}{refusal.next}")
        return _merchant_page(request, shop, clerk_form=form, status=CONFLICT)
    messages.success(request, _("登记好了，店员登录后就能核销。"))
    return redirect("welfare_desk:merchant", shop.pk)


@allowed(runs_unions)
@require_POST
def dismissal(request: HttpRequest, merchant_id: int, clerk_id: int) -> HttpResponse:
    """End a clerk's post."""
    shop = _merchant(request, merchant_id)
    clerk = clerks_at(shop).select_related("merchant").filter(pk=clerk_id).first()
    if clerk is None:
        raise Http404
    actions.dismiss_clerk(clerk, by=_me(request))
    messages.success(request, _("登记结束了，这个账号从现在起不能核销。"))
    return redirect("welfare_desk:merchant", shop.pk)


def _merchant(request: HttpRequest, merchant_id: int) -> Merchant:
    found = merchant_for(in_charge_of(request.user), merchant_id)
    if found is None:
        raise Http404
    return found


def _merchant_page(
    request: HttpRequest, shop: Merchant, *, status: int = 200, **forms: object
) -> HttpResponse:
    facts = {"name": shop.name, "address": shop.address, "phone": shop.phone}
    context = {
        "merchant": shop,
        "clerks": clerks_at(shop),
        "form": MerchantForm(initial=facts),
        "clerk_form": ClerkForm(),
    }
    return render(request, "welfare/desk/merchant.html", context | forms, status=status)


def _me(request: HttpRequest) -> User:
    return cast("User", request.user)
