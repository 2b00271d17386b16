from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import cast
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unionhall.base.access import allowed
from unionhall.base.errors import Refused
from unionhall.base.ledger.queries import entries_of
from unionhall.base.paging import page_of
from unionhall.base.tables import RowVerdict
from unionhall.base.wording import NOT_DATA, VERDICTS, Text, Wording, explained
from unionhall.people.accounts.models import User
from unionhall.people.unions import actions as unions
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.forms import ListForm, OfficeForm, UnionFilter
from unionhall.people.unions.models import ListImport, Office, Union
from unionhall.people.unions.queries import (
    EFFECTS,
    Compared,
    annotated_list,
    compare_list,
    in_charge_of,
    judge_kept_list,
    list_in_charge,
    lists_in_charge,
    login_with_phone,
    may_staff,
    office_in_charge,
    parents_of,
    search,
    staff_of,
    told,
    union_in_charge,
    with_parents,
)
from unionhall.people.unions.rules import SECTIONS, UnionLine
from unionhall.people.unions.wording import EFFECT_WORDS, NORMALISATIONS, REASONS, WARNINGS

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNPROCESSABLE = 422


# == The tree ==


@allowed(runs_unions)
def index(request: HttpRequest) -> HttpResponse:
    form = UnionFilter(request.GET)
    form.is_valid()
    said = form.cleaned_data
    found = search(
        in_charge_of(request.user), query=said.get("q", "").strip(), level=said.get("level")
    )
    page = page_of(request, found)
    context = {
        "form": form,
        "page": page,
        "rows": with_parents(page),
        "on_day": timezone.localdate(),
    }
    return render(request, "unions/desk/index.html", context)


@allowed(runs_unions)
@never_cache
def union(request: HttpRequest, union_id: int) -> HttpResponse:
    union = _union(request, union_id)
    context = {
        "union": union,
        "above": parents_of(union),
        "children": page_of(request, Union.objects.get_children(union).order_by("path")),
        "offices": staff_of(union),
        "office_form": OfficeForm() if may_staff(request.user, union) else None,
        "edges": union.edges.select_related("parent").order_by("-since_on", "-pk"),
        "history": told(entries_of(union)[:30]),
        "section": SECTIONS.get(union.industry_section, ""),
        "on_day": timezone.localdate(),
    }
    return render(request, "unions/desk/union.html", context)


@allowed(runs_unions)
@require_POST
def appoint(request: HttpRequest, union_id: int) -> HttpResponse:
    union, form = _union(request, union_id), OfficeForm(request.POST)
    if not may_staff(request.user, union):
        raise PermissionDenied
    if form.is_valid():
        _appointed(request, union, form)
    else:
        faults = [str(one) for errors in form.errors.values() for one in errors]
        messages.error(request, " ".join(faults))
    return redirect("unions_desk:union", union_id)


def _appointed(request: HttpRequest, union: Union, form: OfficeForm) -> None:
    user, role = login_with_phone(form.cleaned_data["phone"]), form.cleaned_data["role"]
    office = unions.appoint(user, union=union, role=role, by=_officer(request))
    said = {"name": user, "union": union.name, "role": office.get_role_display()}
    messages.success(request, _("{name}从今天起是{union}的{role}。").format(**said))


@allowed(runs_unions)
@require_POST
def dismiss(request: HttpRequest, office_id: int) -> HttpResponse:
    try:
        office = office_in_charge(request.user, office_id)
    except Office.DoesNotExist as error:
        raise Http404 from error
    unions.dismiss(office, by=_officer(request))
    messages.success(request, _("任职到今天为止，从现在起就不能再办事了。"))
    return redirect("unions_desk:union", office.union_id)


def _union(request: HttpRequest, union_id: int) -> Union:
    try:
        return union_in_charge(request.user, union_id)
    except Union.DoesNotExist as error:
        raise Http404 from error


# == Lists that are sent in ==


