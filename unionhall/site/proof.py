"""Before another way in is opened, or numbers leave in clear: whoever is signed in shows that she holds the phone now.

A session may be stolen, and a screen left open; the phone is hers. A sign-in by code is such a proof for as long.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from unionhall.base.access import signed_in
from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.phones import masked_phone
from unionhall.kernel.notify import actions as notify
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts import rules
from unionhall.people.accounts.queries import unused_code
from unionhall.site.addresses import address_of
from unionhall.site.coming_back import wanted, with_next
from unionhall.site.refusals import CONFLICT
from unionhall.site.sign_in_forms import CodeForm

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest, HttpResponse

    from unionhall.people.accounts.models import SignInCode, User

PROVED = "phone_proved"  # in the session: by whom, and when
ASKED = "phone_to_prove"  # and which code this browser asked for
LASTS_S = 600
UNPROCESSABLE = 422


def is_proved(request: HttpRequest) -> bool:
    """Whether this session was shown her phone within the last ten minutes."""
    proved = request.session.get(PROVED, {"by": 0, "at": 0})
    lately = time.time() - proved["at"] < LASTS_S
    return lately and bool(proved["by"] == request.user.pk)


def remember_phone(session: SessionBase, user: User) -> None:
    """Note in the session that ``user`` has typed in a code that was sent to her phone now."""
    session[PROVED] = {"by": user.pk, "at": time.time()}


def ask_for_it(path: str) -> HttpResponse:
    """To the page that asks, from which she comes back to ``path``."""
    return redirect(with_next("me_proof", path))


@never_cache
@signed_in
def proof(request: HttpRequest) -> HttpResponse:
    """First a press that sends a code to her own phone; then the code."""
    user = cast("User", request.user)
    if "send" in request.POST:
        return _send(request, user)
    ask = unused_code(request.session.get(ASKED, 0))
    form = CodeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, form, ask, UNPROCESSABLE if form.is_bound else 200)
    try:
        accounts.prove_phone(user, ask.pk if ask else 0, form.cleaned_data["code"])
    except Refused as refusal:
        return _page(request, form, ask, CONFLICT, refusal=refusal)
    request.session.pop(ASKED, None)
    remember_phone(request.session, user)
    return redirect(wanted(request, "me"))


def _send(request: HttpRequest, user: User) -> HttpResponse:
    """The code and its message exist together or not at all; this browser alone may type it in."""
    try:
        with transaction.atomic():
            asked = accounts.ask_code(user.phone, asked_from=address_of(request))
            notify.text(user.phone, "accounts/proof_code", code=asked.code)
    except Refused as refusal:
        ask = unused_code(request.session.get(ASKED, 0))
        return _page(request, CodeForm(), ask, CONFLICT, refusal=refusal)
    request.session[ASKED] = asked.ask.pk
    messages.success(request, _("发出了。用最近那一条里的数字。"))
    return redirect(with_next("me_proof", wanted(request, "me")))


def _page(
    request: HttpRequest,
    form: CodeForm,
    ask: SignInCode | None,
    status: int,
    **context: object,
) -> HttpResponse:
    user = cast("User", request.user)
    context |= {
        "form": form,
        "asked": ask is not None or form.is_bound,
        "wait": seconds_until_another(ask) if ask else 0,
        "phone": masked_phone(user.phone),
        "next": wanted(request, "me"),
    }
    return render(request, "me/proof.html", context, status=status)


def seconds_until_another(ask: SignInCode) -> int:
    """How long until the phone may be sent one more."""
    gone = (now_in_database() - ask.sent_at).total_seconds()
    return max(0, round(rules.PHONE_PACES[0].window.total_seconds() - gone))
