"""Lists of the tree that may leave the house."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Length, Substr
from django.utils.translation import gettext_lazy as _

from unionhall.base.exports.lists import Filters, Found, ListColumn, ListToExport
from unionhall.base.phones import masked_phone
from unionhall.people.accounts.models import User
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.forms import UnionFilter
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import chosen_union, in_charge_of, search


def _tree(user: User, filters: Filters) -> Found[Any]:
    form, top = UnionFilter(filters), chosen_union(user, "")
    form.is_valid()
    said = form.cleaned_data
    rows = search(in_charge_of(user), query=said.get("q", "").strip(), level=said.get("level"))
    above = Substr(OuterRef("path"), 1, Length(OuterRef("path")) - Union.steplen)
    named = Union.objects.filter(path=above).values("name")
    return Found(rows.annotate(above_name=Subquery(named)), top, top.pk, top.name)


TREE = ListToExport(
    name="unions.tree",
    title=_("工会台账"),
    columns=[
        ListColumn("name", _("工会名称"), lambda one: one.name, width=40),
        ListColumn("above", _("上级工会"), lambda one: one.above_name, width=30),
        ListColumn("level", _("组织级别"), lambda one: one.get_level_display()),
        ListColumn("uscc", _("统一社会信用代码"), lambda one: one.uscc, width=22),
        ListColumn("employer", _("单位名称"), lambda one: one.employer, width=40, chosen=False),
        ListColumn("workers", _("职工人数"), lambda one: one.workers, "integer"),
        ListColumn("members", _("会员人数"), lambda one: one.members_reported, "integer"),
        ListColumn(
            "women", _("女职工人数"), lambda one: one.women_workers, "integer", chosen=False
        ),
        ListColumn(
            "migrants", _("农民工人数"), lambda one: one.migrant_workers, "integer", chosen=False
        ),
        ListColumn("founded_on", _("建会日期"), lambda one: one.founded_on, "date"),
        ListColumn("term_ends_on", _("换届日期"), lambda one: one.term_ends_on, "date"),
        ListColumn("chair", _("主席"), lambda one: one.chair, chosen=False),
        ListColumn(
            "chair_phone",
            _("主席联系电话"),
            lambda one: masked_phone(one.chair_phone or ""),
            chosen=False,
        ),
    ],
    find=_tree,
    may=runs_unions,
)

LISTS = [TREE]
