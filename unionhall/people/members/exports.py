"""Lists of people that may leave the house; numbers are masked."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from unionhall.base.exports.lists import Filters, Found, ListColumn, ListToExport
from unionhall.people.accounts.models import User
from unionhall.people.members.forms import RollFilter
from unionhall.people.members.models import Member, Membership
from unionhall.people.members.rules import masked_id, masked_phone
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import chosen_union, in_charge_of, under

READ = (
    "standing", "department", "joined_on", "union__name", "member__name", "member__sex",
    "member__skill_grade", "member__phone", "member__id_number", "member__born_on",
    "member__ethnicity", "member__education", "member__employment",
)  # fmt: skip


def _roll(user: User, filters: Filters) -> Found[Membership]:
    union = chosen_union(user, filters.get("union", ""))
    rows = RollFilter(filters).part_of(under(union) & in_charge_of(user)).only(*READ)
    return Found(rows, about=union, union_id=union.pk, called=union.name)


ROLL = ListToExport(
    name="members.roll",
    title=_("会员"),
    columns=[
        ListColumn("name", _("姓名"), lambda one: one.member.name),
        ListColumn(
            "sex", _("性别"), lambda one: one.member.sex, width=6, labels=Member.Sex.choices
        ),
        ListColumn("union", _("工会"), lambda one: one.union.name, width=30),
        ListColumn("department", _("部门"), lambda one: one.department),
        ListColumn(
            "standing",
            _("会籍"),
            lambda one: one.standing,
            width=10,
            labels=Membership.Standing.choices,
        ),
        ListColumn(
            "grade",
            _("技能等级"),
            lambda one: one.member.skill_grade,
            labels=Member.SkillGrade.choices,
        ),
        ListColumn("phone", _("手机"), lambda one: masked_phone(one.member.phone or "")),
        ListColumn("id", _("证件号码"), lambda one: masked_id(one.member.id_number), width=22),
        ListColumn("joined_on", _("入会日期"), lambda one: one.joined_on, "date"),
        ListColumn("born_on", _("出生日期"), lambda one: one.member.born_on, "date", chosen=False),
        ListColumn("ethnicity", _("民族"), lambda one: one.member.ethnicity, width=8, chosen=False),
        ListColumn("education", _("学历"), lambda one: one.member.education, chosen=False),
        ListColumn(
            "employment",
            _("用工形式"),
            lambda one: one.member.employment,
            chosen=False,
            labels=Member.Employment.choices,
        ),
    ],
    find=_roll,
    may=runs_unions,
)

LISTS = [ROLL]
