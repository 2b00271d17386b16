"""Whom a roll does not name, and what its officer says about them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from unionhall.base.access import allowed
from unionhall.base.paging import page_of
from unionhall.people.members import actions as members
from unionhall.people.members.desk.doors import officer, open_roll
from unionhall.people.members.forms import AbsentForm
from unionhall.people.members.queries import open_absences
from unionhall.people.unions.access import runs_unions

UNPROCESSABLE = 422


@allowed(runs_unions)
@never_cache
def absent(request: HttpRequest, roll_id: int) -> HttpResponse:
    """The list; an answer for those who are ticked on this page, or for all pages."""
    roll = open_roll(request, roll_id)
    absences = open_absences(roll, officer(request))
    page = page_of(request, absences)
    form = AbsentForm(request.POST or None, people=[one.pk for one in page])
    if form.is_valid():
        why, only = form.cleaned_data["why"], form.chosen()
        people = members.decide_absent(roll, why=why, by=officer(request), only=only)
        words = ngettext("记下了，{n} 人。", "记下了，{n} 人。", people)
        messages.success(request, words.format(n=people))
        return redirect("members_desk:absent", roll_id)
    decided = roll.absences.exclude(decision="").count()
    context = {"roll": roll, "page": page, "form": form, "decided": decided}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "members/desk/absent.html", context, status=status)
