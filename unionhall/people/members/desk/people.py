from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unionhall.base.access import allowed
from unionhall.base.htmx import page_or_fragment
from unionhall.base.paging import counted, page_of
from unionhall.base.sealed_words import leads
from unionhall.people.members import actions as members
from unionhall.people.members.desk.doors import (
    asked_filter,
    chosen_part,
    officer,
    open_member,
)
from unionhall.people.members.desk.filters import chips, kept, page_with
from unionhall.people.members.forms import RollFilter
from unionhall.people.members.queries import (
    filters_of,
    live_below,
    memberships_of,
    people_below,
)
from unionhall.people.members.queries.record import history_of, roll_deeds
from unionhall.people.members.rules import masked_id, masked_phone
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import in_charge_of, parents_of

KEPT_SHOWN = 6

# == The roll ==


@allowed(runs_unions)
@never_cache
@leads
def index(request: HttpRequest) -> HttpResponse:
    """The roll under the conditions in the address; by POST, the address for those in the form."""
    union = chosen_part(request)
    if request.method == "POST":
        return redirect(page_with(union, RollFilter(request.POST).address()))
    form = asked_filter(request)
    context = {
        "union": union,
        "form": form,
        "chips": chips(form, union),
        "kept": kept(filters_of(request.user)[:KEPT_SHOWN], request),
        "page": page_of(request, form.part_of(union)),
        "branches": _branches(union),
        "import_url": _import_of(request, union),
        "above": parents_of(union) & in_charge_of(request.user),
    }
    return render(request, "members/desk/index.html", context)


def _import_of(request: HttpRequest, union: Union) -> str:
    """Where a roll of this union is sent in; of all that she runs, if she has not chosen one."""
    page = reverse("members_desk:import")
    return f"{page}?union={union.pk}" if "union" in request.GET else page


@dataclass(frozen=True)
class Branch:
    """A union right below the one that is shown, and how many people it and its own have."""

    union: Union
    people: int | None  # None: they are too many to be counted for a page


def _branches(union: Union) -> list[Branch]:
    """Those with most people first; where nobody counts them, in the order of the tree."""
    children = Union.objects.get_children(union)
    if counted(live_below(union)).is_capped:
        return [Branch(one, None) for one in children.order_by("path")]
    people = people_below(union)
    largest_first = sorted(children, key=lambda one: -people.get(one.path, 0))
    return [Branch(one, people.get(one.path, 0)) for one in largest_first]


# == One member ==


@allowed(runs_unions)
@never_cache
def member(request: HttpRequest, member_id: int) -> HttpResponse:
    person = open_member(request, member_id)
    memberships = list(memberships_of(person, request.user))
    context = {
        "person": person,
        "memberships": memberships,
        "roll_deeds": roll_deeds(person, memberships, request.user)[:30],
        "history": history_of(person, request.user),
        "phone": masked_phone(person.phone or ""),
        "id_number": masked_id(person.id_number),
    }
    return render(request, "members/desk/member.html", context)


@allowed(runs_unions)
@require_POST
@never_cache
def unmask(request: HttpRequest, member_id: int, field: str) -> HttpResponse:
    """One value in clear; the ledger has it before she sees it."""
    if field not in {"phone", "id_number"}:
        raise Http404
    person = open_member(request, member_id)
    value = members.unmask(person, field=field, by=officer(request))
    context = {"person": person, "field": field, "value": value}
    return page_or_fragment(
        request, "members/desk/unmasked.html", "members/desk/_unmasked.html", context
    )
