"""In by phone and password, then by a second factor; and where officers choose or drop a password."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from unionhall.base.access import allowed, public
from unionhall.base.errors import Refused
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.queries import has_second_factor, login_waiting
from unionhall.site.addresses import address_of
from unionhall.site.coming_back import wanted, with_next
from unionhall.site.devices import begin_session
from unionhall.site.refusals import CONFLICT
from unionhall.site.second_factor import is_fresh, needs_second_factor, remember
from unionhall.site.sign_in import let_in
from unionhall.site.sign_in_forms import NewPasswordForm, PasswordForm, SecondFactorForm

if TYPE_CHECKING:
    from unionhall.people.accounts.models import User

HALF = "half_in"  # in the session: who has shown a password, and when
HALF_LASTS_S = 300
UNPROCESSABLE = 422


@sensitive_post_parameters("password")
@never_cache
@public
def password(request: HttpRequest) -> HttpResponse:
    """The first half."""
    if request.user.is_authenticated:
        return redirect(wanted(request))
    form = PasswordForm(request.POST if request.method == "POST" else None)
    refusal = None
    if form.is_valid():
        try:
            user = accounts.try_password(**form.cleaned_data, asked_from=address_of(request))
        except Refused as no:
            refusal = no
        else:
            request.session.cycle_key()
            request.session[HALF] = {"user": user.pk, "at": time.time()}
            return redirect(with_next("sign_in_second", wanted(request)))
    return _page(request, "sign_in/password.html", form, refusal)


@never_cache
@public
def second(request: HttpRequest) -> HttpResponse:
    """The other half: a code of her authenticator, or a recovery code. A passkey needs no first half."""
    half = request.session.get(HALF, {"user": 0, "at": 0})
    user = login_waiting(half["user"]) if time.time() - half["at"] < HALF_LASTS_S else None
    if user is None:
        return redirect(with_next("sign_in_password", wanted(request)))
    form = SecondFactorForm(request.POST if request.method == "POST" else None)
    refusal = None
    if form.is_valid():
        try:
            accounts.pass_second_factor(user, form.cleaned_data["code"])
        except Refused as no:
            refusal = no
        else:
            del request.session[HALF]
            let_in(request, user)
            remember(request.session, user)
            return redirect(wanted(request))
    return _page(request, "sign_in/second.html", form, refusal)


@sensitive_post_parameters("password")
@never_cache
@allowed(needs_second_factor)
def choose(request: HttpRequest) -> HttpResponse:
    """A password, another one, or none any more; each ends her other sessions."""
    user = cast("User", request.user)
    if not has_second_factor(user) or not is_fresh(request):
        return redirect(with_next("second_factor", "/second-factor/password/"))
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    refusal = None
    if form.is_valid():
        try:
            _choose(user, form.cleaned_data["password"])
        except Refused as no:
            refusal = no
        else:
            begin_session(request, user)
            remember(request.session, user)
            messages.success(request, _("改好了。别的设备都退出了。"))
            return redirect("me_devices")
    return _page(request, "second_factor/password.html", form, refusal)


def _choose(user: User, password: str) -> None:
    if password:
        accounts.choose_password(user, password)
    else:
        accounts.drop_password(user)


def _page(
    request: HttpRequest,
    template: str,
    form: PasswordForm | SecondFactorForm | NewPasswordForm,
    refusal: Refused | None,
) -> HttpResponse:
    status = CONFLICT if refusal else UNPROCESSABLE if form.is_bound else 200
    context = {"form": form, "refusal": refusal, "next": wanted(request)}
    return render(request, template, context, status=status)
