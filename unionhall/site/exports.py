"""Take a list along: choose what of it, say what for, and fetch the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from django import forms
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from unionhall.base.access import allowed
from unionhall.base.exports import actions as exports
from unionhall.base.exports.models import ColumnsChosen, Export
from unionhall.base.exports.queries import exports_of, last_choice
from unionhall.base.htmx import page_or_fragment
from unionhall.base.paging import page_of
from unionhall.people.unions.access import runs_unions
from unionhall.site.export_lists import LISTS, scope_asked, scope_of, who_asked
from unionhall.site.looking import LOOKS_AT

if TYPE_CHECKING:
    from django.http import HttpRequest

    from unionhall.base.exports.lists import Filters, Found, ListToExport
    from unionhall.people.accounts.models import User

UNPROCESSABLE = 422
CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


class ExportForm(forms.Form):
    """What of a list, in which form, and what for."""

    purpose = forms.ChoiceField(
        label=_("做什么用"), choices=[("", _("选一个用途")), *Export.Purpose.choices]
    )
    format = forms.ChoiceField(label=_("存成什么"), choices=Export.Format.choices)
    columns = forms.MultipleChoiceField(
        label=_("要哪些列"),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ticks"}),
        error_messages={"required": _("至少要一列。")},
    )

    def __init__(
        self, *args: object, listed: ListToExport[Any], last: ColumnsChosen | None, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        columns = cast("forms.MultipleChoiceField", self.fields["columns"])
        columns.choices = [(one.key, one.heading) for one in listed.columns]
        usual = [one.key for one in listed.columns if one.chosen]
        known = [one.key for one in listed.picked(last.columns)] if last else []
        columns.initial = known or usual
        self.fields["format"].initial = last.format if last else Export.Format.XLSX


@allowed(runs_unions)
@never_cache
def ask(request: HttpRequest, list_name: str) -> HttpResponse:
    """A short list comes at once; a long one is written by a job, and its page says how far it is."""
    listed = _listed(request, list_name)
    me = _me(request)
    found = _found(me, listed, request.GET.dict())
    last = last_choice(me, list_name)
    form = ExportForm(request.POST if request.method == "POST" else None, listed=listed, last=last)
    if form.is_valid():
        export = _asked(me, listed, found, request.GET.dict(), form.cleaned_data)
        at_once = export.state == Export.State.DONE
        return _file(request, export) if at_once else redirect("desk:export", export.pk)
    context = {"listed": listed, "found": found, "rows": found.told(), "form": form}
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "desk/export_new.html", context, status=status)


def _listed(request: HttpRequest, name: str) -> ListToExport[Any]:
    listed = LISTS.get(name)
    if listed is None:
        raise Http404
    if not listed.may(_me(request)):
        raise PermissionDenied
    return listed


def _found(me: User, listed: ListToExport[Any], filters: Filters) -> Found[Any]:
    try:
        return listed.find(me, filters)
    except ObjectDoesNotExist as error:
        raise Http404 from error


def _asked(
    me: User,
    listed: ListToExport[Any],
    found: Found[Any],
    filters: Filters,
    said: dict[str, Any],
) -> Export:
    export = exports.ask_for(
        listed,
        found,
        by=me,
        filters=filters,
        columns=said["columns"],
        purpose=said["purpose"],
        file_format=said["format"],
        looks_at=office.pk if (office := getattr(me, LOOKS_AT, None)) else None,
    )
    if export.rows <= exports.AT_ONCE:
        exports.write(export.pk, LISTS, scope_of, who_asked)
    return get_object_or_404(exports_of(me), pk=export.pk)


@allowed(runs_unions)
@require_safe
@never_cache
def mine(request: HttpRequest) -> HttpResponse:
    """What she took along in the last days."""
    return render(
        request, "desk/exports.html", {"page": page_of(request, exports_of(request.user))}
    )


@allowed(runs_unions)
@require_safe
@never_cache
def export(request: HttpRequest, export_id: int) -> HttpResponse:
    """How far it is; asked again by itself until it can be fetched."""
    shown = _export(request, export_id)
    works = shown.state in {Export.State.WAITING, Export.State.RUNNING}
    context = {"export": shown, "works": works}
    return page_or_fragment(request, "desk/export.html", "desk/_export.html", context)


@allowed(runs_unions)
@require_POST
@never_cache
def again(request: HttpRequest, export_id: int) -> HttpResponse:
    """The same list for the same purpose and the same part of the tree, by the rights and the rows of today."""
    former = _export(request, export_id)
    listed, filters = _listed(request, former.list_name), json.loads(former.filters)
    said = {"columns": former.columns, "purpose": former.purpose, "format": former.format}
    try:
        me = who_asked(former)
    except ObjectDoesNotExist as error:
        raise Http404 from error
    found = _found(me, listed, filters)
    return redirect("desk:export", _asked(me, listed, found, filters, said).pk)


@allowed(runs_unions)
@require_POST
@never_cache
def export_file(request: HttpRequest, export_id: int) -> HttpResponse:
    """By POST, for it leaves a line in the ledger."""
    return _file(request, _export(request, export_id))


def _file(request: HttpRequest, export: Export) -> HttpResponse:
    content = exports.fetch(export, by=_me(request), scope=scope_asked(export))
    response = HttpResponse(content, content_type=CONTENT_TYPES[export.format])
    response["Content-Disposition"] = "attachment; filename*=UTF-8''" + quote(export.file_name)
    return response


def _export(request: HttpRequest, export_id: int) -> Export:
    return get_object_or_404(exports_of(request.user), pk=export_id)


def _me(request: HttpRequest) -> User:
    return cast("User", request.user)
