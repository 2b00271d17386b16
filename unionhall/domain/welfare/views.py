"""The member's pages: the wallet, one voucher, and the giveaways that she may claim from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from unionhall.base.access import keep_cookie, known_by, signed_in
from unionhall.base.errors import Refused, as_json, numbered
from unionhall.base.htmx import in_json, wants_json
from unionhall.base.replay.rules import new_key
from unionhall.domain.welfare import actions
from unionhall.domain.welfare.queries import (
    Known,
    answer_for,
    giveaway_read_afresh,
    giveaways_for,
    is_under,
    known,
    standing_of,
    undone_redemptions,
    voucher_of,
    wallet_of,
)
from unionhall.domain.welfare.rules.giveaways import Stage, said_of
from unionhall.people.members.queries import member_of, union_of
from unionhall.people.members.queries.door import DOOR, caller, door_cookie

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

CONFLICT = 409

# What the page itself cannot see.
TROUBLES = {"key_reused", "key_miswritten", "still_running", "too_many_keys"}
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


# == Giveaways ==
@signed_in
@require_safe
def offers(request: HttpRequest) -> HttpResponse:
    """What can be claimed now, what comes, what is gone."""
    member = member_of(request.user)
    union = union_of(member) if member else None
    lines = giveaways_for(member, union.path) if member and union else []
    going_on = [line for line in lines if line.stage is Stage.OPEN and line.claim is None]
    context = {"member": member, "lines": lines, "going_on": going_on}
    return render(request, "welfare/offers.html", context)


@never_cache
@signed_in
@require_safe
def offer(request: HttpRequest, offer_id: int) -> HttpResponse:
    """One giveaway, and the truth about it for this member; her browser is made ready for the shortest way."""
    member, found = member_of(request.user), giveaway_read_afresh(offer_id)
    union = union_of(member) if member else None
    if member is None or union is None or found is None or not is_under(union.path, found):
        raise Http404
    context = {
        "answer": answer_for(member, found),
        "offer": found,
        "key": new_key(),
        "trouble": request.GET.get("trouble", ""),
    }
    response = render(request, "welfare/offer.html", context)
    return _at_the_door(request, response)


def _at_the_door(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    session, user = request.session.session_key, request.user
    if session and user.is_authenticated:
        door = door_cookie(session, user)
        keep_cookie(request, response, DOOR, door, path="/vouchers/offers/")
    return response


@known_by(caller)
@require_POST
def claim(request: HttpRequest, offer_id: int) -> HttpResponse:
    """Claim one. A program gets JSON; a browser is led back to the page, which tells the truth."""
    found = _known(request, offer_id)
    if found is None:
        return _nothing(request)
    with translation.override(request.caller.language or None):  # type: ignore[attr-defined]
        try:
            claimed = actions.claim_offer(found, **_asked(request))
        except Refused as refusal:
            return _told_no(request, found, refusal)
    if not wants_json(request):
        return redirect("welfare:offer", offer_id)
    response = in_json(claimed.told(found.offer))
    if claimed.replayed:
        response["Idempotent-Replayed"] = "true"
    return response


@known_by(caller)
@require_safe
def standing(request: HttpRequest, offer_id: int) -> HttpResponse:
    """What everybody may be told, from memory: how it stands, how old that is, when to ask again."""
    found = _known(request, offer_id)
    if found is None:
        return _nothing(request)
    response = in_json(found.told())
    return _told_when_to_ask_again(response, found)


def _known(request: HttpRequest, offer_id: int) -> Known | None:
    """The giveaway, if she who calls may know of it."""
    found, who = known(offer_id), request.caller  # type: ignore[attr-defined]
    return found if found and who.member_id and is_under(who.path, found.offer) else None


def _nothing(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        return in_json({"code": "not_found", **numbered()}, status=404)
    raise Http404


def _asked(request: HttpRequest) -> dict[str, Any]:
    key = request.META.get("HTTP_IDEMPOTENCY_KEY") or request.POST.get("key", "")
    member = request.caller.member  # type: ignore[attr-defined]
    return {"member": member, "key": key, "said": said_of(request.POST.lists())}


def _told_no(request: HttpRequest, found: Known, refusal: Refused) -> HttpResponse:
    if not wants_json(request):
        address = redirect("welfare:offer", found.offer.pk)
        address["Location"] += f"?trouble={refusal.code}" if refusal.code in TROUBLES else ""
        return address
    response = in_json({**as_json(refusal), **found.told()}, status=CONFLICT)
    if refusal.code == "still_running":
        response["Retry-After"] = "1"
        return response
    return _told_when_to_ask_again(response, found)


def _told_when_to_ask_again(response: HttpResponse, found: Known) -> HttpResponse:
    seconds = found.ask_again_in
    if seconds is not None:
        response["Retry-After"] = str(-int(-seconds // 1))
    return response
