"""Transfers into a union, leavings and retirements at the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from unionhall.base.access import allowed
from unionhall.domain.enrolment import actions as enrolment
from unionhall.domain.enrolment.desk.doors import UNPROCESSABLE, officer, open_change
from unionhall.domain.enrolment.forms import ReasonForm, WordForm
from unionhall.domain.enrolment.queries import transfer_of
from unionhall.domain.enrolment.stages import TRANSFER
from unionhall.kernel.casework.desk import context_of
from unionhall.people.unions.access import runs_unions

if TYPE_CHECKING:
    from unionhall.kernel.casework.models import Case


@allowed(runs_unions)
@require_safe
@never_cache
def change(request: HttpRequest, change_id: int) -> HttpResponse:
    return _page(request, open_change(request, change_id))


@allowed(runs_unions)
@require_POST
def accept(request: HttpRequest, change_id: int) -> HttpResponse:
    """The new union takes her; or her leaving or retirement is noted."""
    case, form = open_change(request, change_id), WordForm(request.POST)
    if not form.is_valid():
        return _page(request, case, UNPROCESSABLE, word_form=form)
    enrolment.agree(case, by=officer(request), text=form.cleaned_data["text"])
    messages.success(request, _("办了，已经告诉她。"))
    return redirect(case.desk_page)


@allowed(runs_unions)
@require_POST
def decline(request: HttpRequest, change_id: int) -> HttpResponse:
    """Of a leaving there is no no: the life cycle has no such way."""
    case, form = open_change(request, change_id), ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, case, UNPROCESSABLE, reason_form=form)
    enrolment.refuse(case, by=officer(request), text=form.cleaned_data["text"])
    messages.success(request, _("没有办，原因已经告诉她。"))
    return redirect(case.desk_page)


def _page(request: HttpRequest, case: Case, status: int = 200, **context: object) -> HttpResponse:
    told: dict[str, object] = context_of(case, officer(request)) | {
        "request_id": transfer_of(case).request_id if case.kind == TRANSFER.kind else None,
        "word_form": WordForm(),
        "reason_form": ReasonForm(),
        "waits": case.stage == "asked",
        "may_decline": case.stage == "asked" and "declined" in case.at.to,
    }
    return render(request, "enrolment/desk/change.html", told | context, status=status)
