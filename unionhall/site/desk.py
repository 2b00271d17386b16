"""The officer's today: what is running and what waits for her."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from unionhall.base.access import allowed
from unionhall.base.clock import now_in_database
from unionhall.people.members.models import RollImport
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of
from unionhall.site.home import greeting


@allowed(runs_unions)
def today(request: HttpRequest) -> HttpResponse:
    """What waits for her, then what is running."""
    now, unions = now_in_database(), in_charge_of(request.user)
    context = {
        "now": now,
        "greeting": greeting(timezone.localtime(now), request.user.name),
        "imports": RollImport.objects.filter(union__in=unions, state=RollImport.State.CHECKED).order_by("-created_at"),
    }
    return render(request, "desk/today.html", context)
