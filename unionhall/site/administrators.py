"""The pages of the three administrators, each her own: how the house runs, who has which rights, what was done.

None of them shows a member: whoever holds no office is a number there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unionhall.base.access import allowed
from unionhall.base.ledger.queries import entries_like
from unionhall.base.paging import page_of
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import Session, User
from unionhall.people.unions.access import audits, guards_security, runs_the_system
from unionhall.people.unions.forms import StaffFilter
from unionhall.people.unions.models import Office, Union
from unionhall.people.unions.queries import offices_within
from unionhall.site.doctor.examination import examine
from unionhall.site.second_factor import officers_without_second_factor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse


class EntryFilter(forms.Form):
    """Which lines of the ledger are asked for."""

    action = forms.CharField(
        label=gettext_lazy("做了什么"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    on = forms.DateField(
        label=gettext_lazy("哪一天"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )


@allowed(runs_the_system)
@never_cache
def system(request: HttpRequest) -> HttpResponse:
    """What a check of the installation finds: settings, keys, database, worker, backups."""
    findings = [finding for _name, finding in examine()]
    wrong = sum(one.state != "ok" for one in findings)
    return render(request, "operator/system.html", {"findings": findings, "wrong": wrong})


@allowed(guards_security)
@never_cache
def security(request: HttpRequest) -> HttpResponse:
    """Who has which rights, on how many devices, and whether she has a second factor."""
    form = StaffFilter(request.GET)
    form.is_valid()
    page = page_of(request, offices_within(Union.objects.all(), **form.cleaned_data))
    bare = {one.pk for one in officers_without_second_factor()}
    devices = _devices(one.user_id for one in page)
    context = {
        "form": form,
        "page": page,
        "rows": [(one, devices.get(one.user_id, 0), one.user_id in bare) for one in page],
        "bare": len(bare),
    }
    return render(request, "operator/security.html", context)


def _devices(logins: Iterable[int]) -> dict[int, int]:
    """Login -> how many sessions of hers live. One statement."""
    live = Session.objects.filter(user__in=list(logins), expire_date__gt=timezone.now())
    return dict(live.order_by().values_list("user").annotate(Count("pk")))


@allowed(guards_security)
@require_POST
def sign_out(request: HttpRequest, login_id: int) -> HttpResponse:
    """All devices of somebody who holds or held an office; of nobody else."""
    user = User.objects.filter(pk=login_id, offices__isnull=False).first()
    if user is None:
        raise Http404
    accounts.sign_out_everywhere(user, by=cast("User", request.user))
    messages.success(request, _("{name}在所有设备上都退出了。").format(name=user))
    return redirect("operator:security")


@allowed(audits)
@never_cache
def audit(request: HttpRequest) -> HttpResponse:
    """The whole ledger, the newest first; what stands in it cannot be changed, by her neither."""
    form = EntryFilter(request.GET)
    form.is_valid()
    said = form.cleaned_data
    page = page_of(request, entries_like(said.get("action", "").strip(), on=said.get("on")))
    doers, unions = {one.by_id for one in page}, {one.union_id for one in page}
    held = Office.objects.filter(Q(user__in=doers - {None})).values("user")
    names = dict(User.objects.filter(pk__in=held).values_list("pk", "name"))
    called = dict(Union.objects.filter(pk__in=unions - {None}).values_list("pk", "name"))
    rows = [(one, names.get(one.by_id or 0, ""), called.get(one.union_id or 0, "")) for one in page]
    return render(request, "operator/audit.html", {"form": form, "page": page, "rows": rows})
