"""Passkeys: made, named and dropped by whoever needs a second factor; a way into the desk, and into the house."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unionhall.base.access import allowed, public
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.queries import has_second_factor, passkeys_of
from unionhall.site.coming_back import wanted, with_next
from unionhall.site.second_factor import is_fresh, needs_second_factor, open_desk, remember
from unionhall.site.sign_in import let_in
from unionhall.site.sign_in_forms import PasskeyForm

if TYPE_CHECKING:
    from typing import Any

    from unionhall.people.accounts.models import User

STATE = "passkey_state"  # in the session: the challenge, for one answer


def site_of(request: HttpRequest) -> accounts.Site:
    """This site, as the browser sees it; the host is one of ``ALLOWED_HOSTS``."""
    host = request.get_host()
    return accounts.Site(host.partition(":")[0], f"{request.scheme}://{host}")


@never_cache
@allowed(needs_second_factor)
def passkeys(request: HttpRequest) -> HttpResponse:
    """Hers, and a form to make one more. Who has a second factor already must show it first."""
    user = cast("User", request.user)
    if has_second_factor(user) and not is_fresh(request):
        return redirect(with_next("second_factor", "/second-factor/passkeys/"))
    form = PasskeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        state = _taken_state(request)
        codes = accounts.keep_passkey(
            user,
            _read(form.cleaned_data["credential"]),
            state=state,
            site=site_of(request),
            name=form.cleaned_data["name"],
        )
        open_desk(request, user)
        if codes:
            context = {"codes": codes, "next": "/second-factor/passkeys/"}
            return render(request, "second_factor/recovery.html", context)
        messages.success(request, _("通行密钥连上了。"))
        return redirect("passkeys")
    shown = [
        {
            "id": one.pk,
            "name": one.data["name"],
            "made_at": one.created_at,
            "used_at": one.last_used_at,
        }
        for one in passkeys_of(user)
    ]
    return render(request, "second_factor/passkeys.html", {"form": form, "passkeys": shown})


@allowed(needs_second_factor)
@require_POST
def to_make(request: HttpRequest) -> HttpResponse:
    """What the browser is asked before it makes one."""
    user = cast("User", request.user)
    if has_second_factor(user) and not is_fresh(request):
        return JsonResponse({"code": "second_factor"}, status=403)
    asked, request.session[STATE] = accounts.ask_to_make(user, site_of(request))
    return JsonResponse(asked)


@public
@require_POST
def to_sign(request: HttpRequest) -> HttpResponse:
    """What the browser is asked to sign: by one of hers if it is known who she is, else by any of this site."""
    user = cast("User", request.user) if request.user.is_authenticated else None
    asked, request.session[STATE] = accounts.ask_to_sign(user, site_of(request))
    return JsonResponse(asked)


@public
@require_POST
def sign(request: HttpRequest) -> HttpResponse:
    """In by a passkey alone, which is two factors; or, for whoever is in, into the desk."""
    inside = request.user.is_authenticated
    user = accounts.pass_by_passkey(
        _read(request.POST.get("credential", "")),
        state=_taken_state(request),
        site=site_of(request),
        user=cast("User", request.user) if inside else None,
    )
    if inside:
        open_desk(request, user)
        return redirect(wanted(request, "desk:today"))
    let_in(request, user)
    remember(request.session, user)
    return redirect(wanted(request))


@allowed(needs_second_factor)
@require_POST
def drop(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """One less; who has lost the device does it by another factor."""
    if not is_fresh(request):
        return redirect(with_next("second_factor", "/second-factor/passkeys/"))
    user = cast("User", request.user)
    if passkey_id not in {one.pk for one in passkeys_of(user)}:
        raise Http404
    accounts.drop_passkey(user, passkey_id)
    messages.success(request, _("删掉了。"))
    return redirect("passkeys")


def _taken_state(request: HttpRequest) -> dict[str, Any]:
    """The challenge, out of the session: it is answered once."""
    return cast("dict[str, Any]", request.session.pop(STATE, {}))


def _read(text: str) -> dict[str, Any]:
    """What a browser sent, if it is an object."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
