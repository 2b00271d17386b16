"""The second factor of a desk: who needs one, when it is asked for, how it is enrolled.

Rights are asked anew at each request; the session remembers only when the factor was shown.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, cast

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.utils import decrypt, encrypt
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unionhall.base.access import allowed
from unionhall.base.errors import Refused
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import User
from unionhall.people.accounts.queries import (
    SECOND_FACTORS,
    has_second_factor,
    passkeys_of,
    recovery_codes_left,
)
from unionhall.people.unions.models import Office
from unionhall.people.unions.queries import offices_of
from unionhall.site.coming_back import wanted, with_next
from unionhall.site.refusals import CONFLICT, as_json
from unionhall.site.sign_in_forms import FirstCodeForm, SecondFactorForm

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import AnonymousUser
    from django.contrib.sessions.backends.base import SessionBase

GUARDED = re.compile(r"/(desk|operator)(/|$)|/api/v1/[a-z_]+/desk(/|$)")
SHOWN_AT = "second_factor_at"  # in the session: when, in seconds since 1970
SHOWN_BY = "second_factor_by"  # and by whom
NEW_KEY = "second_factor_key"  # in the session: sealed, until its first code proves it
FRESH_FOR_S = 12 * 60 * 60
FORBIDDEN, UNPROCESSABLE = 403, 422


def needs_second_factor(user: User | AnonymousUser) -> bool:
    """Operators, and whoever holds an office today, of any kind."""
    return user.is_authenticated and (user.is_staff or offices_of(user).exists())


def is_fresh(request: HttpRequest) -> bool:
    """Whether this session was shown her second factor within the last twelve hours."""
    shown_at, shown_by = request.session.get(SHOWN_AT, 0), request.session.get(SHOWN_BY)
    return shown_by == request.user.pk and time.time() - shown_at < FRESH_FOR_S


def remember(session: SessionBase, user: User) -> None:
    """Note in the session that ``user`` has shown her second factor now."""
    session[SHOWN_AT], session[SHOWN_BY] = time.time(), user.pk


def demand_second_factor(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: no desk without it. Who holds no office is left to the page's own 403."""

    def respond(request: HttpRequest) -> HttpResponse:
        if _is_a_desk(request) and not is_fresh(request) and needs_second_factor(request.user):
            return _ask_for_it(request)
        return get_response(request)

    return respond


def _is_a_desk(request: HttpRequest) -> bool:
    return bool(GUARDED.match(request.path_info)) and request.user.is_authenticated


def _ask_for_it(request: HttpRequest) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        refusal = Refused(
            _("这一步要先出示动态码。"), next=_("打开工作台，输一次动态码。"), code="second_factor"
        )
        return JsonResponse(as_json(refusal), status=FORBIDDEN)
    path = request.get_full_path() if request.method == "GET" else "/desk/"
    address = with_next("second_factor", path)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


@never_cache
@allowed(needs_second_factor)
def challenge(request: HttpRequest) -> HttpResponse:
    """Ask for the code of her authenticator, or for one of her recovery codes."""
    user, path = cast("User", request.user), wanted(request, "desk:today")
    if not has_second_factor(user):
        return redirect(with_next("second_factor_enrol", path))
    form = SecondFactorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            accounts.pass_second_factor(user, form.cleaned_data["code"])
        except Refused as refusal:
            return _challenge_page(request, form, CONFLICT, refusal=refusal)
        open_desk(request, user)
        return redirect(path)
    return _challenge_page(request, form, UNPROCESSABLE if form.is_bound else 200)


def _challenge_page(
    request: HttpRequest, form: SecondFactorForm, status: int, **context: object
) -> HttpResponse:
    context |= {
        "form": form,
        "next": wanted(request, "desk:today"),
        "has_passkeys": bool(passkeys_of(request.user)),
    }
    return render(request, "second_factor/challenge.html", context, status=status)


def open_desk(request: HttpRequest, user: User) -> None:
    """More rights, a new session key."""
    request.session.cycle_key()
    remember(request.session, user)


@never_cache
@allowed(needs_second_factor)
def enrol(request: HttpRequest) -> HttpResponse:
    """Connect an authenticator. Who has one already must show it first."""
    user, path = cast("User", request.user), wanted(request, "desk:today")
    if has_second_factor(user) and not is_fresh(request):
        return redirect(with_next("second_factor", path))
    form = FirstCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and NEW_KEY in request.session:
        try:
            codes = accounts.enrol_totp(
                user, secret=_new_key(request), code=form.cleaned_data["code"]
            )
        except Refused as refusal:
            return _enrol_page(request, user, form, CONFLICT, refusal=refusal)
        del request.session[NEW_KEY]
        open_desk(request, user)
        return render(request, "second_factor/recovery.html", {"codes": codes, "next": path})
    return _enrol_page(request, user, form, UNPROCESSABLE if form.is_bound else 200)


def _enrol_page(
    request: HttpRequest, user: User, form: FirstCodeForm, status: int, **context: object
) -> HttpResponse:
    key = _new_key(request)
    context |= {
        "form": form,
        "key": " ".join(key[start : start + 4] for start in range(0, len(key), 4)),
        "address": get_adapter().build_totp_url(user, key),
        "next": wanted(request, "desk:today"),
        "again": has_second_factor(user),
    }
    return render(request, "second_factor/enrol.html", context, status=status)


def _new_key(request: HttpRequest) -> str:
    """The key she is about to scan: the same until it is proved; sealed in the session."""
    if NEW_KEY not in request.session:
        request.session[NEW_KEY] = encrypt(generate_totp_secret())
    key: str = decrypt(request.session[NEW_KEY])
    return key


@never_cache
@allowed(needs_second_factor)
@require_POST
def renew(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes, shown once."""
    user = cast("User", request.user)
    if not is_fresh(request) or not has_second_factor(user):
        return redirect(with_next("second_factor", "/me/"))
    codes = accounts.renew_recovery_codes(user)
    return render(request, "second_factor/recovery.html", {"codes": codes, "next": "/me/"})


def state_of(user: User) -> dict[str, object] | None:
    """For ``/me/``: whether she has one, recovery codes left; None when she needs none."""
    if not needs_second_factor(user):
        return None
    return {
        "enrolled": has_second_factor(user),
        "codes_left": recovery_codes_left(user),
        "passkeys": len(passkeys_of(user)),
    }


def officers_without_second_factor() -> QuerySet[User]:
    """Whoever needs one and has none yet: a warning, no offence, for no desk opens without."""
    has_one = Authenticator.objects.filter(user=OuterRef("pk"), type__in=SECOND_FACTORS)
    live = Office.objects.filter(until_on=None).order_by().values("user")
    guarded = User.objects.filter(is_staff=True).order_by().values("pk").union(live)
    return User.objects.filter(~Exists(has_one), pk__in=guarded, is_active=True)
