"""The list of an officer's applications may leave the house; numbers are masked."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from unionhall.base.exports.lists import Filters, Found, ListColumn, ListToExport
from unionhall.base.exports.narrowing import told
from unionhall.domain.enrolment.forms import ApplicationFilter
from unionhall.domain.enrolment.models import Application
from unionhall.domain.enrolment.queries import applications_in_charge
from unionhall.people.members.rules import masked_id
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import tops_in_charge

if TYPE_CHECKING:
    from unionhall.people.accounts.models import User


def _applications(user: User, filters: Filters) -> Found[Any]:
    form = ApplicationFilter(filters)
    rows = form.part_of(applications_in_charge(user))
    top = tops_in_charge(user)[0]
    return Found(rows, about=top, union_id=top.pk, called=top.name, narrowed=told(form))


def _number(one: Application) -> str:
    return masked_id(one.id_number)


def _stage(one: Application) -> str:
    return str(one.case.at.name)


APPLICATIONS = ListToExport(
    name="enrolment.applications",
    title=_("入会申请"),
    columns=[
        ListColumn("name", _("姓名"), attrgetter("name")),
        ListColumn("id", _("证件号码"), _number, width=22),
        ListColumn(
            "situation",
            _("在哪里上班"),
            attrgetter("situation"),
            labels=Application.Situation.choices,
        ),
        ListColumn(
            "occupation",
            _("工种"),
            attrgetter("occupation"),
            labels=Application.Occupation.choices,
        ),
        ListColumn("employer", _("单位"), attrgetter("employer"), width=30),
        ListColumn("union", _("工会"), attrgetter("case.union.name"), width=30),
        ListColumn("stage", _("到了哪一步"), _stage),
        ListColumn("opened", _("提出"), attrgetter("case.opened_at"), "datetime", 18),
        ListColumn("due", _("期限"), attrgetter("case.due_on"), "date"),
        ListColumn("closed", _("办完"), attrgetter("case.closed_at"), "datetime", 18),
    ],
    find=_applications,
    may=runs_unions,
)

LISTS = [APPLICATIONS]
