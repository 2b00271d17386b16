"""Conditions on the roll: as chips that can be taken off, and kept for the next time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unionhall.base.access import allowed
from unionhall.base.exports.narrowing import told_by_field
from unionhall.people.members import actions as members
from unionhall.people.members.desk.doors import asked_filter, chosen_part, officer
from unionhall.people.members.forms import RollFilter, SavedFilterForm
from unionhall.people.members.models import SavedFilter
from unionhall.people.members.queries import filters_of, own_filter
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.models import Union

UNPROCESSABLE = 422


@dataclass(frozen=True)
class Chip:
    """One condition in words, and the page without it."""

    text: str
    url: str


@dataclass(frozen=True)
class Kept:
    """A filter that was kept: where it leads, and what it says."""

    saved: SavedFilter
    url: str
    told: str
    is_own: bool


def chips(form: RollFilter, union: Union) -> list[Chip]:
    """In the order of the form."""
    return [
        Chip(words, page_with(union, form.address(without=name)))
        for name, words in told_by_field(form).items()
    ]


def page_with(union: Union, address: dict[str, str]) -> str:
    """The roll of ``union`` under these conditions."""
    return f"{reverse('members_desk:index')}?{urlencode({'union': union.pk, **address})}"


def kept(saved: Iterable[SavedFilter], request: HttpRequest) -> list[Kept]:
    """As links: a name that is looked for is sealed anew for each address."""
    shown = []
    for one in saved:
        form = RollFilter(json.loads(one.said))
        words = "；".join(told_by_field(form).values())
        url = page_with(one.union, form.address())
        shown.append(Kept(one, url, words, one.by_id == request.user.pk))
    return shown


@allowed(runs_unions)
@never_cache
def filters(request: HttpRequest) -> HttpResponse:
    """Those that are kept; by POST the conditions in the address are."""
    union, asked = chosen_part(request), asked_filter(request)
    form = SavedFilterForm(request.POST or None)
    if form.is_valid():
        members.save_filter(union, by=officer(request), said=asked.in_clear(), **form.cleaned_data)
        messages.success(request, _("存下了。"))
        return redirect(page_with(union, asked.address()))
    context = {
        "union": union,
        "form": form,
        "chips": chips(asked, union),
        "back": page_with(union, asked.address()),
        "kept": kept(filters_of(request.user), request),
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "members/desk/filters.html", context, status=status)


@allowed(runs_unions)
@require_POST
def forget(request: HttpRequest, filter_id: int) -> HttpResponse:
    """Hers alone: what a colleague shares is the colleague's to take away."""
    try:
        members.forget_filter(own_filter(request.user, filter_id))
    except SavedFilter.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, _("删掉了。"))
    return redirect("members_desk:filters")
