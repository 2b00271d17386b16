"""A member came without her phone: find her voucher, show it, or give it a new number."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from unionhall.base.access import allowed
from unionhall.base.paging import page_of
from unionhall.base.sealed_words import seals_words, words_of
from unionhall.domain.welfare import actions
from unionhall.domain.welfare.forms import MemberSearch, PersonChecked
from unionhall.domain.welfare.queries import (
    customer_of,
    members_found,
    standing_of,
    undone_redemptions,
    voucher_for,
    wallet_of,
)
from unionhall.people.members.queries import within
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from unionhall.kernel.allotment.models import Claim
    from unionhall.people.accounts.models import User

UNPROCESSABLE = 422


@allowed(runs_unions)
@seals_words
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Find a member of the officer's unions by name or the end of her phone number."""
    words = words_of(request)
    form = MemberSearch({"q": words} if words else None)
    asked = form.cleaned_data["q"].strip() if form.is_valid() else ""
    context: dict[str, object] = {"form": form, "asked": asked}
    if asked:
        page = page_of(request, members_found(asked, in_charge_of(request.user)))
        context |= {"page": page, "people": [(person, customer_of(person)) for person in page]}
    return render(request, "welfare/desk/search.html", context)


@allowed(runs_unions)
@require_safe
def member(request: HttpRequest, member_id: int) -> HttpResponse:
    """A member's vouchers, without their numbers."""
    person = within(in_charge_of(request.user)).filter(pk=member_id).first()
    if person is None:
        raise Http404
    context = {"customer": customer_of(person), "wallet": wallet_of(person)}
    return render(request, "welfare/desk/member.html", context)


@allowed(runs_unions)
@require_safe
def voucher(request: HttpRequest, claim_id: int) -> HttpResponse:
    """One voucher without its number, and the two things that can be done for its owner."""
    return _voucher_page(request, _voucher(request, claim_id), form=PersonChecked())


@allowed(runs_unions)
@require_POST
def shown(request: HttpRequest, claim_id: int) -> HttpResponse:
    """The voucher with its number, after noting why and how the person was checked."""
    claim, form = _voucher(request, claim_id), PersonChecked(request.POST)
    if not form.is_valid():
        return _voucher_page(request, claim, form=form, status=UNPROCESSABLE)
    actions.show_voucher(claim, by=_me(request), **form.cleaned_data)
    return _voucher_page(request, claim, shown=True)


@allowed(runs_unions)
@require_POST
def replacement(request: HttpRequest, claim_id: int) -> HttpResponse:
    """A new number for the voucher; the old one is worth nothing from now on."""
    claim, form = _voucher(request, claim_id), PersonChecked(request.POST)
    if not form.is_valid():
        return _voucher_page(request, claim, form=form, status=UNPROCESSABLE)
    actions.replace_voucher(claim, by=_me(request), **form.cleaned_data)
    messages.success(request, _("换好了。旧号从现在起作废，新号在会员自己的券包里。"))
    return redirect("welfare_desk:voucher", claim.pk)


def _voucher(request: HttpRequest, claim_id: int) -> Claim:
    claim = voucher_for(in_charge_of(request.user), claim_id)
    if claim is None:
        raise Http404
    return claim


def _voucher_page(
    request: HttpRequest, claim: Claim, *, status: int = 200, **more: object
) -> HttpResponse:
    context = {
        "claim": claim,
        "standing": standing_of(claim),
        "customer": customer_of(claim.member),
        "undone": undone_redemptions(claim),
    }
    return render(request, "welfare/desk/voucher.html", context | more, status=status)


def _me(request: HttpRequest) -> User:
    return cast("User", request.user)
