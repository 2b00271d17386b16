"""Terms of office: which end, and that a re-election was held."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unionhall.base.access import allowed
from unionhall.base.paging import page_of
from unionhall.people.accounts.models import User
from unionhall.people.unions import actions as unions
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.forms import TermFilter, TermForm
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import in_charge_of, union_in_charge, with_parents
from unionhall.people.unions.queries.terms import OVERDUE, SOON, terms_of


@allowed(runs_unions)
@never_cache
def terms(request: HttpRequest) -> HttpResponse:
    """The next first; ``?due=`` and ``?level=`` narrow the list."""
    form, mine = TermFilter(request.GET), in_charge_of(request.user)
    form.is_valid()
    said = form.cleaned_data
    page = page_of(request, terms_of(mine, due=said.get("due", ""), level=said.get("level")))
    context = {
        "form": form,
        "page": page,
        "rows": with_parents(page),
        "on_day": timezone.localdate(),
        "overdue": terms_of(mine, due=OVERDUE).count(),
        "soon": terms_of(mine, due=SOON).count(),
    }
    return render(request, "unions/desk/terms.html", context)


@allowed(runs_unions)
@require_POST
def renewal(request: HttpRequest, union_id: int) -> HttpResponse:
    """A re-election was held."""
    try:
        union = union_in_charge(request.user, union_id)
    except Union.DoesNotExist as error:
        raise Http404 from error
    if union.closed_on:
        raise PermissionDenied
    form = TermForm(request.POST)
    if form.is_valid():
        renewed = unions.renew_term(union, **form.cleaned_data, by=cast("User", request.user))
        said = _("记下了，这一届到 {day:%Y-%m-%d}。").format(day=renewed.term_ends_on)
        messages.success(request, said)
    else:
        faults = [str(one) for errors in form.errors.values() for one in errors]
        messages.error(request, " ".join(faults))
    return redirect("unions_desk:union", union_id)
