"""The tree at the desk: its unions, and who is in charge of each."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unionhall.base.access import allowed
from unionhall.base.ledger.queries import entries_of
from unionhall.base.paging import page_of
from unionhall.people.accounts.models import User
from unionhall.people.unions import actions as unions
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.forms import OfficeForm, StaffFilter, TermForm, UnionFilter
from unionhall.people.unions.models import Office, Union
from unionhall.people.unions.queries import (
    IN_CHARGE,
    in_charge_of,
    login_with_phone,
    may_reshape,
    may_staff,
    office_in_charge,
    offices_within,
    parents_of,
    search,
    staff_of,
    told,
    union_in_charge,
    with_parents,
)
from unionhall.people.unions.rules import SECTIONS
from unionhall.people.unions.wording import roles_told

CAME = 20  # of those that were merged or closed into a union, the newest


@allowed(runs_unions)
def index(request: HttpRequest) -> HttpResponse:
    form = UnionFilter(request.GET)
    form.is_valid()
    said = form.cleaned_data
    found = search(
        in_charge_of(request.user), query=said.get("q", "").strip(), level=said.get("level")
    )
    page = page_of(request, found)
    context = {
        "form": form,
        "page": page,
        "rows": with_parents(page),
        "on_day": timezone.localdate(),
    }
    return render(request, "unions/desk/index.html", context)


@allowed(runs_unions)
@never_cache
def union(request: HttpRequest, union_id: int) -> HttpResponse:
    union = _union(request, union_id)
    context = {
        "union": union,
        "above": parents_of(union),
        "children": page_of(request, _children(union)),
        "offices": staff_of(union),
        "office_form": OfficeForm() if _may_appoint(request, union) else None,
        "edges": union.edges.select_related("parent").order_by("-since_on", "-pk"),
        "history": told(entries_of(union)[:30]),
        "section": SECTIONS.get(union.industry_section, ""),
        "on_day": timezone.localdate(),
        "term_form": TermForm(),
        "running": IN_CHARGE,
        "may_reshape": not union.closed_on and may_reshape(request.user, union),
        "sees_successor": in_charge_of(request.user).filter(pk=union.successor_id or 0).exists(),
        "came": union.predecessors.order_by("-closed_on", "-pk")[:CAME],
    }
    return render(request, "unions/desk/union.html", context)


def _children(union: Union) -> QuerySet[Union]:
    children: QuerySet[Union] = Union.objects.get_children(union).filter(closed_on=None)
    return children.order_by("path")


@allowed(runs_unions)
@never_cache
def staff(request: HttpRequest) -> HttpResponse:
    """Who may do what where, from when to when, given by whom."""
    form = StaffFilter(request.GET)
    form.is_valid()
    page = page_of(request, offices_within(in_charge_of(request.user), **form.cleaned_data))
    context = {"form": form, "page": page, "on_day": timezone.localdate(), "roles": roles_told()}
    return render(request, "unions/desk/staff.html", context)


@allowed(runs_unions)
@require_POST
def appoint(request: HttpRequest, union_id: int) -> HttpResponse:
    union, form = _union(request, union_id), OfficeForm(request.POST)
    if not _may_appoint(request, union):
        raise PermissionDenied
    if form.is_valid():
        _appointed(request, union, form)
    else:
        faults = [str(one) for errors in form.errors.values() for one in errors]
        messages.error(request, " ".join(faults))
    return redirect("unions_desk:union", union_id)


def _may_appoint(request: HttpRequest, union: Union) -> bool:
    """Nobody runs a union that is closed."""
    return not union.closed_on and may_staff(request.user, union)


def _appointed(request: HttpRequest, union: Union, form: OfficeForm) -> None:
    user, role = login_with_phone(form.cleaned_data["phone"]), form.cleaned_data["role"]
    more = {name: form.cleaned_data[name] for name in ("ends_on", "because")}
    office = unions.appoint(user, union=union, role=role, by=_officer(request), **more)
    said = {"name": office.holder, "union": union.name, "role": office.get_role_display()}
    messages.success(request, _("{name}从今天起是{union}的{role}。").format(**said))


@allowed(runs_unions)
@require_POST
def dismiss(request: HttpRequest, office_id: int) -> HttpResponse:
    try:
        office = office_in_charge(request.user, office_id)
    except Office.DoesNotExist as error:
        raise Http404 from error
    unions.dismiss(office, by=_officer(request))
    messages.success(request, _("任职到今天为止，从现在起就不能再办事了。"))
    return redirect("unions_desk:union", office.union_id)


def _union(request: HttpRequest, union_id: int) -> Union:
    try:
        return union_in_charge(request.user, union_id)
    except Union.DoesNotExist as error:
        raise Http404 from error


def _officer(request: HttpRequest) -> User:
    return cast("User", request.user)
