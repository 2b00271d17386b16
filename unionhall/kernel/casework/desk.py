"""What officers do with the matters of the unions that they run."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from unionhall.base.access import allowed
from unionhall.base.files.ranges import attached
from unionhall.base.paging import page_of
from unionhall.kernel.casework import actions as casework
from unionhall.kernel.casework.forms import CaseFilter, DeskNoteForm, HandlerForm, MoveCaseForm
from unionhall.kernel.casework.models import Case, CaseFile
from unionhall.kernel.casework.queries import (
    case_in_charge,
    cases_in_charge,
    handler_of,
    paper_of,
    to_do_in_charge,
    whole_story_of,
)
from unionhall.people.accounts.models import User
from unionhall.people.unions.access import runs_unions

UNPROCESSABLE = 422


@allowed(runs_unions)
@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """Those that are due first come first; the address narrows the list."""
    user, form, today = _officer(request), CaseFilter(request.GET), timezone.localdate()
    page = page_of(request, form.part_of(cases_in_charge(user), user=user, today=today))
    context = {"form": form, "page": page, "today": today, "to_do": to_do_in_charge(user).count()}
    return render(request, "casework/desk/index.html", context)


@allowed(runs_unions)
@require_POST
def note(request: HttpRequest, case_id: int) -> HttpResponse:
    case, form = _case(request, case_id), DeskNoteForm(request.POST, request.FILES)
    if not form.is_valid():
        return _again(request, case, form, _("记一笔"))
    said = form.cleaned_data
    casework.add_note(
        case,
        text=said["text"],
        by=_officer(request),
        papers=form.papers,
        is_shown=bool(said["is_shown"]),
    )
    messages.success(request, _("记下了。"))
    return redirect(case.desk_page)


@allowed(runs_unions)
def handler(request: HttpRequest, case_id: int) -> HttpResponse:
    """Give it to somebody, with all that is written."""
    case = _case(request, case_id)
    by, initial = _officer(request), {"handler": case.handler_id}
    form = HandlerForm(request.POST or None, case=case, by=by, initial=initial)
    if not form.is_valid():
        return _again(request, case, form, _("交给别人办"))
    casework.assign(case, handler=form.cleaned_data["handler"], by=by)
    messages.success(request, _("交出去了，经过都在里面，不用再讲一遍。"))
    return redirect(case.desk_page)


@allowed(runs_unions)
def move(request: HttpRequest, case_id: int) -> HttpResponse:
    """Give it to another union that she runs."""
    case, by = _case(request, case_id), _officer(request)
    form = MoveCaseForm(request.POST or None, case=case, by=by)
    if not form.is_valid():
        return _again(request, case, form, _("转给别的工会"))
    said = form.cleaned_data
    casework.hand_over(case, union=said["union"], text=said["text"], by=by)
    messages.success(request, _("转过去了，那边的期限从今天重新算。"))
    return redirect("casework_desk:index")


@allowed(runs_unions)
@require_safe
@never_cache
def paper(request: HttpRequest, case_id: int, file_id: int) -> HttpResponseBase:
    try:
        return attached(paper_of(_case(request, case_id), file_id, for_applicant=False))
    except CaseFile.DoesNotExist as error:
        raise Http404 from error


def context_of(case: Case, user: User) -> dict[str, object]:
    """What a chapter's page at the desk needs beside its own."""
    return {
        "case": case,
        "story": whole_story_of(case, to=user),
        "note_form": None if case.closed_at else DeskNoteForm(),
        "handler": handler_of(case, to=user),
        "today": timezone.localdate(),
    }


def _again(request: HttpRequest, case: Case, form: object, heading: str) -> HttpResponse:
    status = UNPROCESSABLE if getattr(form, "errors", None) else 200
    context = {"case": case, "form": form, "heading": heading}
    return render(request, "casework/desk/form.html", context, status=status)


def _case(request: HttpRequest, case_id: int) -> Case:
    try:
        return case_in_charge(request.user, case_id)
    except Case.DoesNotExist as error:
        raise Http404 from error


def _officer(request: HttpRequest) -> User:
    return cast("User", request.user)
