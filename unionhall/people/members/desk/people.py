from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unionhall.base.access import allowed
from unionhall.base.htmx import page_or_fragment
from unionhall.base.ledger.queries import entries_of
from unionhall.base.paging import page_of
from unionhall.base.spreadsheets import Column, SheetToWrite, write_xlsx
from unionhall.people.accounts.models import User
from unionhall.people.members import actions as members
from unionhall.people.members.forms import ExportForm, RollFilter
from unionhall.people.members.models import Member, Membership
from unionhall.people.members.queries import (
    member_in_charge,
    memberships_of,
    people_below,
)
from unionhall.people.members.rules import masked_id, masked_phone
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import (
    in_charge_of,
    parents_of,
    told,
    tops_in_charge,
    under,
    union_in_charge,
)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# == The roll ==


@allowed(runs_unions)
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    union, form = _chosen_union(request), RollFilter(request.GET)
    unions = under(union) & in_charge_of(request.user)
    roll = form.part_of(unions)
    context = {
        "union": union,
        "form": form,
        "page": page_of(request, roll),
        "branches": _branches(union),
        "above": parents_of(union) & in_charge_of(request.user),
        "export_form": ExportForm(),
    }
    return render(request, "members/desk/index.html", context)


def _chosen_union(request: HttpRequest) -> Union:
    """The union in the address, if she runs it; else the top of what she runs."""
    asked = request.GET.get("union", "")
    if not asked:
        return tops_in_charge(request.user)[0]
    try:
        return union_in_charge(request.user, int(asked))
    except (ValueError, Union.DoesNotExist) as error:
        raise Http404 from error


@dataclass(frozen=True)
class Branch:
    """A union right below the one that is shown, and how many people it and its own have."""

    union: Union
    people: int


def _branches(union: Union) -> list[Branch]:
    people = people_below(union)
    children = Union.objects.get_children(union)
    return sorted(
        (Branch(one, people.get(one.path, 0)) for one in children), key=lambda b: -b.people
    )


@allowed(runs_unions)
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """A workbook of what is shown, numbers masked; noted with its purpose before it leaves."""
    union, form = _chosen_union(request), ExportForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("没有导出。先选好用途。"))
        return redirect(f"{request.path_info.removesuffix('export/')}?{request.GET.urlencode()}")
    unions = under(union) & in_charge_of(request.user)
    people = list(RollFilter(request.GET).part_of(unions))
    by, purpose = _officer(request), form.cleaned_data["purpose"]
    members.note_export(union, by=by, purpose=purpose, people=len(people))
    return _download(_roll_sheet(people), f"{union.name} {timezone.localdate()}")


def _officer(request: HttpRequest) -> User:
    return cast("User", request.user)


def _roll_sheet(people: Iterable[Membership]) -> SheetToWrite:
    headings = [
        _("姓名"),
        _("性别"),
        _("工会"),
        _("部门"),
        _("会籍"),
        _("技能等级"),
        _("手机"),
        _("证件号码"),
    ]
    columns = [Column(heading, width=16) for heading in headings] + [Column(_("入会日期"), "date")]
    rows = [
        [
            one.member.name,
            one.member.get_sex_display(),
            one.union.name,
            one.department,
            one.get_standing_display(),
            one.member.get_skill_grade_display() or "",
            masked_phone(one.member.phone or ""),
            masked_id(one.member.id_number),
            one.joined_on,
        ]
        for one in people
    ]
    return SheetToWrite(_("会员"), columns, rows)


def _download(sheet: SheetToWrite, name: str) -> HttpResponse:
    response = HttpResponse(write_xlsx(sheet), content_type=XLSX)
    response["Content-Disposition"] = "attachment; filename*=UTF-8''" + quote(f"{name}.xlsx")
    return response


# == One member ==


@allowed(runs_unions)
@never_cache
def member(request: HttpRequest, member_id: int) -> HttpResponse:
    person = _member(request, member_id)
    context = {
        "person": person,
        "memberships": memberships_of(person),
        "history": told(entries_of(person)[:30]),
        "phone": masked_phone(person.phone or ""),
        "id_number": masked_id(person.id_number),
    }
    return render(request, "members/desk/member.html", context)


def _member(request: HttpRequest, member_id: int) -> Member:
    try:
        return member_in_charge(request.user, member_id)
    except Member.DoesNotExist as error:
        raise Http404 from error


@allowed(runs_unions)
@require_POST
@never_cache
def unmask(request: HttpRequest, member_id: int, field: str) -> HttpResponse:
    """One value in clear; the ledger has it before she sees it."""
    if field not in {"phone", "id_number"}:
        raise Http404
    person = _member(request, member_id)
    value = members.unmask(person, field=field, by=_officer(request))
    context = {"person": person, "field": field, "value": value}
    return page_or_fragment(
        request, "members/desk/unmasked.html", "members/desk/_unmasked.html", context
    )
