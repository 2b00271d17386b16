"""The list of an officer's cases may leave the house: what, where it stands, by when; never what was written in it."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from unionhall.base.exports.lists import Filters, Found, ListColumn, ListToExport
from unionhall.base.exports.narrowing import told
from unionhall.kernel.casework.forms import CaseFilter
from unionhall.kernel.casework.models import Case
from unionhall.kernel.casework.queries import cases_in_charge
from unionhall.people.accounts.models import User
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import tops_in_charge


def _cases(user: User, filters: Filters) -> Found[Any]:
    form = CaseFilter(filters)
    rows = form.part_of(cases_in_charge(user), user=user, today=timezone.localdate())
    top = tops_in_charge(user)[0]
    return Found(rows, about=top, union_id=top.pk, called=top.name, narrowed=told(form))


def _kind(case: Case) -> str:
    return str(case.stages.name)


def _stage(case: Case) -> str:
    return str(case.at.name)


CASES = ListToExport(
    name="casework.cases",
    title=_("办事"),
    columns=[
        ListColumn("title", _("事由"), attrgetter("title"), width=30),
        ListColumn("kind", _("种类"), _kind),
        ListColumn("stage", _("到了哪一步"), _stage),
        ListColumn("opened", _("提出"), attrgetter("opened_at"), "datetime", 18),
        ListColumn("due", _("期限"), attrgetter("due_on"), "date"),
        ListColumn("closed", _("办完"), attrgetter("closed_at"), "datetime", 18),
        ListColumn("union", _("工会"), attrgetter("union.name"), width=30),
    ],
    find=_cases,
    may=runs_unions,
)

LISTS = [CASES]
