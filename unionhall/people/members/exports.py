"""Lists of people that may leave the house; numbers are masked."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext_lazy as _

from unionhall.base.exports.lists import Filters, Found, ListColumn, ListToExport
from unionhall.base.exports.narrowing import told
from unionhall.base.tables import Verdict
from unionhall.base.wording import VERDICTS, Text
from unionhall.people.accounts.models import User
from unionhall.people.members.actions.figures import read_figures
from unionhall.people.members.forms import DaysForm, RollFilter
from unionhall.people.members.models import (
    Absence,
    Member,
    Membership,
    Reorganisation,
    RollImport,
    RollRow,
    TransferRequest,
)
from unionhall.people.members.queries import (
    bulk_deed_in_charge,
    open_absences,
    people_of_bulk,
    roll_in_charge,
    rolls_in_charge,
    rows_of,
    seen_by,
    transfers_in_charge,
)
from unionhall.people.members.queries.decided import decided_absences
from unionhall.people.members.queries.figures import Line, groups
from unionhall.people.members.queries.reorganisations import reorganisations_in_charge
from unionhall.people.members.queries.shown import Shown, shown
from unionhall.people.members.queries.transfers import Seen
from unionhall.people.members.rules import masked_id, masked_phone
from unionhall.people.members.wording import REASON_GROUPS, WARNINGS
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import chosen_union

READ = (
    "standing", "department", "joined_on", "union__name", "member__name", "member__sex",
    "member__skill_grade", "member__phone", "member__id_number", "member__born_on",
    "member__ethnicity", "member__education", "member__employment",
)  # fmt: skip


def _roll(user: User, filters: Filters) -> Found[Any]:
    if filters.get("bulk", "").isdecimal():
        return _chosen(user, int(filters["bulk"]))
    union = chosen_union(user, filters.get("union", ""))
    form = RollFilter.of(filters)
    rows, narrowed = form.part_of(union), told(form)
    return Found(rows, union, union.pk, union.name, narrowed=narrowed, values=READ)


def _chosen(user: User, bulk_id: int) -> Found[Any]:
    """Those who were chosen for one deed."""
    bulk = bulk_deed_in_charge(user, bulk_id)
    rows, union = people_of_bulk(bulk, user), bulk.union
    return Found(rows, union, union.pk, union.name, narrowed=bulk.told or "", values=READ)


ROLL = ListToExport(
    name="members.roll",
    title=_("会员"),
    columns=[
        ListColumn("name", _("姓名"), attrgetter("member__name")),
        ListColumn("sex", _("性别"), attrgetter("member__sex"), width=6, labels=Member.Sex.choices),
        ListColumn("union", _("工会"), attrgetter("union__name"), width=30),
        ListColumn("department", _("部门"), attrgetter("department")),
        ListColumn(
            "standing",
            _("会籍"),
            attrgetter("standing"),
            width=10,
            labels=Membership.Standing.choices,
        ),
        ListColumn(
            "grade",
            _("技能等级"),
            attrgetter("member__skill_grade"),
            labels=Member.SkillGrade.choices,
        ),
        ListColumn("phone", _("手机"), lambda one: masked_phone(one.member__phone or "")),
        ListColumn("id", _("证件号码"), lambda one: masked_id(one.member__id_number), width=22),
        ListColumn("joined_on", _("入会日期"), attrgetter("joined_on"), "date"),
        ListColumn("born_on", _("出生日期"), attrgetter("member__born_on"), "date", chosen=False),
        ListColumn("ethnicity", _("民族"), attrgetter("member__ethnicity"), width=8, chosen=False),
        ListColumn("education", _("学历"), attrgetter("member__education"), chosen=False),
        ListColumn(
            "employment",
            _("用工形式"),
            attrgetter("member__employment"),
            chosen=False,
            labels=Member.Employment.choices,
        ),
    ],
    find=_roll,
    may=runs_unions,
)


def _rolls(user: User, _filters: Filters) -> Found[RollImport]:
    top = chosen_union(user, "")
    return Found(rolls_in_charge(user), about=top, union_id=top.pk, called=top.name)


def _refused(roll: RollImport) -> int:
    verdicts: dict[str, int] = roll.counts.get("verdicts", {})
    return verdicts.get(Verdict.REJECTED, 0)


ROLLS = ListToExport(
    name="members.rolls",
    title=_("传过的名册"),
    columns=[
        ListColumn("file", _("文件"), lambda one: one.called, width=40),
        ListColumn("union", _("工会"), lambda one: one.union.name, width=30),
        ListColumn("by", _("谁传的"), lambda one: one.sender),
        ListColumn("created_at", _("上传时间"), lambda one: one.created_at, "datetime", 18),
        ListColumn(
            "state", _("状态"), lambda one: one.state, labels=RollImport.State.choices, width=20
        ),
        ListColumn("rows", _("行数"), lambda one: one.rows, "integer"),
        ListColumn("refused", _("等你改"), _refused, "integer"),
    ],
    find=_rolls,
    may=runs_unions,
)


def _roll_asked(user: User, filters: Filters) -> RollImport:
    """The roll in the address, if she is in charge of its union."""
    asked = filters.get("roll", "")
    if not asked.isdecimal():
        raise RollImport.DoesNotExist
    return roll_in_charge(user, int(asked))


def _roll_rows(user: User, filters: Filters) -> Found[Shown]:
    roll = _roll_asked(user, filters)
    verdict, effect = filters.get("verdict", ""), filters.get("effect", "")
    group, codes = REASON_GROUPS.get(filters.get("reason", ""), ("", ()))
    warning = filters.get("warning", "")
    rows = rows_of(roll, verdict=verdict, effect=effect, reasons=codes, warning=warning)
    effects = dict(RollRow.Effect.choices)
    words = [VERDICTS.get(verdict), effects.get(effect), group, WARNINGS.get(warning)]
    narrowed = "；".join(str(one) for one in words if one)
    people = rows.select_related("member")
    return Found(people, roll, roll.union_id, roll.called, narrowed=narrowed, read=shown)


def _to_mend(row: Shown) -> str:
    return "\n".join(
        _("{column}“{written}”：{what}。{why}。{next}。").format(
            column=fault.column, written=fault.written, **fault.wording._asdict()
        )
        for fault in row.faults
    )


def _changes(row: Shown) -> str:
    return "\n".join(
        _("{column}：{was}，改成{now}").format(column=one.column, was=one.was, now=one.now)
        for one in row.changes
    )


ROLL_ROWS = ListToExport(
    name="members.roll_rows",
    title=_("名册的逐行结果"),
    columns=[
        ListColumn("sheet", _("工作表"), lambda one: one.row.sheet, width=12, chosen=False),
        ListColumn("row", _("行"), lambda one: one.row.row, "integer", 8),
        ListColumn("about", _("写的是谁"), lambda one: one.about),
        ListColumn("verdict", _("结果"), lambda one: str(one.verdict)),
        ListColumn(
            "effect",
            _("怎么办"),
            lambda one: one.row.effect,
            labels=RollRow.Effect.choices,
            width=20,
        ),
        ListColumn("to_mend", _("要改的地方"), _to_mend, width=60),
        ListColumn("notes", _("说明"), lambda one: "\n".join(map(str, one.notes)), width=40),
        ListColumn("changes", _("和原来不同"), _changes, width=40),
        ListColumn(
            "codes", _("原因代码"), lambda one: ";".join(one.row.reason_codes), chosen=False
        ),
    ],
    find=_roll_rows,
    may=runs_unions,
)


def _absent(user: User, filters: Filters) -> Found[Absence]:
    roll = _roll_asked(user, filters)
    of = filters.get("of", "")
    if of == "decided":
        absences, narrowed = decided_absences(roll, user), str(_("已经办了"))
    else:
        absences = open_absences(roll, user).filter(department_named=of != "others")
        narrowed = ""
    return Found(absences, roll, roll.union_id, roll.called, narrowed=narrowed)


def _said(absence: Absence) -> str:
    return absence.get_reason_display() or absence.get_decision_display()


def _phone_while_here(absence: Absence) -> str:
    """Of somebody who left, nobody here need know how she is reached now."""
    here = absence.membership.left_on is None
    return absence.membership.masked_phone if here else ""


ABSENT = ListToExport(
    name="members.absent",
    title=_("不在名册里的会员"),
    columns=[
        ListColumn("name", _("姓名"), lambda one: one.membership.member.name),
        ListColumn("union", _("工会"), lambda one: one.membership.union.name, width=30),
        ListColumn("department", _("部门"), lambda one: one.membership.department),
        ListColumn(
            "standing",
            _("会籍"),
            lambda one: one.membership.standing,
            width=10,
            labels=Membership.Standing.choices,
        ),
        ListColumn("phone", _("手机"), _phone_while_here),
        ListColumn("joined_on", _("入会日期"), lambda one: one.membership.joined_on, "date"),
        ListColumn("said", _("怎么回事"), _said, width=20),
        ListColumn("note", _("备注"), lambda one: one.note, width=30),
    ],
    find=_absent,
    may=runs_unions,
)


def _transfers(user: User, filters: Filters) -> Found[Seen]:
    requests, state = transfers_in_charge(user), filters.get("state", "")
    narrowed = dict(TransferRequest.State.choices).get(state, "")
    if narrowed:
        requests = requests.filter(state=state)
    top = chosen_union(user, "")
    read = partial(seen_by, user)
    return Found(requests, top, top.pk, top.name, narrowed=str(narrowed), read=read)


def _old_union(seen: Seen) -> str:
    """Named to its own side alone."""
    return seen.from_union.name if seen.from_union else str(_("别的工会"))


TRANSFERS = ListToExport(
    name="members.transfers",
    title=_("会员接转"),
    columns=[
        ListColumn("name", _("姓名"), lambda one: one.request.member.name),
        ListColumn(
            "id", _("证件号码"), lambda one: masked_id(one.request.member.id_number), width=22
        ),
        ListColumn("from", _("从哪里"), _old_union, width=30),
        ListColumn("to", _("到哪里"), lambda one: one.request.to_union.name, width=30),
        ListColumn("asked_at", _("提出"), lambda one: one.request.asked_at, "datetime", 18),
        ListColumn(
            "state",
            _("状态"),
            lambda one: one.request.state,
            labels=TransferRequest.State.choices,
        ),
        ListColumn("decided_at", _("答复时间"), lambda one: one.request.decided_at, "datetime", 18),
    ],
    find=_transfers,
    may=runs_unions,
)


def _reorganisations(user: User, _filters: Filters) -> Found[Any]:
    top = chosen_union(user, "")
    return Found(reorganisations_in_charge(user), top, top.pk, top.name)


REORGANISATIONS = ListToExport(
    name="members.reorganisations",
    title=_("工会变动"),
    columns=[
        ListColumn("union", _("工会"), lambda one: one.union.name, width=40),
        ListColumn("kind", _("办了什么"), lambda one: one.kind, labels=Reorganisation.Kind.choices),
        ListColumn("other", _("到哪里"), lambda one: one.other.name, width=40),
        ListColumn("people", _("会员"), lambda one: one.people, "integer"),
        ListColumn("at", _("时间"), lambda one: one.at, "datetime", 18),
        ListColumn("by", _("谁办的"), lambda one: str(one.by or "")),
        ListColumn("reason", _("为什么"), lambda one: one.reason, width=40),
        ListColumn("state", _("状态"), lambda one: one.state, labels=Reorganisation.State.choices),
    ],
    find=_reorganisations,
    may=runs_unions,
)


def _figures(user: User, filters: Filters) -> Found[tuple[Text, Line]]:
    union = chosen_union(user, filters.get("union", ""))
    form = DaysForm(filters)
    day, other = form.days()
    read, before = read_figures(union, day), read_figures(union, other) if other else None
    told_figures = groups(read.figures or {}, before and before.figures)
    rows = [(heading, line) for heading, lines in told_figures for line in lines]
    return Found(rows, union, union.pk, union.name, narrowed=told(form))


FIGURES = ListToExport(
    name="members.figures",
    title=_("统计"),
    columns=[
        ListColumn("group", _("分组"), lambda one: str(one[0]), width=24),
        ListColumn("label", _("类别"), lambda one: str(one[1].label), width=36),
        ListColumn("now", _("这一天"), lambda one: one[1].now, "integer"),
        ListColumn("before", _("另一天"), lambda one: one[1].before, "integer", chosen=False),
    ],
    find=_figures,
    may=runs_unions,
)

LISTS: list[ListToExport[Any]] = [
    *(ROLL, ROLLS, ROLL_ROWS, ABSENT, TRANSFERS, REORGANISATIONS, FIGURES),
]
