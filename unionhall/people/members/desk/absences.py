"""Whom a roll does not name, and what its officer says about them."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from unionhall.base.access import allowed
from unionhall.base.paging import page_of
from unionhall.people.members import actions as members
from unionhall.people.members.desk.doors import officer, open_roll
from unionhall.people.members.forms import AbsentForm
from unionhall.people.members.models import Absence, RollImport
from unionhall.people.members.queries import count_absences, open_absences
from unionhall.people.members.queries.decided import decided_absences, with_decision
from unionhall.people.unions.access import runs_unions

UNPROCESSABLE = 422


@allowed(runs_unions)
@never_cache
def absent(request: HttpRequest, roll_id: int) -> HttpResponse:
    """The list; an answer for those who are ticked on this page, or for all pages.

    ``?of=others``: people of departments that the file does not name; ``?of=decided``: those about
    whom somebody has said what is the matter.
    """
    roll, of = open_roll(request, roll_id), request.GET.get("of")
    if of == "decided":
        return _decided(request, roll)
    others = of == "others"
    open_ones = open_absences(roll, officer(request))
    absences = open_ones.filter(department_named=not others)
    page = page_of(request, absences, count=lambda: count_absences(absences))
    form = AbsentForm(request.POST or None, people=[one.pk for one in page])
    if form.is_valid():
        only = form.chosen()
        if only is None and others:
            only = list(absences.values_list("pk", flat=True))
        said = {name: form.cleaned_data[name] for name in ("why", "note")}
        people = members.decide_absent(roll, by=officer(request), only=only, **said)
        words = ngettext("记下了，{n} 人。", "记下了，{n} 人。", people)
        messages.success(request, words.format(n=people))
        return redirect(request.get_full_path())
    context = {
        "roll": roll,
        "page": page,
        "form": form,
        "others": others,
        **_counted(request, roll, **{"not_named" if others else "named": page.paginator.count}),
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "members/desk/absent.html", context, status=status)


def _decided(request: HttpRequest, roll: RollImport) -> HttpResponse:
    page = page_of(request, decided_absences(roll, officer(request)))
    context = {
        "roll": roll,
        "page": page,
        "rows": with_decision(page),
        **_counted(request, roll, decided=page.paginator.count),
    }
    return render(request, "members/desk/absent_decided.html", context)


def _counted(request: HttpRequest, roll: RollImport, **known: int) -> dict[str, int]:
    """How many wait, of each kind, and how many do not any more; what the page has counted stays."""
    open_ones = open_absences(roll, officer(request))
    lists: dict[str, QuerySet[Absence]] = {
        "named": open_ones.filter(department_named=True),
        "not_named": open_ones.filter(department_named=False),
        "decided": decided_absences(roll, officer(request)),
    }
    return {
        name: known[name] if name in known else count_absences(rows) for name, rows in lists.items()
    }
