"""The officer's pages of banks and their questions."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from unionhall.base.access import allowed
from unionhall.base.errors import Refused
from unionhall.base.files.ranges import ranged_response
from unionhall.base.paging import page_of
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.desk.doors import signed_in
from unionhall.domain.quiz.forms import ExportForm, QuestionForm, SearchForm
from unionhall.domain.quiz.models import Bank, Question
from unionhall.domain.quiz.queries import banks as reads
from unionhall.domain.quiz.queries.bank_exports import FORMS, lost_in
from unionhall.domain.quiz.queries.bank_reports import words_of
from unionhall.domain.quiz.queries.statistics import ORDERS, fared_in, figures_of
from unionhall.domain.quiz.rules.statistics import FEWEST
from unionhall.people.unions.access import runs_unions


@allowed(runs_unions)
@require_GET
def banks(request: HttpRequest) -> HttpResponse:
    page = page_of(request, reads.banks_of(signed_in(request)))
    return render(request, "quiz/desk/banks.html", {"page": page})


@allowed(runs_unions)
@require_GET
def bank(request: HttpRequest, bank_id: int) -> HttpResponse:
    """Search and page through a bank."""
    shown = _bank(request, bank_id)
    form = SearchForm(request.GET, categories=reads.categories_in(shown), tags=reads.tags_in(shown))
    found = reads.search(shown, **(form.cleaned_data if form.is_valid() else {}))
    context = {
        "bank": shown,
        "form": form,
        "page": page_of(request, found),
        "counts": reads.labelled_counts(shown),
        "export": ExportForm(),
    }
    return render(request, "quiz/desk/bank.html", context)


@allowed(runs_unions)
@require_GET
def statistics(request: HttpRequest, bank_id: int) -> HttpResponse:
    """How each question fared."""
    shown, order = _bank(request, bank_id), request.GET.get("order", "")
    page = page_of(request, fared_in(shown, order))
    page.object_list = [figures_of(version) for version in page]
    context = {"bank": shown, "page": page, "orders": ORDERS.items(), "order": order}
    return render(request, "quiz/desk/statistics.html", context | {"fewest": FEWEST})


@allowed(runs_unions)
@require_POST
def export(request: HttpRequest, bank_id: int) -> HttpResponse:
    """The bank as a file that imports back; first she is told what has no place in the format."""
    shown, form = _bank(request, bank_id), ExportForm(request.POST)
    if not form.is_valid():
        return redirect("quiz_desk:bank", shown.pk)
    chosen = FORMS[form.cleaned_data["form"]]
    short = [] if form.cleaned_data["seen"] else lost_in(shown, chosen)
    if short:
        context = {"bank": shown, "form": form, "chosen": chosen, "short": short}
        return render(request, "quiz/desk/export.html", context)
    out = actions.export_bank(shown, chosen, by=signed_in(request))
    headers = {"Content-Disposition": f'attachment; filename="bank-{shown.pk}.{chosen.suffix}"'}
    return HttpResponse(out.content, content_type=chosen.content_type, headers=headers)


@allowed(runs_unions)
@require_http_methods(["GET", "POST"])
def question(request: HttpRequest, question_id: int) -> HttpResponse:
    """Edit a question: a new version; attempts that had the old one keep it."""
    edited = _question(request, question_id)
    versions = list(edited.versions.order_by("-nth"))
    shown = versions[0].pictures.order_by("nth")
    form = QuestionForm(
        request.POST or None,
        request.FILES or None,
        initial=reads.as_typed(versions[0]),
        pictures=[(str(one.nth), reads.picture_in_words(one)) for one in shown],
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and _edit(request, edited, form):
            return redirect("quiz_desk:bank", edited.bank_id)
    context = {"question": edited, "versions": versions, "pictures": shown, "form": form}
    return render(request, "quiz/desk/question.html", context, status=status)


def _edit(request: HttpRequest, edited: Question, form: QuestionForm) -> bool:
    """Whether it was saved; else the form says why not."""
    verdict = reads.typed(form.cleaned_data)
    if verdict.values is None:
        form.add_error(None, words_of(verdict.reason_codes))
        return False
    said = form.cleaned_data
    draft = replace(verdict.values, pictures=said["pictures"])
    gone = [int(nth) for nth in said["without"]]
    try:
        actions.edit_question(
            edited, draft, seen_nth=said["nth"], by=signed_in(request), without_pictures=gone
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, _("存好了。以前答过这道题的人，看到的还是当时的样子。"))
    return True


@allowed(runs_unions)
@require_GET
def picture(request: HttpRequest, question_id: int, nth: int) -> HttpResponseBase:
    """What the question shows now."""
    file = reads.picture_now(_question(request, question_id), nth)
    if file is None:
        raise Http404
    return ranged_response(request, file)


@allowed(runs_unions)
@require_POST
def retirement(request: HttpRequest, question_id: int) -> HttpResponse:
    retired = actions.retire_question(_question(request, question_id), by=signed_in(request))
    messages.success(request, _("这道题以后不再抽了。"))
    return redirect("quiz_desk:bank", retired.bank_id)


def _bank(request: HttpRequest, bank_id: int) -> Bank:
    return get_object_or_404(reads.banks_of(signed_in(request)), pk=bank_id)


def _question(request: HttpRequest, question_id: int) -> Question:
    return get_object_or_404(reads.questions_of(signed_in(request)), pk=question_id)
