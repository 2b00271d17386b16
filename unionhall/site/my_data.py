"""What the house holds of her, who looked at it, her copy of it, and the end of her account."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from unionhall.base.access import signed_in
from unionhall.base.paging import page_of
from unionhall.domain.welfare.queries import wallet_of
from unionhall.people.members.queries import member_of
from unionhall.people.personal import actions as personal
from unionhall.people.personal.models import Copy
from unionhall.people.personal.queries import copy_of, newest_copy, open_closing
from unionhall.people.unions.queries import told
from unionhall.site.copies import file_name
from unionhall.site.erasure import in_the_way, refuse_in_the_way
from unionhall.site.holdings import HOLDINGS, deeds_of, held_of
from unionhall.site.proof import ask_for_it, is_proved
from unionhall.site.records import entries_about

if TYPE_CHECKING:
    from django.http import HttpRequest

    from unionhall.people.accounts.models import User


def _me(request: HttpRequest) -> User:
    return cast("User", request.user)


@signed_in
@never_cache
@require_safe
def records(request: HttpRequest) -> HttpResponse:
    """What is held of her, table by table; who looked at it and who changed it, the newest in front."""
    user = _me(request)
    member = member_of(user)
    page = page_of(request, entries_about(user, member), size=20)
    context = {
        "held": list(held_of(user, member)),
        "deeds": deeds_of(user),
        "page": page,
        "lines": told(page.object_list),
    }
    return render(request, "me/records.html", context)


# == Her copy ==
@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def copies(request: HttpRequest) -> HttpResponse:
    """The newest copy and how far it is; by POST a new one."""
    user = _me(request)
    if request.method == "POST":
        personal.ask_copy(user)
        return redirect("me_copies")
    copy = newest_copy(user)
    works = copy is not None and copy.state in {Copy.State.WAITING, Copy.State.RUNNING}
    until = copy.asked_at + personal.KEPT if copy else None
    context = {"copy": copy, "works": works, "until": until, "proved": is_proved(request)}
    return render(request, "me/copies.html", context)


@signed_in
@never_cache
@require_POST
def copy_file(request: HttpRequest, copy_id: int) -> HttpResponse:
    """By POST, for it leaves a line in the ledger; anybody else's is not there. Her numbers stand in it: by her phone alone."""
    user = _me(request)
    try:
        copy = copy_of(user, copy_id)
    except Copy.DoesNotExist:
        raise Http404 from None
    if not is_proved(request):
        return ask_for_it(resolve_url("me_copies"))
    response = HttpResponse(personal.fetch_copy(copy, by=user), content_type="application/zip")
    response["Content-Disposition"] = "attachment; filename*=UTF-8''" + quote(file_name())
    return response


# == The end of her account ==
@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest) -> HttpResponse:
    """What is erased, what stays and why, what is still open; by POST it begins, or is taken back."""
    user = _me(request)
    if request.method == "POST":
        return _close_or_not(request, user)
    member = member_of(user)
    context = {
        "closing": open_closing(user),
        "in_the_way": in_the_way(user),
        "usable": len(wallet_of(member).usable) if member else 0,
        "erased": [one for one in HOLDINGS if not one.kept],
        "kept": _kept(),
        "days": personal.DAYS_TO_THINK.days,
    }
    return render(request, "me/close.html", context)


def _kept() -> dict[str, list[str]]:
    """What stays, by why it does."""
    kept: dict[str, list[str]] = {}
    for one in HOLDINGS:
        if one.kept:
            kept.setdefault(str(one.kept), []).append(str(one.title))
    return kept


def _close_or_not(request: HttpRequest, user: User) -> HttpResponse:
    if request.POST.get("closing") == "no":
        personal.take_closing_back(user)
        messages.success(request, _("撤回了，账号照旧。"))
    else:
        refuse_in_the_way(user)
        personal.ask_closing(user)
    return redirect("me_close")
