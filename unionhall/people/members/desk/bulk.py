"""Many members at once: choose them, look at who they are, say what is done, and put it back."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unionhall.base.access import allowed
from unionhall.base.exports.narrowing import told
from unionhall.base.htmx import page_or_fragment
from unionhall.people.members import actions as members
from unionhall.people.members.desk.doors import asked_filter, chosen_part, officer
from unionhall.people.members.forms import DepartmentForm, MessageForm, StandingForm, UndoForm
from unionhall.people.members.models import BulkDeed
from unionhall.people.members.queries import (
    bulk_deed_in_charge,
    bulk_deeds_of,
    may_be_undone,
    outcomes_of,
    people_of_bulk,
)
from unionhall.people.unions.access import runs_unions

UNPROCESSABLE = 422
FIRST, LATELY = 10, 30
FORMS: dict[str, type[forms.Form]] = {
    BulkDeed.Deed.STANDING: StandingForm,
    BulkDeed.Deed.DEPARTMENT: DepartmentForm,
    BulkDeed.Deed.MESSAGE: MessageForm,
}


@allowed(runs_unions)
@never_cache
def deeds(request: HttpRequest) -> HttpResponse:
    """What was done lately; by POST, those who are ticked, or all under the conditions in the address, are chosen."""
    if request.method == "POST":
        return redirect("members_desk:bulk_deed", _chosen(request).pk)
    context = {"deeds": bulk_deeds_of(request.user)[:LATELY]}
    return render(request, "members/desk/bulk_deeds.html", context)


def _chosen(request: HttpRequest) -> BulkDeed:
    union, form = chosen_part(request), asked_filter(request)
    only = None
    if request.POST.get("who") != "all":
        only = [int(one) for one in request.POST.getlist("people") if one.isdecimal()][:1000]
    narrowed = told(form)
    words = _("{union}及下级，{narrowed}").format(union=union.name, narrowed=narrowed)
    return members.choose_people(
        union,
        form.conditions(),
        by=officer(request),
        told=words if narrowed else union.name,
        only=only,
    )


def open_bulk(request: HttpRequest, bulk_id: int) -> BulkDeed:
    """One of those that she may see."""
    try:
        return bulk_deed_in_charge(request.user, bulk_id)
    except BulkDeed.DoesNotExist as error:
        raise Http404 from error


@allowed(runs_unions)
@never_cache
def deed(request: HttpRequest, bulk_id: int) -> HttpResponse:
    """Who is meant, and what may be done; then how far it is, and whether it can be put back."""
    bulk = open_bulk(request, bulk_id)
    said = request.POST.get("deed", "")
    sent = {kind: form(request.POST if kind == said else None) for kind, form in FORMS.items()}
    if said in sent and sent[said].is_valid():
        return _ordered(request, bulk, said, sent[said])
    counted = outcomes_of(bulk)
    context = {
        "bulk": bulk,
        "first": people_of_bulk(bulk, request.user)[:FIRST],
        "forms": sent,
        "counted": counted,
        "looked_at": counted.get("done", 0) + counted.get("skipped", 0),
        "undoable": may_be_undone(bulk),
        "undo_form": UndoForm(),
    }
    status = UNPROCESSABLE if said in sent else 200
    return page_or_fragment(
        request,
        "members/desk/bulk_deed.html",
        "members/desk/_bulk_deed.html",
        context,
        status=status,
    )


def _ordered(request: HttpRequest, bulk: BulkDeed, kind: str, form: forms.Form) -> HttpResponse:
    words = form.cleaned_data.get("department", "") or form.cleaned_data.get("text", "")
    why = form.cleaned_data.get("why", "")
    members.order_bulk(bulk, by=officer(request), deed=kind, why=why, words=words)
    return redirect("members_desk:bulk_deed", bulk.pk)


@allowed(runs_unions)
@require_POST
def undo(request: HttpRequest, bulk_id: int) -> HttpResponse:
    """With a reason, as an import is put back."""
    bulk, form = open_bulk(request, bulk_id), UndoForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("没有撤销。写一句为什么，以后查得到。"))
        return redirect("members_desk:bulk_deed", bulk.pk)
    people = members.undo_bulk(bulk, by=officer(request), reason=form.cleaned_data["reason"])
    words = ngettext("改回来了，{n} 人。", "改回来了，{n} 人。", people)
    messages.success(request, words.format(n=people))
    return redirect("members_desk:bulk_deed", bulk.pk)
