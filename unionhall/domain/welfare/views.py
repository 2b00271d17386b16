"""The member's pages: the wallet and one voucher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from unionhall.base.access import signed_in
from unionhall.domain.welfare.queries import standing_of, undone_redemptions, voucher_of, wallet_of
from unionhall.people.members.queries import member_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

DRAWERS = ("usable", "used", "expired")


@signed_in
@require_safe
def vouchers(request: HttpRequest) -> HttpResponse:
    """The wallet: usable, used, expired."""
    member = member_of(request.user)
    drawer = request.GET.get("show", "")
    context: dict[str, object] = {
        "show": drawer if drawer in DRAWERS else "usable",
        "member": member,
    }
    if member:
        context |= {"wallet": wallet_of(member)}
    return render(request, "welfare/vouchers.html", context)


@signed_in
@require_safe
def voucher(request: HttpRequest, claim_id: int) -> HttpResponse:
    """One voucher, for the clerk to scan; nobody's but the owner's."""
    member = member_of(request.user)
    claim = voucher_of(member, claim_id) if member else None
    if claim is None:
        raise Http404
    context = {"claim": claim, "standing": standing_of(claim), "undone": undone_redemptions(claim)}
    return render(request, "welfare/voucher.html", context)
