"""Coming in by somebody else's word: to its page and back, with a state that is good once and for this browser.

The browser's session holds what was taken along; whoever comes back with another state, or a second time, is refused.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from django.contrib import auth, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from unionhall.base.access import public, signed_in
from unionhall.base.errors import Refused
from unionhall.base.phones import masked_phone
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts import rules
from unionhall.people.accounts.login import Errand, Outsider, door
from unionhall.people.accounts.queries import identity_with
from unionhall.site.arrivals import (
    ARRIVAL,
    arrival_of,
    tell_of_way_in,
    told_of,
    with_arrival,
)
from unionhall.site.coming_back import wanted, with_next
from unionhall.site.proof import ask_for_it, is_proved
from unionhall.site.refusals import CONFLICT
from unionhall.site.sign_in import PENDING, let_in
from unionhall.site.sign_in_forms import ConsentsForm

if TYPE_CHECKING:
    from unionhall.people.accounts.login import Door
    from unionhall.people.accounts.models import Identity, User

ERRAND = "errand"  # in the session: what it took along to somebody else's page
UNPROCESSABLE = 422


@never_cache
@public
@require_GET
def leave(request: HttpRequest, door_name: str) -> HttpResponse:
    """To its page. A link and no form: a form may lead nowhere but to us. Who is in already shows her phone first."""
    there = _door(door_name)
    if request.user.is_authenticated and not is_proved(request):
        return ask_for_it(request.get_full_path())
    errand = Errand.new()
    address = there.leads_to(errand, _back_to(request, there))
    request.session[ERRAND] = {
        "door": there.name,
        "state": errand.state,
        "nonce": errand.nonce,
        "verifier": errand.verifier,
        "next": wanted(request, "me_devices" if request.user.is_authenticated else "home"),
        "for": request.user.pk,
        "left_at": time.time(),
    }
    return redirect(address)


def _door(name: str) -> Door:
    there = door(name)
    if there is None:
        raise Http404
    return there


def _back_to(request: HttpRequest, there: Door) -> str:
    return request.build_absolute_uri(resolve_url("sign_in_back", there.name))


@never_cache
@public
@require_GET
def back(request: HttpRequest, door_name: str) -> HttpResponse:
    """From its page: in, if the identity is somebody's; to a phone, if it is nobody's yet."""
    there = _door(door_name)
    left = _what_left(request, there)
    if "code" not in request.GET:
        raise _stopped(there)
    arrival = accounts.arrive(there.name, left["state"])
    errand = Errand(left["state"], left["nonce"], left["verifier"])
    who = there.who(errand, request.GET.dict(), _back_to(request, there))
    if request.user.is_authenticated:
        return _bind(request, who)
    user = accounts.sign_in_as(who, arrival)
    if user is None:
        request.session[ARRIVAL] = arrival.pk
        page = "sign_in_agree" if who.phone else "sign_in"
        return redirect(with_arrival(page, left["next"], arrival))
    let_in(request, user)
    return redirect(left["next"])


def _what_left(request: HttpRequest, there: Door) -> dict[str, str]:
    """What this browser took along, unless it was somebody else who left, elsewhere, or too long ago."""
    left = request.session.get(ERRAND)
    state = request.GET.get("state", "")
    if (
        not left
        or left["door"] != there.name
        or left["for"] != request.user.pk
        or not constant_time_compare(left["state"], state)
        or time.time() - left["left_at"] > rules.ERRAND_LIVES_S
    ):
        raise Refused(
            _("没有登录：这个链接不是从这里出发的。"),
            why=_(
                "从{door}回来，要和出发时是同一个浏览器、同一次，10 分钟以内。别人发来的链接不行。"
            ).format(door=there.label()),
            next=_("回到登录页，再点一次按钮。"),
            code="foreign_state",
        )
    del request.session[ERRAND]
    return cast("dict[str, str]", left)


def _stopped(there: Door) -> Refused:
    return Refused(
        _("没有登录：在{door}那边没有同意。").format(door=there.label()),
        why=_("没有你的同意，{door}不会告诉我们你是谁。").format(door=there.label()),
        next=_("想好了，再点一次；也可以用手机号登录。"),
        code="stopped_there",
    )


@never_cache
@public
def agree(request: HttpRequest) -> HttpResponse:
    """The issuer vouches for her phone: what is left is to agree."""
    arrival = arrival_of(request)
    who = Outsider.from_text(arrival.who) if arrival and arrival.who else None
    if request.user.is_authenticated or arrival is None or who is None or not who.phone:
        return redirect(with_next("sign_in", wanted(request)))
    sent = request.POST if request.method == "POST" else None
    form, refusal = ConsentsForm(sent), None
    if form.is_valid():
        try:
            user = accounts.sign_in_vouched(arrival, consents=form.consents, tell=tell_of_way_in)
        except Refused as no:
            refusal = no
        else:
            let_in(request, user)
            return redirect(wanted(request))
    status = CONFLICT if refusal else UNPROCESSABLE if form.is_bound else 200
    context = {
        "form": form,
        "refusal": refusal,
        "outside": told_of(arrival),
        "phone": masked_phone(who.phone),
        "next": wanted(request),
    }
    return render(request, "sign_in/agree.html", context, status=status)


@public
@require_POST
def alone(request: HttpRequest) -> HttpResponse:
    """Go on by phone alone, without what she came with."""
    request.session.pop(ARRIVAL, None)
    page = "sign_in_code" if PENDING in request.session else "sign_in"
    return redirect(with_next(page, wanted(request)))


def _bind(request: HttpRequest, who: Outsider) -> HttpResponse:
    """One more way in for whoever is signed in."""
    accounts.bind(cast("User", request.user), who, tell=tell_of_way_in)
    messages.success(request, _("连上了。以后从那边也能进来。"))
    return redirect("me_devices")


@never_cache
@signed_in
@require_GET
def way(request: HttpRequest, identity_id: int) -> HttpResponse:
    """One way in, and what happens when it is closed."""
    identity = _hers(request, identity_id)
    there = door(identity.door)
    context = {"identity": identity, "label": there.label() if there else identity.door}
    return render(request, "me/way.html", context)


def _hers(request: HttpRequest, identity_id: int) -> Identity:
    identity = identity_with(cast("User", request.user), identity_id)
    if identity is None:
        raise Http404
    return identity


@signed_in
@require_POST
def unbind(request: HttpRequest, identity_id: int) -> HttpResponse:
    """One way in less; her phone stays. Whoever came in by it goes, too, if she wants so."""
    everywhere = "everywhere" in request.POST
    user = cast("User", request.user)
    accounts.unbind(_hers(request, identity_id), by=user, everywhere=everywhere)
    if everywhere:
        auth.logout(request)
        messages.success(request, _("解开了，在所有设备上都退出了。"))
        return redirect("home")
    messages.success(request, _("解开了。以后用手机号登录。"))
    return redirect("me_devices")
