"""The officer's pages of a file of questions: sent in, read row by row, taken in, put back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from unionhall.base.access import allowed
from unionhall.base.choosing import asked_by_box
from unionhall.base.htmx import page_or_fragment
from unionhall.base.paging import chosen_of, page_of
from unionhall.base.tables import Verdict
from unionhall.base.wording import NOT_DATA, Text
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.desk.doors import signed_in
from unionhall.domain.quiz.forms import ImportForm, UndoForm
from unionhall.domain.quiz.models import BankImport
from unionhall.domain.quiz.queries.bank_files import refusal_kept_as
from unionhall.domain.quiz.queries.bank_imports import (
    bank_imports_of,
    bank_sent_before,
    built_on,
    comes_back_as_table,
    import_rows_of,
)
from unionhall.domain.quiz.queries.bank_reports import (
    NORMALISATIONS,
    VERDICTS,
    WORDS,
    annotated_bank,
    csv_report,
    shown_rows,
)
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of

UNPROCESSABLE = 422
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORKS = (BankImport.State.RECEIVED, BankImport.State.RUNNING)


@allowed(runs_unions)
@never_cache
def imports(request: HttpRequest) -> HttpResponse:
    """Send a file in, and the files that were sent."""
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    asked = asked_by_box(request.GET, "union")
    form = ImportForm(*sent, unions=in_charge_of(signed_in(request)), initial=asked)
    if form.is_bound and form.is_valid():
        return redirect("quiz_desk:bank_import", _received(request, form).pk)
    context = {"form": form, "page": page_of(request, bank_imports_of(request.user), size=20)}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "quiz/desk/imports.html", context, status=status)


def _received(request: HttpRequest, form: ImportForm) -> BankImport:
    """A small file is checked as it comes, by what the worker does with a large one."""
    said = form.cleaned_data
    content, name = said["file"].read(), said["file"].name
    sent = actions.receive_bank(
        content, name=name, union=said["union"], bank_name=said["bank"], by=signed_in(request)
    )
    if len(content) <= actions.SMALL:
        actions.check_safely(sent.pk)
    return sent


@allowed(runs_unions)
@never_cache
@require_GET
def bank_import(request: HttpRequest, bank_import_id: int) -> HttpResponse:
    """How far it is, and what became of each row; asked again by itself while it works."""
    context = _import_page(request, _open(request, bank_import_id))
    return page_or_fragment(request, "quiz/desk/import.html", "quiz/desk/_import.html", context)


def _import_page(request: HttpRequest, sent: BankImport) -> dict[str, object]:
    verdicts = sent.counts.get("verdicts", {})
    wrong = verdicts.get(Verdict.REJECTED, 0)
    plain, changed = verdicts.get(Verdict.ACCEPTED, 0), verdicts.get(Verdict.ACCEPTED_NORMALISED, 0)
    verdict = chosen_of(request, "verdict", VERDICTS, usual=Verdict.REJECTED.value if wrong else "")
    reason, change = (
        chosen_of(request, "reason", WORDS),
        chosen_of(request, "change", NORMALISATIONS),
    )
    page = page_of(request, import_rows_of(sent, verdict=verdict, reason=reason, change=change))
    return {
        "sent": sent,
        "works": sent.state in WORKS,
        "table": comes_back_as_table(sent),
        "refusal": refusal_kept_as(sent.problem) if sent.problem else None,
        "again": bank_sent_before(sent, request.user),
        "questions": plain + changed + wrong,
        "taken": plain + changed,
        "plain": plain,
        "changed": changed,
        "wrong": wrong,
        "verdicts": [
            (key, words, verdicts[key]) for key, words in VERDICTS.items() if key in verdicts
        ],
        "reasons": _counted(sent, "reasons", WORDS),
        "changes": _counted(sent, "normalisations", NORMALISATIONS),
        "not_data": _counted(sent, "not_data", NOT_DATA),
        "verdict": verdict,
        "reason": reason,
        "change": change,
        "page": page,
        "rows": shown_rows(page),
    }


def _counted(sent: BankImport, kind: str, words: Mapping[str, Text]) -> list[tuple[str, Text, int]]:
    """The codes that occur, in words, the frequent first."""
    counts = sorted(sent.counts.get(kind, {}).items(), key=lambda one: -one[1])
    return [(code, words.get(code, code), times) for code, times in counts]


@allowed(runs_unions)
@require_POST
def confirm(request: HttpRequest, bank_import_id: int) -> HttpResponse:
    """What fits into one batch is taken in at once; the rest is the worker's."""
    sent = actions.confirm_bank_import(_open(request, bank_import_id), by=signed_in(request))
    if sent.rows <= actions.BATCH:
        actions.take_in_all(sent.pk)
    return redirect("quiz_desk:bank_import", bank_import_id)


@allowed(runs_unions)
@require_POST
def discard(request: HttpRequest, bank_import_id: int) -> HttpResponse:
    actions.discard_bank_import(_open(request, bank_import_id), by=signed_in(request))
    messages.success(request, _("撤下来了，读到的内容也删了。"))
    return redirect("quiz_desk:import")


@allowed(runs_unions)
@never_cache
def undo(request: HttpRequest, bank_import_id: int) -> HttpResponse:
    """What stands in the way, or what would go; then the deed, with its reason."""
    sent, form = _open(request, bank_import_id), UndoForm(request.POST or None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        actions.undo_bank_import(sent, by=signed_in(request), reason=reason)
        messages.success(request, _("撤销了，这次导入的题都拿掉了。"))
        return redirect("quiz_desk:bank_import", bank_import_id)
    context = {"sent": sent, "form": form, "built": built_on(sent)}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "quiz/desk/undo.html", context, status=status)


@allowed(runs_unions)
@never_cache
@require_GET
def annotated(request: HttpRequest, bank_import_id: int) -> HttpResponse:
    """The sender's own table, with a column of what to mend beside the rows that wait."""
    sent = _open(request, bank_import_id)
    content = annotated_bank(sent)
    if content is None:  # let go, or no table
        raise Http404
    name = quote(_("{file} 要改的.xlsx").format(file=PurePath(sent.file_name).stem))
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return HttpResponse(content, content_type=XLSX, headers=headers)


@allowed(runs_unions)
@never_cache
@require_GET
def report(request: HttpRequest, bank_import_id: int) -> HttpResponse:
    """A line for each row, in codes."""
    content = csv_report(import_rows_of(_open(request, bank_import_id)))
    headers = {"Content-Disposition": f'attachment; filename="bank-import-{bank_import_id}.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def _open(request: HttpRequest, bank_import_id: int) -> BankImport:
    """Hers, else a 404, as if there were none."""
    return get_object_or_404(bank_imports_of(request.user), pk=bank_import_id)
