"""Lists of the tree that may leave the house."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Length, Substr
from django.utils.translation import gettext_lazy as _

from unionhall.base.exports.lists import Filters, Found, ListColumn, ListToExport
from unionhall.base.exports.narrowing import told
from unionhall.base.phones import masked_phone
from unionhall.base.tables import Verdict
from unionhall.base.wording import VERDICTS
from unionhall.people.accounts.models import User
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.forms import StaffFilter, TermFilter, UnionFilter
from unionhall.people.unions.models import ListImport, ListRow, Office, Union
from unionhall.people.unions.queries import (
    chosen_union,
    in_charge_of,
    list_in_charge,
    list_rows_of,
    lists_in_charge,
    offices_within,
    search,
    staff_of,
    under,
    with_parents,
)
from unionhall.people.unions.queries.shown import Shown, shown
from unionhall.people.unions.queries.terms import terms_of


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
        ListColumn("closed_on", _("撤销日期"), lambda one: one.closed_on, "date", chosen=False),
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


def _terms(user: User, filters: Filters) -> Found[Union]:
    form, top = TermFilter(filters), chosen_union(user, "")
    form.is_valid()
    said = form.cleaned_data
    rows = terms_of(in_charge_of(user), due=said.get("due", ""), level=said.get("level"))
    return Found(rows, top, top.pk, top.name, narrowed=told(form), read=with_parents)


TERMS = ListToExport(
    name="unions.terms",
    title=_("换届"),
    columns=[
        ListColumn("name", _("工会名称"), lambda one: one.name, width=40),
        ListColumn(
            "above", _("上级工会"), lambda one: one.above.name if one.above else "", width=30
        ),
        ListColumn("chair", _("主席"), lambda one: one.chair),
        ListColumn("term_years", _("届期（年）"), lambda one: one.term_years, "integer"),
        ListColumn("term_ends_on", _("换届日期"), lambda one: one.term_ends_on, "date"),
    ],
    find=_terms,
    may=runs_unions,
)


def _offices(user: User, filters: Filters) -> Found[Any]:
    union = chosen_union(user, filters.get("union", ""))
    if filters.get("union"):
        return Found(staff_of(union), union, union.pk, union.name)
    form = StaffFilter(filters)
    form.is_valid()
    rows = offices_within(in_charge_of(user), **({"when": "all"} | form.cleaned_data))
    return Found(rows, union, union.pk, union.name, narrowed=told(form))


OFFICES = ListToExport(
    name="unions.offices",
    title=_("谁在管"),
    columns=[
        ListColumn("union", _("工会"), lambda one: one.union.name, width=40),
        ListColumn("who", _("谁"), lambda one: str(one.user)),
        ListColumn("role", _("职务"), lambda one: one.role, width=10, labels=Office.Role.choices),
        ListColumn("since_on", _("从哪天"), lambda one: one.since_on, "date"),
        ListColumn("until_on", _("到哪天"), lambda one: one.until_on or one.ends_on, "date"),
        ListColumn("given_by", _("谁给的"), lambda one: str(one.given_by or "")),
        ListColumn("because", _("依据"), lambda one: one.because, width=30),
    ],
    find=_offices,
    may=runs_unions,
)


def _lists(user: User, _filters: Filters) -> Found[Any]:
    top = chosen_union(user, "")
    return Found(lists_in_charge(user), top, top.pk, top.name)


def _counted(kind: str, key: str) -> Callable[[ListImport], int]:
    return lambda sent: sent.counts.get(kind, {}).get(key, 0)


SENT_IN = ListToExport(
    name="unions.lists",
    title=_("传过的台账"),
    columns=[
        ListColumn("file", _("文件"), lambda one: one.file_name, width=40),
        ListColumn("created_at", _("上传时间"), lambda one: one.created_at, "datetime", 18),
        ListColumn(
            "state", _("状态"), lambda one: one.state, labels=ListImport.State.choices, width=20
        ),
        ListColumn("founded", _("新登记"), _counted("effects", "founded"), "integer"),
        ListColumn("updated", _("更新"), _counted("effects", "updated"), "integer"),
        ListColumn("moved", _("换上级"), _counted("effects", "moved"), "integer"),
        ListColumn("refused", _("等你改"), _counted("verdicts", Verdict.REJECTED), "integer"),
    ],
    find=_lists,
    may=runs_unions,
)


def _list_asked(user: User, filters: Filters) -> ListImport:
    asked = filters.get("list", "")
    if not asked.isdecimal():
        raise ListImport.DoesNotExist
    return list_in_charge(user, int(asked))


def _list_rows(user: User, filters: Filters) -> Found[Shown]:
    sent, top = _list_asked(user, filters), chosen_union(user, "")
    verdict, effect = filters.get("verdict", ""), filters.get("effect", "")
    rows = list_rows_of(sent, verdict=verdict, effect=effect).select_related("union")
    words = [VERDICTS.get(verdict), dict(ListRow.Effect.choices).get(effect)]
    narrowed = "；".join(str(one) for one in words if one)
    return Found(
        rows, sent, top.pk, sent.file_name, narrowed=narrowed, read=partial(shown, user=user)
    )


def _to_mend(row: Shown) -> str:
    said = _("{what}。{why}。{next}。")
    return "\n".join(said.format(**fault._asdict()) for fault in row.faults)


def _changes(row: Shown) -> str:
    said = _("{column}：{was}，改成{now}")
    return "\n".join(
        said.format(column=one.column, was=one.was, now=one.now) for one in row.changes
    )


LIST_ROWS = ListToExport(
    name="unions.list_rows",
    title=_("台账的逐行结果"),
    columns=[
        ListColumn("sheet", _("工作表"), lambda one: one.row.sheet, width=12, chosen=False),
        ListColumn("row", _("行"), lambda one: one.row.row, "integer", 8),
        ListColumn("about", _("写的是谁"), lambda one: one.about, width=40),
        ListColumn("verdict", _("结果"), lambda one: str(one.verdict)),
        ListColumn(
            "effect", _("怎么办"), lambda one: one.row.effect, labels=ListRow.Effect.choices
        ),
        ListColumn("to_mend", _("要改的地方"), _to_mend, width=60),
        ListColumn("changes", _("和原来不同"), _changes, width=40),
    ],
    find=_list_rows,
    may=runs_unions,
)


def _absent(user: User, filters: Filters) -> Found[Union]:
    sent, top = _list_asked(user, filters), chosen_union(user, "")
    left_out = sent.absent.filter(pk__in=in_charge_of(user)).order_by("path")
    return Found(left_out, sent, top.pk, sent.file_name, read=with_parents)


ABSENT = ListToExport(
    name="unions.absent",
    title=_("不在台账里的工会"),
    columns=[
        ListColumn("name", _("工会名称"), lambda one: one.name, width=40),
        ListColumn(
            "above", _("上级工会"), lambda one: one.above.name if one.above else "", width=30
        ),
        ListColumn("level", _("组织级别"), lambda one: one.level, labels=Union.Level.choices),
        ListColumn("uscc", _("统一社会信用代码"), lambda one: one.uscc, width=22),
    ],
    find=_absent,
    may=runs_unions,
)

LISTS: list[ListToExport[Any]] = [TREE, TERMS, OFFICES, SENT_IN, LIST_ROWS, ABSENT]
