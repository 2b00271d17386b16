from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unionhall.base.access import allowed
from unionhall.base.paging import page_of
from unionhall.people.accounts.models import User
from unionhall.people.programs import actions as programs
from unionhall.people.programs.forms import KeyFilter, KeyForm
from unionhall.people.programs.models import ProgramKey
from unionhall.people.programs.queries import key_in_charge, keys_in_charge
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import chosen_union

UNPROCESSABLE = 422


@allowed(runs_unions)
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    form = KeyFilter(request.GET)
    page = page_of(request, keys_in_charge(request.user, **form.said()))
    return render(request, "programs/desk/index.html", {"form": form, "page": page})


@allowed(runs_unions)
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """Ask for what, then show the secret: on this answer and never again."""
    union, form = _union(request), KeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        issued = programs.issue_key(union, by=_officer(request), **form.cleaned_data)
        context = {**issued._asdict(), "server": request.build_absolute_uri("/").rstrip("/")}
        return render(request, "programs/desk/issued.html", context)
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "programs/desk/new.html", {"union": union, "form": form}, status=status)


def _union(request: HttpRequest) -> Union:
    try:
        return chosen_union(request.user, request.GET.get("union", ""))
    except Union.DoesNotExist as error:
        raise Http404 from error


@allowed(runs_unions)
@never_cache
@require_POST
def rotate(request: HttpRequest, key_id: int) -> HttpResponse:
    """Its successor, shown on this answer and never again."""
    issued = programs.rotate_key(_key(request, key_id), by=_officer(request))
    context = {**issued._asdict(), "server": request.build_absolute_uri("/").rstrip("/")}
    return render(request, "programs/desk/issued.html", context | {"rotated": True})


@allowed(runs_unions)
@never_cache
def revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    """What would stop is said first; the answer to that page does it."""
    key = _key(request, key_id)
    if request.method != "POST":
        return render(request, "programs/desk/revoke.html", {"key": key})
    programs.revoke_key(key, by=_officer(request))
    messages.success(request, _("作废了，从现在起这把密钥打不开任何东西。"))
    return redirect("programs_desk:index")


def _key(request: HttpRequest, key_id: int) -> ProgramKey:
    try:
        return key_in_charge(request.user, key_id)
    except ProgramKey.DoesNotExist as error:
        raise Http404 from error


def _officer(request: HttpRequest) -> User:
    return cast("User", request.user)
