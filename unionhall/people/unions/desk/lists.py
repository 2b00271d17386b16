"""Lists of unions that are sent in: the report of each, the yes, and the way back."""

from __future__ import annotations

from pathlib import PurePath
from typing import cast
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unionhall.base.access import allowed
from unionhall.base.htmx import page_or_fragment
from unionhall.base.paging import chosen_of, page_of
from unionhall.base.spreadsheets import write_report
from unionhall.base.tables import Verdict
from unionhall.base.wording import VERDICTS, Text
from unionhall.people.accounts.models import User
from unionhall.people.unions import actions as unions
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.forms import ConfirmForm, ListForm, UndoForm
from unionhall.people.unions.models import ListImport, ListRow
from unionhall.people.unions.queries import (
    annotated_list,
    built_on_list,
    checks_built_on_list,
    in_charge_of,
    list_file_is_kept,
    list_in_charge,
    list_rows_of,
    list_sent_before,
    lists_in_charge,
    lists_to_undo_first,
    refusal_of_list,
    with_parents,
)
from unionhall.people.unions.queries.shown import column_in_words, shown

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNPROCESSABLE = 422
GOES_IN = ("founded", "updated", "moved")


@allowed(runs_unions)
@never_cache
def imports(request: HttpRequest) -> HttpResponse:
    form = ListForm(request.POST, request.FILES) if request.method == "POST" else ListForm()
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        sent = unions.receive_list(file.read(), name=file.name, by=_officer(request))
        return redirect("unions_desk:list_import", sent.pk)
    context = {"form": form, "page": page_of(request, lists_in_charge(request.user), size=20)}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "unions/desk/imports.html", context, status=status)


def _officer(request: HttpRequest) -> User:
    return cast("User", request.user)


@allowed(runs_unions)
@never_cache
def list_import(request: HttpRequest, list_id: int) -> HttpResponse:
    """How far it is, and what became of each row; asked again by itself while it works."""
    sent = _list(request, list_id)
    context = _list_page(request, sent)
    return page_or_fragment(request, "unions/desk/list.html", "unions/desk/_list.html", context)


def _list(request: HttpRequest, list_id: int) -> ListImport:
    try:
        return list_in_charge(request.user, list_id)
    except ListImport.DoesNotExist as error:
        raise Http404 from error


def _list_page(request: HttpRequest, sent: ListImport) -> dict[str, object]:
    verdicts, effects = sent.counts.get("verdicts", {}), sent.counts.get("effects", {})
    wrong = verdicts.get(Verdict.REJECTED.value, 0)
    effect = chosen_of(request, "effect", ListRow.Effect.values)
    usual = Verdict.REJECTED.value if wrong and not effect else ""
    verdict = chosen_of(request, "verdict", VERDICTS, usual=usual)
    rows = list_rows_of(sent, verdict=verdict, effect=effect).select_related("union")
    page = page_of(request, rows)
    return {
        "sent": sent,
        "refusal": refusal_of_list(sent),
        "all_rows": sum(verdicts.values()),
        "wrong": wrong,
        "counted": {key: effects.get(key, 0) for key in ListRow.Effect.values},
        "goes_in": sum(effects.get(key, 0) for key in GOES_IN),
        "absent": sent.absent.count(),
        "again": list_sent_before(sent, _officer(request)),
        "file_kept": list_file_is_kept(sent),
        "effects": _effects(sent),
        "changes": [(column_in_words(key), n) for key, n in sent.counts.get("changes", {}).items()],
        "verdicts": [(key, VERDICTS[key], verdicts[key]) for key in VERDICTS if key in verdicts],
        "verdict": verdict,
        "effect": effect,
        "page": page,
        "rows": shown(page, _officer(request)),
        "works": sent.state in {ListImport.State.RECEIVED, ListImport.State.RUNNING},
    }


def _effects(sent: ListImport) -> list[tuple[str, Text, int]]:
    effects = sent.counts.get("effects", {})
    return [
        (key, ListRow.Effect(key).label, effects[key])
        for key in ListRow.Effect.values
        if effects.get(key)
    ]


@allowed(runs_unions)
@require_POST
def confirm(request: HttpRequest, list_id: int) -> HttpResponse:
    sent, form = _list(request, list_id), ConfirmForm(request.POST)
    form.is_valid()
    unions.confirm_list(sent, by=_officer(request), moves=form.cleaned_data["moves"])
    return redirect("unions_desk:list_import", list_id)


@allowed(runs_unions)
@require_POST
def discard(request: HttpRequest, list_id: int) -> HttpResponse:
    unions.discard_list(_list(request, list_id), by=_officer(request))
    messages.success(request, _("撤下来了，读到的内容也删了。"))
    return redirect("unions_desk:import")


@allowed(runs_unions)
@never_cache
def undo(request: HttpRequest, list_id: int) -> HttpResponse:
    """What stands in the way, or what would be put back; then the deed, with its reason."""
    sent, form = _list(request, list_id), UndoForm(request.POST or None)
    if form.is_valid():
        unions.undo_list(sent, by=_officer(request), reason=form.cleaned_data["reason"])
        messages.success(request, _("撤销了，组织树回到了导入以前的样子。"))
        return redirect("unions_desk:list_import", list_id)
    done = sent.state == ListImport.State.DONE
    built = built_on_list(sent, _officer(request)) if done else []
    anew = checks_built_on_list(sent) if done and not built else ()
    context = {"sent": sent, "form": form, "built": built, "effects": _effects(sent)}
    context["anew"] = len(anew)
    first = lists_to_undo_first(sent).values("pk")
    context["first"] = lists_in_charge(request.user).filter(pk__in=first)
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "unions/desk/undo.html", context, status=status)


@allowed(runs_unions)
@never_cache
def absent(request: HttpRequest, list_id: int) -> HttpResponse:
    """Which unions stand beside those that it names, and are not in it."""
    sent = _list(request, list_id)
    left_out = sent.absent.filter(pk__in=in_charge_of(request.user)).order_by("path")
    page = page_of(request, left_out)
    context = {"sent": sent, "page": page, "rows": with_parents(page)}
    return render(request, "unions/desk/absent.html", context)


@allowed(runs_unions)
@never_cache
def annotated(request: HttpRequest, list_id: int) -> HttpResponse:
    """The sender's own table, with a column of what to mend beside the rows that wait."""
    sent = _list(request, list_id)
    content = annotated_list(sent)
    if content is None:  # let go
        raise Http404
    response = HttpResponse(content, content_type=XLSX)
    name = quote(_("{file} 要改的.xlsx").format(file=PurePath(sent.file_name).stem))
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response


@allowed(runs_unions)
@never_cache
def report(request: HttpRequest, list_id: int) -> HttpResponse:
    """A line for each row, in codes: no names, no numbers."""
    columns = ("sheet", "row", "verdict", "reason_codes", "normalisations", "warnings")
    rows = list_rows_of(_list(request, list_id)).values_list(*columns)
    response = HttpResponse(write_report(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="unions-{list_id}.csv"'
    return response
