"""The keys of programs as a list to take along; no secret is in it, for none is kept."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from django.utils.translation import gettext_lazy as _

from unionhall.base.exports.lists import Filters, Found, ListColumn, ListToExport
from unionhall.people.accounts.models import User
from unionhall.people.programs.forms import KeyFilter
from unionhall.people.programs.models import ProgramKey
from unionhall.people.programs.queries import keys_in_charge
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import chosen_union


def _keys(user: User, filters: Filters) -> Found[ProgramKey]:
    top = chosen_union(user, "")
    keys = keys_in_charge(user, **KeyFilter(filters).said())
    return Found(keys, about=top, union_id=top.pk, called=top.name)


def _may(key: ProgramKey) -> str:
    return str(_("、")).join(key.told_scopes)


KEYS = ListToExport(
    name="programs.keys",
    title=_("程序密钥"),
    columns=[
        ListColumn("name", _("哪个系统"), lambda one: one.name, width=24),
        ListColumn("prefix", _("开头"), lambda one: one.prefix),
        ListColumn("union", _("工会"), lambda one: one.union.name, width=30),
        ListColumn("may", _("可以做什么"), _may, width=30),
        ListColumn("by", _("谁发的"), lambda one: str(one.issued_by)),
        ListColumn("issued_at", _("发出"), lambda one: one.issued_at, "datetime", 18),
        ListColumn("ends_on", _("用到哪天"), lambda one: one.ends_on, "date"),
        ListColumn("last_used_on", _("最近用过"), lambda one: one.last_used_on, "date"),
        ListColumn(
            "state", _("状态"), attrgetter("state"), labels=ProgramKey.State.choices, width=18
        ),
    ],
    find=_keys,
    may=runs_unions,
)

LISTS: list[ListToExport[Any]] = [KEYS]
