from __future__ import annotations

from pathlib import PurePath
from urllib.parse import quote

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unionhall.base.access import allowed
from unionhall.base.choosing import asked_by_box
from unionhall.base.htmx import page_or_fragment
from unionhall.base.paging import chosen_of, page_of
from unionhall.base.spreadsheets import write_report
from unionhall.base.tables import Verdict
from unionhall.base.wording import VERDICTS, Text
from unionhall.people.members import actions as members
from unionhall.people.members.desk.doors import officer, open_roll
from unionhall.people.members.forms import OneUnionForm, RollForm, UndoForm
from unionhall.people.members.models import RollImport, RollRow
from unionhall.people.members.queries import (
    annotated_copy,
    asks_union,
    built_on,
    count_absences,
    file_is_kept,
    has_many_sheets,
    headings_of_roll,
    may_choose_union,
    open_absences,
    outcome_of,
    perhaps_same,
    refusal_of,
    rolls_in_charge,
    rolls_to_undo_first,
    rows_of,
    sent_before,
    transfers_of_roll,
    unions_left_out,
    unions_that_take_members,
    would_undo,
)
from unionhall.people.members.queries.shown import shown
from unionhall.people.members.rules import columns_to_write
from unionhall.people.members.wording import COLUMNS, REASON_GROUPS, WARNINGS
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import in_charge_of, tops_in_charge

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNPROCESSABLE = 422
TAKEN = (Verdict.ACCEPTED.value, Verdict.ACCEPTED_NORMALISED.value)


@allowed(runs_unions)
@never_cache
def imports(request: HttpRequest) -> HttpResponse:
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    asked = asked_by_box(request.GET, "union")
    form = RollForm(*sent, unions=_unions_to_send_for(request), initial=asked)
    if form.is_bound and form.is_valid():
        file, union = form.cleaned_data["file"], form.cleaned_data["union"]
        roll = members.receive_roll(file.read(), name=file.name, union=union, by=officer(request))
        return redirect("members_desk:roll_import", roll.pk)
    page = page_of(request, rolls_in_charge(request.user), size=20)
    context = {"form": form, "page": page, "columns": columns_to_write()}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "members/desk/imports.html", context, status=status)


def _unions_to_send_for(request: HttpRequest) -> QuerySet[Union]:
    """The one from whose page she comes; else the tops of what she runs."""
    unions, asked = in_charge_of(request.user), request.GET.get("union", "")
    if asked.isdecimal() and (one := unions.filter(pk=asked)):
        return one
    tops = [union.pk for union in tops_in_charge(request.user)]
    return unions.filter(pk__in=tops).order_by("path")


@allowed(runs_unions)
@never_cache
def roll(request: HttpRequest, roll_id: int) -> HttpResponse:
    """How far it is, and what became of each row; asked again by itself while it works.

    Said here, too: whose everybody on it is, where the file has no column for it.
    """
    roll = open_roll(request, roll_id)
    form = _union_form(request, roll)
    if form and form.is_valid():
        members.choose_union(roll, form.cleaned_data["union"], by=officer(request))
        return redirect("members_desk:roll_import", roll_id)
    context = {**_roll_page(request, roll), **_header(roll), "union_form": form}
    return page_or_fragment(request, "members/desk/roll.html", "members/desk/_roll.html", context)


def _union_form(request: HttpRequest, roll: RollImport) -> OneUnionForm | None:
    """As long as it can be said, or said otherwise."""
    if not may_choose_union(roll):
        return None
    taking = unions_that_take_members(roll.union).values()
    unions = in_charge_of(request.user).filter(pk__in=taking).order_by("path")
    return OneUnionForm(request.POST or None, unions=unions)


def _header(roll: RollImport) -> dict[str, object]:
    """What became of the headings: known as (heading, the column or ""), and the others."""
    found = headings_of_roll(roll)
    return {
        "headings": found,
        "known": [(one, "" if one == COLUMNS[key] else COLUMNS[key]) for one, key in found.known],
        "twice": [heading for heading, _column in found.twice],
        "guesses": found.guesses(),
        "no_phone_column": not found.has("phone"),
        "columns": columns_to_write(),
        "asks_union": asks_union(roll),
    }


