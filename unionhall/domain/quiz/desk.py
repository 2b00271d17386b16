"""The officer's pages: banks, questions, import, trials, reviews."""

from __future__ import annotations

import base64
import binascii

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from unionhall.base.access import allowed
from unionhall.base.errors import Refused
from unionhall.base.paging import page_of
from unionhall.base.spreadsheets import read_workbook
from unionhall.base.tables import NoHeaderError, Verdict
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.forms import (
    ImportForm,
    KeptFileForm,
    QuestionForm,
    ReviewAnswerForm,
    SearchForm,
)
from unionhall.domain.quiz.models import Bank, Contest, Question
from unionhall.domain.quiz.queries import banks as reads
from unionhall.domain.quiz.queries.results import reason_of, reviews_for
from unionhall.domain.quiz.queries.statistics import ORDERS, fared_in, figures_of
from unionhall.domain.quiz.rules.question_sheets import QuestionVerdict
from unionhall.domain.quiz.rules.statistics import FEWEST
from unionhall.people.accounts.models import User
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@allowed(runs_unions)
@require_GET
def banks(request: HttpRequest) -> HttpResponse:
    page = page_of(request, reads.banks_of(_user(request)))
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
@require_GET
def bank_xlsx(request: HttpRequest, bank_id: int) -> HttpResponse:
    """The bank as a workbook that imports back."""
    shown = _bank(request, bank_id)
    headers = {"Content-Disposition": f'attachment; filename="bank-{shown.pk}.xlsx"'}
    return HttpResponse(reads.workbook_of(shown), content_type=XLSX, headers=headers)


@allowed(runs_unions)
@require_http_methods(["GET", "POST"])
def question(request: HttpRequest, question_id: int) -> HttpResponse:
    """Edit a question: a new version; attempts that had the old one keep it."""
    edited = _question(request, question_id)
    versions = list(edited.versions.order_by("-nth"))
    form = QuestionForm(request.POST or None, initial=reads.as_typed(versions[0]))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and _edit(request, edited, form):
            return redirect("quiz_desk:bank", edited.bank_id)
    context = {"question": edited, "versions": versions, "form": form}
    return render(request, "quiz/desk/question.html", context, status=status)


def _edit(request: HttpRequest, edited: Question, form: QuestionForm) -> bool:
    """Whether it was saved; else the form says why not."""
    verdict = reads.typed(form.cleaned_data)
    if verdict.values is None:
        form.add_error(None, reads.words_of(verdict.reason_codes))
        return False
    try:
        actions.edit_question(
            edited, verdict.values, seen_nth=form.cleaned_data["nth"], by=_user(request)
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, _("存好了。以前答过这道题的人，看到的还是当时的样子。"))
    return True


@allowed(runs_unions)
@require_POST
def retirement(request: HttpRequest, question_id: int) -> HttpResponse:
    retired = actions.retire_question(_question(request, question_id), by=_user(request))
    messages.success(request, _("这道题以后不再抽了。"))
    return redirect("quiz_desk:bank", retired.bank_id)


@allowed(runs_unions)
@require_http_methods(["GET", "POST"])
def check_import(request: HttpRequest) -> HttpResponse:
    """Choose a file; see the verdict on every row before anything is changed."""
    form = ImportForm(
        request.POST or None, request.FILES or None, unions=in_charge_of(_user(request))
    )
    if not form.is_valid():
        return render(
            request, "quiz/desk/import.html", {"form": form}, status=422 if form.is_bound else 200
        )
    file, union, name = (form.cleaned_data[field] for field in ("file", "union", "bank"))
    content = file.read()
    try:
        verdicts = reads.verdicts_on(
            read_workbook(content, name=file.name),
            bank=Bank.objects.filter(union=union, name=name).first(),
        )
    except (Refused, NoHeaderError) as error:
        form.add_error("file", _unreadable(error))
        return render(request, "quiz/desk/import.html", {"form": form}, status=422)
    kept = {
        "union": union.pk,
        "bank": name,
        "name": file.name,
        "content": base64.b64encode(content).decode(),
    }
    context = {"kept": kept, "union": union, **_report(verdicts)}
    return render(request, "quiz/desk/import_checked.html", context)


def _report(verdicts: list[QuestionVerdict]) -> dict[str, object]:
    rejected = [
        {"sheet": verdict.sheet, "row": verdict.row, "words": reads.words_of(verdict.reason_codes)}
        for verdict in verdicts
        if verdict.verdict == Verdict.REJECTED
    ]
    return {"tally": reads.tally_of(verdicts), "rejected": rejected}


@allowed(runs_unions)
@require_POST
def run_import(request: HttpRequest) -> HttpResponse:
    """What was checked, now for good; decided anew, for the bank may have changed meanwhile."""
    form = KeptFileForm(request.POST, unions=in_charge_of(_user(request)))
    try:
        content = base64.b64decode(request.POST.get("content", ""), validate=True)
        if not form.is_valid():
            return redirect("quiz_desk:import")
        sheets = read_workbook(content, name=form.cleaned_data["name"])
        union, name = form.cleaned_data["union"], form.cleaned_data["bank"]
        verdicts = actions.import_questions(sheets, union=union, bank_name=name, by=_user(request))
    except (binascii.Error, NoHeaderError):
        return redirect("quiz_desk:import")
    count = sum(verdict.accepted for verdict in verdicts)
    messages.success(
        request,
        ngettext("进来了 %(count)s 道题。", "进来了 %(count)s 道题。", count) % {"count": count},
    )
    return redirect("quiz_desk:bank", Bank.objects.get(union=union, name=name).pk)


def _unreadable(error: Refused | NoHeaderError) -> str:
    if isinstance(error, NoHeaderError):
        return _("没有找到题干这一列。列名可以写：题干、题目、试题内容。")
    return str(error)


@allowed(runs_unions)
@require_POST
def trial(request: HttpRequest, contest_id: int) -> HttpResponse:
    """Sit it oneself before others do; it never counts."""
    tried = get_object_or_404(Contest, pk=contest_id, union__in=in_charge_of(_user(request)))
    return redirect("quiz:attempt", actions.start_trial(tried, by=_user(request)).pk)


@allowed(runs_unions)
@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    page = page_of(request, reviews_for(_user(request)))
    return render(request, "quiz/desk/reviews.html", {"page": page})


@allowed(runs_unions)
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, review_id: int) -> HttpResponse:
    """The facts beside the question, and the answer."""
    asked = get_object_or_404(reviews_for(_user(request)), pk=review_id)
    form = ReviewAnswerForm(request.POST or None)
    if form.is_valid():
        actions.answer_review(asked, text=form.cleaned_data["text"], by=_user(request))
        messages.success(request, _("答复发出去了。"))
        return redirect("quiz_desk:reviews")
    context = {
        "review": asked,
        "attempt": asked.attempt,
        "reason": reason_of(asked.attempt),
        "form": form,
    }
    return render(request, "quiz/desk/review.html", context, status=422 if form.is_bound else 200)


def _bank(request: HttpRequest, bank_id: int) -> Bank:
    return get_object_or_404(reads.banks_of(_user(request)), pk=bank_id)


def _question(request: HttpRequest, question_id: int) -> Question:
    return get_object_or_404(reads.questions_of(_user(request)), pk=question_id)


def _user(request: HttpRequest) -> User:
    """Whoever is signed in; the route has seen to that."""
    assert isinstance(request.user, User)  # noqa: S101 — for the type checker
    return request.user