@allowed(runs_unions)
@never_cache
def imports(request: HttpRequest) -> HttpResponse:
    form = ListForm(request.POST, request.FILES) if request.method == "POST" else ListForm()
    if form.is_bound and form.is_valid():
        sent = _received(request, form)
        if sent:
            return redirect("unions_desk:list_import", sent.pk)
    context = {"form": form, "page": page_of(request, lists_in_charge(request.user), size=20)}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "unions/desk/imports.html", context, status=status)


def _received(request: HttpRequest, form: ListForm) -> ListImport | None:
    """The list, or the refusal beside the field and None."""
    file = form.cleaned_data["file"]
    try:
        return unions.receive_list(file.read(), name=file.name, by=_officer(request))
    except Refused as refusal:
        form.add_error("file", str(refusal))
        return None


def _officer(request: HttpRequest) -> User:
    return cast("User", request.user)


@dataclass(frozen=True)
class Shown:
    """A row of a list as its officer reads it."""

    row: Compared
    word: Text
    effect: Text
    faults: list[Wording]
    notes: list[Text]


@allowed(runs_unions)
@never_cache
def list_import(request: HttpRequest, list_id: int) -> HttpResponse:
    sent = _list(request, list_id)
    verdicts = judge_kept_list(sent, request.user)
    return render(request, "unions/desk/list.html", _list_page(request, sent, verdicts))


def _list_page(
    request: HttpRequest, sent: ListImport, verdicts: Sequence[RowVerdict[UnionLine]]
) -> dict[str, object]:
    rows = compare_list(verdicts, within=in_charge_of(request.user))
    kinds = {key: [one for one in rows if one.verdict.verdict == key] for key in VERDICTS}
    effects = {key: [one for one in rows if one.effect == key] for key in EFFECTS}
    effect = request.GET.get("effect", "")
    usual = "rejected" if kinds["rejected"] and not effect else ""
    verdict = request.GET.get("verdict", usual)
    page = page_of(request, effects.get(effect) or kinds.get(verdict, rows))
    return {
        "sent": sent,
        "verdicts": [(key, VERDICTS[key], len(some)) for key, some in kinds.items() if some],
        "effects": [(key, EFFECT_WORDS[key], len(some)) for key, some in effects.items() if some],
        "verdict": verdict,
        "effect": effect,
        "page": page,
        "rows": _shown(list(page)),
    }


def _shown(rows: Sequence[Compared]) -> list[Shown]:
    return [
        Shown(
            row,
            VERDICTS[one.verdict],
            EFFECT_WORDS.get(row.effect, ""),
            [explained(reason, REASONS) for reason in one.reasons if reason.code not in NOT_DATA],
            [NOT_DATA[code] for code in one.reason_codes if code in NOT_DATA]
            + [NORMALISATIONS[code] for code in one.normalisations]
            + [WARNINGS[code] for code in one.warnings],
        )
        for row in rows
        for one in [row.verdict]
    ]


@allowed(runs_unions)
@never_cache
def annotated(request: HttpRequest, list_id: int) -> HttpResponse:
    """The sender's own table, with a column of what to mend beside the rows that wait."""
    sent = _list(request, list_id)
    content = annotated_list(sent, request.user)
    if content is None:  # let go
        raise Http404
    response = HttpResponse(content, content_type=XLSX)
    name = quote(_("{file} 要改的.xlsx").format(file=PurePath(sent.file_name).stem))
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response


def _list(request: HttpRequest, list_id: int) -> ListImport:
    try:
        return list_in_charge(request.user, list_id)
    except ListImport.DoesNotExist as error:
        raise Http404 from error


@allowed(runs_unions)
@require_POST
def confirm(request: HttpRequest, list_id: int) -> HttpResponse:
    sent = unions.take_in_list(_list(request, list_id), by=_officer(request))
    words = _("导入好了：新登记 {founded} 个，更新 {updated} 个，没有变化 {unchanged} 个。")
    messages.success(request, words.format(**sent.counts))
    return redirect("unions_desk:index")


@allowed(runs_unions)
@require_POST
def discard(request: HttpRequest, list_id: int) -> HttpResponse:
    unions.discard_list(_list(request, list_id), by=_officer(request))
    messages.success(request, _("撤下来了，读到的内容也删了。"))
    return redirect("unions_desk:import")
