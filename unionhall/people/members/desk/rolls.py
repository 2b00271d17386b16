from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unionhall.base.access import allowed
from unionhall.base.htmx import page_or_fragment
from unionhall.base.paging import page_of
from unionhall.base.spreadsheets import UnreadableFile, write_report
from unionhall.base.tables import Reason, Verdict
from unionhall.base.wording import NOT_DATA, VERDICTS, Text, Wording, explained
from unionhall.people.accounts.models import User
from unionhall.people.members import actions as members
from unionhall.people.members.forms import RollForm
from unionhall.people.members.models import RollImport, RollRow
from unionhall.people.members.queries import reasons_of, roll_in_charge, rolls_in_charge, rows_of
from unionhall.people.members.rules import masked_written
from unionhall.people.members.wording import (
    COLUMNS,
    NORMALISATIONS,
    REASON_GROUPS,
    REASONS,
    WARNINGS,
)
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of, tops_in_charge

UNPROCESSABLE = 422
TAKEN = (Verdict.ACCEPTED.value, Verdict.ACCEPTED_NORMALISED.value)


@allowed(runs_unions)
@never_cache
def imports(request: HttpRequest) -> HttpResponse:
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = RollForm(*sent, unions=_tops(request))
    if form.is_bound and form.is_valid():
        file, union = form.cleaned_data["file"], form.cleaned_data["union"]
        roll = members.receive_roll(file.read(), name=file.name, union=union, by=_officer(request))
        return redirect("members_desk:roll_import", roll.pk)
    context = {"form": form, "page": page_of(request, rolls_in_charge(request.user), size=20)}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "members/desk/imports.html", context, status=status)


def _tops(request: HttpRequest) -> Any:  # noqa: ANN401 — a queryset of unions
    tops = [union.pk for union in tops_in_charge(request.user)]
    return in_charge_of(request.user).filter(pk__in=tops).order_by("path")


def _officer(request: HttpRequest) -> User:
    return cast("User", request.user)


@allowed(runs_unions)
@never_cache
def roll(request: HttpRequest, roll_id: int) -> HttpResponse:
    """How far it is, and what became of each row; asked again by itself while it works."""
    roll = _roll(request, roll_id)
    context = _roll_page(request, roll)
    return page_or_fragment(request, "members/desk/roll.html", "members/desk/_roll.html", context)


def _roll(request: HttpRequest, roll_id: int) -> RollImport:
    try:
        return roll_in_charge(request.user, roll_id)
    except RollImport.DoesNotExist as error:
        raise Http404 from error


def _roll_page(request: HttpRequest, roll: RollImport) -> dict[str, object]:
    verdicts = roll.counts.get("verdicts", {})
    wrong, taken = verdicts.get("rejected", 0), sum(verdicts.get(one, 0) for one in TAKEN)
    verdict = request.GET.get("verdict", Verdict.REJECTED.value if wrong else "")
    reason = request.GET.get("reason", "")
    codes = REASON_GROUPS[reason][1] if reason in REASON_GROUPS else ()
    page = page_of(request, rows_of(roll, verdict=verdict, reasons=codes))
    return {
        "roll": roll,
        "refusal": UnreadableFile(roll.problem) if roll.problem else None,
        "people": wrong + taken,
        "taken": taken,
        "wrong": wrong,
        "effects": [(RollRow.Effect(key).label, n) for key, n in _effects(roll)],
        "verdicts": [(key, VERDICTS[key], verdicts[key]) for key in VERDICTS if key in verdicts],
        "reasons": _groups(roll),
        "verdict": verdict,
        "reason": reason,
        "page": page,
        "rows": [_shown(row) for row in page],
        "works": roll.state in {RollImport.State.RECEIVED, RollImport.State.RUNNING},
    }


def _groups(roll: RollImport) -> list[tuple[str, Text, int]]:
    """The kinds of mistakes that occur, and how many reasons of each were given."""
    counts = roll.counts.get("reasons", {})
    groups = [
        (key, label, sum(counts.get(code, 0) for code in codes))
        for key, (label, codes) in REASON_GROUPS.items()
    ]
    return [group for group in groups if group[2]]


def _effects(roll: RollImport) -> list[tuple[str, int]]:
    effects = roll.counts.get("effects", {})
    return [(key, effects[key]) for key in RollRow.Effect.values if key in effects]


@dataclass(frozen=True)
class Fault:
    """One reason as its officer reads it: where, what stands there, and the three parts."""

    column: Text
    written: str
    wording: Wording


@dataclass(frozen=True)
class Shown:
    """A row as its officer reads it."""

    row: RollRow
    about: str
    verdict: Text
    faults: list[Fault]
    notes: list[Text]


def _shown(row: RollRow) -> Shown:
    told: dict[str, Any] = json.loads(row.values) if row.values else {}
    if row.verdict == Verdict.NOT_DATA:
        notes: list[Text] = [NOT_DATA[code] for code in row.reason_codes]
    else:
        notes = [NORMALISATIONS[code] for code in row.normalisations]
        notes += [format_lazy("{}{}", _("注意："), WARNINGS[code]) for code in row.warnings]
    faults = [_fault(reason) for reason in reasons_of(row)]
    about = told.get("about") or told.get("name") or ""
    return Shown(row, about, VERDICTS[row.verdict], faults, notes)


def _fault(reason: Reason) -> Fault:
    written = masked_written(reason.column, reason.written)
    return Fault(COLUMNS.get(reason.column, ""), written, explained(reason, REASONS))


@allowed(runs_unions)
@require_POST
def confirm(request: HttpRequest, roll_id: int) -> HttpResponse:
    members.confirm_roll(_roll(request, roll_id), by=_officer(request))
    return redirect("members_desk:roll_import", roll_id)


@allowed(runs_unions)
@require_POST
def discard(request: HttpRequest, roll_id: int) -> HttpResponse:
    members.discard_roll(_roll(request, roll_id), by=_officer(request))
    messages.success(request, _("撤下来了，读到的内容也删了。"))
    return redirect("members_desk:import")


@allowed(runs_unions)
@never_cache
def report(request: HttpRequest, roll_id: int) -> HttpResponse:
    """A line for each row, in codes: no names, no numbers."""
    columns = ("sheet", "row", "verdict", "reason_codes", "normalisations", "warnings")
    rows = rows_of(_roll(request, roll_id)).values_list(*columns)
    response = HttpResponse(write_report(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="roll-{roll_id}.csv"'
    return response
