"""How many unions and members of which kind there were on a day, beside another day if she likes."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from unionhall.base.access import allowed
from unionhall.people.members.actions.figures import read_figures
from unionhall.people.members.forms import DaysForm
from unionhall.people.members.queries.figures import groups, total
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import chosen_union


@allowed(runs_unions)
@never_cache
def figures(request: HttpRequest) -> HttpResponse:
    try:
        union = chosen_union(request.user, request.GET.get("union", ""))
    except Union.DoesNotExist as error:
        raise Http404 from error
    form = DaysForm(request.GET)
    day, other = form.days()
    now, before = read_figures(union, day), read_figures(union, other) if other else None
    is_ready = now.figures is not None and (before is None or before.figures is not None)
    context = {"union": union, "form": form, "day": day, "other": other, "taken_at": now.taken_at}
    if is_ready:
        context |= {
            "groups": list(groups(now.figures or {}, before and before.figures)),
            "unions": total(now.figures or {}, "level"),
            "people": total(now.figures or {}, "standing"),
        }
    return render(request, "members/desk/figures.html", context)
