"""What she who asked does: sees all her matters, adds to one, takes one back, looks at its papers."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from unionhall.base.access import signed_in
from unionhall.base.files.ranges import attached
from unionhall.base.paging import page_of
from unionhall.kernel.casework import actions as casework
from unionhall.kernel.casework.forms import NoteForm
from unionhall.kernel.casework.models import Case, CaseFile
from unionhall.kernel.casework.queries import case_of, cases_of, paper_of, steps_of, story_of
from unionhall.people.accounts.models import User


@signed_in
@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    return render(
        request, "casework/index.html", {"page": page_of(request, cases_of(request.user))}
    )


@signed_in
@require_POST
def note(request: HttpRequest, case_id: int) -> HttpResponse:
    """She adds something to her own, as long as it is open."""
    case, form = _hers(request, case_id), NoteForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "casework/note.html", {"case": case, "form": form}, status=422)
    if case.closed_at is None:
        said = form.cleaned_data["text"]
        casework.add_note(case, text=said, by=_user(request), papers=form.papers, is_shown=True)
        messages.success(request, _("补上了，办事的人能看到。"))
    return redirect(case.page)


@signed_in
@require_POST
def withdraw(request: HttpRequest, case_id: int) -> HttpResponse:
    case = _hers(request, case_id)
    casework.withdraw(case, by=_user(request))
    messages.success(request, _("撤回了。以后要办，再提就是。"))
    return redirect(case.page)


@signed_in
@require_safe
@never_cache
def paper(request: HttpRequest, case_id: int, file_id: int) -> HttpResponseBase:
    """One of the papers that are shown to her."""
    try:
        return attached(paper_of(_hers(request, case_id), file_id, for_applicant=True))
    except CaseFile.DoesNotExist as error:
        raise Http404 from error


def context_of(case: Case) -> dict[str, object]:
    """What a chapter's page needs beside its own: ``steps``, ``story``, and a form to add something."""
    form = None if case.closed_at else NoteForm()
    may_withdraw = casework.WITHDRAWN in case.at.to
    return {
        "case": case,
        "steps": steps_of(case),
        "story": story_of(case),
        "note_form": form,
        "may_withdraw": may_withdraw,
    }


def _hers(request: HttpRequest, case_id: int) -> Case:
    try:
        return case_of(request.user, case_id)
    except Case.DoesNotExist as error:
        raise Http404 from error


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)
