"""Sign in by phone and code. The same pages, in the same time, whether a phone is known or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import auth, messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from unionhall.base.access import public
from unionhall.base.errors import Refused
from unionhall.base.phones import masked_phone
from unionhall.kernel.notify import actions as notify
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts import rules
from unionhall.people.accounts.models import Arrival, Consent, SignInCode, User
from unionhall.people.accounts.queries import has_consented, unused_code
from unionhall.people.members import actions as roll
from unionhall.site.addresses import address_of
from unionhall.site.arrivals import (
    ARRIVAL,
    WITH,
    arrival_brought,
    arrival_of,
    doors_for,
    tell_of_way_in,
    told_of,
)
from unionhall.site.coming_back import wanted, with_next
from unionhall.site.devices import begin_session
from unionhall.site.preferences import keep_what_the_cookies_say
from unionhall.site.proof import remember_phone, seconds_until_another
from unionhall.site.refusals import CONFLICT
from unionhall.site.sign_in_forms import CodeForm, PhoneForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PENDING = "sign_in"  # in the session: which code this browser asked for, what was agreed to with it, whom it brings along
UNPROCESSABLE = 422


@public
def sign_in(request: HttpRequest) -> HttpResponse:
    """First step: a phone."""
    if request.user.is_authenticated:
        return redirect(wanted(request))
    form = PhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _send_code(request, form.cleaned_data["phone"], form.consents, arrival_of(request))
        except Refused as refusal:
            return _page(request, "sign_in/phone.html", CONFLICT, form=form, refusal=refusal)
        return redirect(with_next("sign_in_code", wanted(request)))
    return _page(request, "sign_in/phone.html", UNPROCESSABLE if form.is_bound else 200, form=form)


def _send_code(
    request: HttpRequest, phone: str, consents: list[str], arrival: Arrival | None
) -> None:
    """The code and its message exist together or not at all; this browser alone may type it in."""
    with transaction.atomic():
        asked = accounts.ask_code(phone, asked_from=address_of(request))
        notify.text(phone, "accounts/sign_in_code", code=asked.code)
    request.session[PENDING] = {
        "ask": asked.ask.pk,
        "consents": consents,
        WITH: arrival.pk if arrival else None,
    }


@public
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Second step: the code."""
    ask = _asked(request)
    if request.user.is_authenticated or ask is None:
        return redirect(with_next("sign_in", wanted(request)))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _let_in(request, ask, form.cleaned_data["code"])
        except Refused as refusal:
            return _page(
                request,
                "sign_in/code.html",
                CONFLICT,
                form=form,
                refusal=refusal,
                **_facts_of(request, ask),
            )
        return redirect(wanted(request))
    return _page(
        request,
        "sign_in/code.html",
        UNPROCESSABLE if form.is_bound else 200,
        form=form,
        **_facts_of(request, ask),
    )


def _asked(request: HttpRequest) -> SignInCode | None:
    pending = request.session.get(PENDING, {})
    return unused_code(pending.get("ask", 0))


def _brought(request: HttpRequest) -> Arrival | None:
    """Whom this sign-in brings along, as it was when the code was asked for."""
    return arrival_brought(request, request.session.get(PENDING, {}).get(WITH))


def _facts_of(request: HttpRequest, ask: SignInCode) -> dict[str, object]:
    return {
        "phone": masked_phone(ask.phone),
        "wait": seconds_until_another(ask),
        "outside": told_of(_brought(request)),
    }


def _let_in(request: HttpRequest, ask: SignInCode, code: str) -> None:
    """With what she came with, if she came from elsewhere."""
    consents = request.session[PENDING]["consents"]
    user = accounts.sign_in(
        ask.pk, code, consents=consents, arrival=_brought(request), tell=tell_of_way_in
    )
    del request.session[PENDING]
    let_in(request, user)
    remember_phone(request.session, user)


def let_in(request: HttpRequest, user: User) -> None:
    """A session of her own, under a new key; whoever gave the browser the old one has nothing."""
    request.session.pop(ARRIVAL, None)
    begin_session(request, user)
    keep_what_the_cookies_say(request, user)
    find_on_the_roll(user)


def find_on_the_roll(user: User) -> None:
    """Bind the login to the person on the roll, if she agreed to be looked for."""
    if has_consented(user, Consent.Kind.ROLL):
        roll.bind_login(user)


@public
@require_POST
def sign_in_again(request: HttpRequest) -> HttpResponse:
    """Send another code to the same phone."""
    ask = _asked(request)
    if ask is None:
        return redirect(with_next("sign_in", wanted(request)))
    try:
        _send_code(request, ask.phone, request.session[PENDING]["consents"], _brought(request))
    except Refused as refusal:
        return _page(
            request,
            "sign_in/code.html",
            CONFLICT,
            form=CodeForm(),
            refusal=refusal,
            **_facts_of(request, ask),
        )
    messages.success(request, _("又发了一条。用最近那一条里的数字。"))
    return redirect(with_next("sign_in_code", wanted(request)))


def _page(request: HttpRequest, template: str, status: int, **context: object) -> HttpResponse:
    context = {"outside": told_of(arrival_of(request)), **context, "next": wanted(request)}
    return render(request, template, context | doors_for(request), status=status)


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session; others, on other devices, go on."""
    auth.logout(request)
    messages.success(request, _("退出了。"))
    return redirect("home")


@public
def privacy(request: HttpRequest) -> HttpResponse:
    """The privacy notice, in the version that consents name."""
    return render(request, "sign_in/privacy.html", {"version": rules.CONSENT_VERSION})