def _roll_page(request: HttpRequest, roll: RollImport) -> dict[str, object]:
    verdicts = roll.counts.get("verdicts", {})
    wrong, taken = verdicts.get("rejected", 0), sum(verdicts.get(one, 0) for one in TAKEN)
    left_out = unions_left_out(roll, officer(request))
    effects = roll.counts.get("effects", {})
    elsewhere = effects.get(RollRow.Effect.ELSEWHERE, 0)
    return {
        "roll": roll,
        "shown": outcome_of(roll),
        "refusal": refusal_of(roll),
        "people": wrong + taken,
        "taken": taken - elsewhere,
        "elsewhere": elsewhere,
        "returned": effects.get(RollRow.Effect.RETURNED, 0),
        "transfers": transfers_of_roll(roll) if elsewhere else [],
        **_absent(request, roll),
        "left_out": left_out,
        "people_left_out": sum(people for _union, people in left_out),
        "again": sent_before(roll),
        "file_kept": file_is_kept(roll),
        "wrong": wrong,
        "effects": [(key, RollRow.Effect(key).label, n) for key, n in _effects(roll)],
        "changes": [(COLUMNS[key], n) for key, n in roll.counts.get("changes", {}).items()],
        "verdicts": [(key, VERDICTS[key], verdicts[key]) for key in VERDICTS if key in verdicts],
        "reasons": _groups(roll),
        **_rows_asked_for(request, roll, any_wrong=bool(wrong)),
        "works": roll.state in {RollImport.State.RECEIVED, RollImport.State.RUNNING},
    }


def _rows_asked_for(
    request: HttpRequest, roll: RollImport, *, any_wrong: bool
) -> dict[str, object]:
    """By verdict, effect, reason or warning; at first those to be mended, if there are any."""
    effect = chosen_of(request, "effect", RollRow.Effect.values)
    warning = chosen_of(request, "warning", WARNINGS)
    usual = Verdict.REJECTED.value if any_wrong and not effect and not warning else ""
    verdict = chosen_of(request, "verdict", VERDICTS, usual=usual)
    reason = chosen_of(request, "reason", REASON_GROUPS)
    codes = REASON_GROUPS[reason][1] if reason else ()
    rows = rows_of(roll, verdict=verdict, effect=effect, reasons=codes, warning=warning)
    page = page_of(request, rows.select_related("member"))
    return {
        "verdict": verdict,
        "reason": reason,
        "effect": effect,
        "warning": warning,
        "warned_of": WARNINGS.get(warning),
        "page": page,
        "rows": shown(page),
        "many_sheets": has_many_sheets(roll),
    }


def _absent(request: HttpRequest, roll: RollImport) -> dict[str, object]:
    """Whom it does not name: of departments that it names, and of others."""
    absences = open_absences(roll, officer(request))
    counts = {
        "absent": count_absences(absences.filter(department_named=True)),
        "absent_others": count_absences(absences.filter(department_named=False)),
    }
    come_and_gone = any(counts.values()) and roll.counts.get("effects", {}).get("new")
    return {**counts, "perhaps_same": perhaps_same(roll, officer(request)) if come_and_gone else []}


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


@allowed(runs_unions)
@require_POST
def confirm(request: HttpRequest, roll_id: int) -> HttpResponse:
    roll, shown = open_roll(request, roll_id), request.POST.get("shown")
    members.confirm_roll(roll, by=officer(request), shown=shown)
    return redirect("members_desk:roll_import", roll_id)


@allowed(runs_unions)
@require_POST
def discard(request: HttpRequest, roll_id: int) -> HttpResponse:
    members.discard_roll(open_roll(request, roll_id), by=officer(request))
    messages.success(request, _("撤下来了，读到的内容也删了。"))
    return redirect("members_desk:import")


@allowed(runs_unions)
@never_cache
def undo(request: HttpRequest, roll_id: int) -> HttpResponse:
    """What stands in the way, or what would be put back; then the deed, with its reason."""
    roll = open_roll(request, roll_id)
    form = UndoForm(request.POST or None)
    if form.is_valid():
        members.undo_roll(roll, by=officer(request), reason=form.cleaned_data["reason"])
        messages.success(request, _("撤销了，会员资料回到了导入以前的样子。"))
        return redirect("members_desk:roll_import", roll_id)
    first = rolls_to_undo_first(roll).values("pk")
    context = {
        "roll": roll,
        "form": form,
        "first": rolls_in_charge(request.user).filter(pk__in=first),
        "built": built_on(roll, officer(request)),
        "effects": would_undo(roll),
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "members/desk/undo.html", context, status=status)


@allowed(runs_unions)
@never_cache
def annotated(request: HttpRequest, roll_id: int) -> HttpResponse:
    """The sender's own table, with a column of what to mend beside the rows that wait."""
    roll = open_roll(request, roll_id)
    content = annotated_copy(roll)
    if content is None:  # let go
        raise Http404
    response = HttpResponse(content, content_type=XLSX)
    name = quote(_("{file} 要改的.xlsx").format(file=PurePath(roll.file_name).stem))
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response


@allowed(runs_unions)
@never_cache
def report(request: HttpRequest, roll_id: int) -> HttpResponse:
    """A line for each row, in codes: no names, no numbers."""
    columns = ("sheet", "row", "verdict", "reason_codes", "normalisations", "warnings")
    rows = rows_of(open_roll(request, roll_id)).values_list(*columns)
    response = HttpResponse(write_report(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="roll-{roll_id}.csv"'
    return response
