"""Lists of the tree that may leave the house."""

from __future__ import annotations

from typing import Any

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Length, Substr
from django.utils.translation import gettext_lazy as _

from unionhall.base.exports.lists import Filters, Found, ListColumn, ListToExport
from unionhall.base.exports.narrowing import told
from unionhall.base.phones import masked_phone
from unionhall.base.wording import NOT_DATA, VERDICTS, explained
from unionhall.people.accounts.models import User
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.forms import UnionFilter
from unionhall.people.unions.models import ListImport, Office, Union
from unionhall.people.unions.queries import (
    Compared,
    chosen_union,
    compare_list,
    in_charge_of,
    judge_kept_list,
    list_in_charge,
    lists_in_charge,
    search,
    staff_of,
    under,
)
from unionhall.people.unions.wording import EFFECT_WORDS, REASONS


def _tree(user: User, filters: Filters) -> Found[Any]:
    form, top = UnionFilter(filters), chosen_union(user, filters.get("under", ""))
    form.is_valid()
    said, unions = form.cleaned_data, in_charge_of(user)
    if filters.get("under"):
        unions &= under(top).exclude(pk=top.pk)
    rows = search(unions, query=said.get("q", "").strip(), level=said.get("level"))
    above = Substr(OuterRef("path"), 1, Length(OuterRef("path")) - Union.steplen)
    named = Union.objects.filter(path=above).values("name")
    rows = rows.annotate(above_name=Subquery(named))
    return Found(rows, top, top.pk, top.name, narrowed=told(form))


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


def _offices(user: User, filters: Filters) -> Found[Any]:
    union = chosen_union(user, filters.get("union", ""))
    if filters.get("union"):
        return Found(staff_of(union), union, union.pk, union.name)
    rows = Office.objects.filter(union__in=in_charge_of(user)).select_related("user", "union")
    in_order = rows.order_by("union__path", F("until_on").desc(nulls_first=True), "-since_on")
    return Found(in_order, union, union.pk, union.name)


OFFICES = ListToExport(
    name="unions.offices",
    title=_("谁在管"),
    columns=[
        ListColumn("union", _("工会"), lambda one: one.union.name, width=40),
        ListColumn("who", _("谁"), lambda one: str(one.user)),
        ListColumn("role", _("职务"), lambda one: one.role, width=10, labels=Office.Role.choices),
        ListColumn("since_on", _("从哪天"), lambda one: one.since_on, "date"),
        ListColumn("until_on", _("到哪天"), lambda one: one.until_on, "date"),
    ],
    find=_offices,
    may=runs_unions,
)


def _lists(user: User, _filters: Filters) -> Found[Any]:
    top = chosen_union(user, "")
    return Found(lists_in_charge(user).defer("content"), top, top.pk, top.name)


SENT_IN = ListToExport(
    name="unions.lists",
    title=_("传过的台账"),
    columns=[
        ListColumn("file", _("文件"), lambda one: one.file_name, width=40),
        ListColumn("created_at", _("上传时间"), lambda one: one.created_at, "datetime", 18),
        ListColumn(
            "state", _("状态"), lambda one: one.state, labels=ListImport.State.choices, width=20
        ),
        ListColumn("founded", _("新登记"), lambda one: one.counts.get("founded"), "integer"),
        ListColumn("updated", _("更新"), lambda one: one.counts.get("updated"), "integer"),
        ListColumn("refused", _("等你改"), lambda one: one.counts.get("rejected"), "integer"),
    ],
    find=_lists,
    may=runs_unions,
)


def _list_rows(user: User, filters: Filters) -> Found[Compared]:
    asked = filters.get("list", "")
    if not asked.isdecimal():
        raise ListImport.DoesNotExist
    sent, top = list_in_charge(user, int(asked)), chosen_union(user, "")
    rows = compare_list(judge_kept_list(sent, user), within=in_charge_of(user))
    verdict, effect = filters.get("verdict", ""), filters.get("effect", "")
    if verdict in VERDICTS:
        rows = [one for one in rows if one.verdict.verdict == verdict]
    if effect in EFFECT_WORDS:
        rows = [one for one in rows if one.effect == effect]
    words = [VERDICTS.get(verdict, ""), EFFECT_WORDS.get(effect, "")]
    narrowed = "；".join(str(one) for one in words if one)
    return Found(rows, sent, top.pk, sent.file_name, narrowed=narrowed)


def _named(row: Compared) -> str:
    return row.verdict.values.name if row.verdict.values else row.verdict.about


def _to_mend(row: Compared) -> str:
    return "\n".join(
        _("{what}。{why}。{next}。").format(**explained(reason, REASONS)._asdict())
        for reason in row.verdict.reasons
        if reason.code not in NOT_DATA
    )


def _changes(row: Compared) -> str:
    return "\n".join(
        _("{column}：{was}，改成{now}").format(column=one.label, was=one.old, now=one.new)
        for one in row.changes
    )


LIST_ROWS = ListToExport(
    name="unions.list_rows",
    title=_("台账的逐行结果"),
    columns=[
        ListColumn("sheet", _("工作表"), lambda one: one.verdict.sheet, width=12, chosen=False),
        ListColumn("row", _("行"), lambda one: one.verdict.row, "integer", 8),
        ListColumn("about", _("写的是谁"), _named, width=40),
        ListColumn(
            "verdict", _("结果"), lambda one: one.verdict.verdict.value, labels=VERDICTS.items()
        ),
        ListColumn("effect", _("怎么办"), lambda one: one.effect, labels=EFFECT_WORDS.items()),
        ListColumn("to_mend", _("要改的地方"), _to_mend, width=60),
        ListColumn("changes", _("和原来不同"), _changes, width=40),
    ],
    find=_list_rows,
    may=runs_unions,
)

LISTS: list[ListToExport[Any]] = [TREE, OFFICES, SENT_IN, LIST_ROWS]
