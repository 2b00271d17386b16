"""The lessons as a list that may leave the house."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from unionhall.base.exports.lists import Filters, Found, ListColumn, ListToExport
from unionhall.domain.learning.models import Lesson
from unionhall.domain.learning.queries import lessons_within
from unionhall.people.accounts.models import User
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import chosen_union, in_charge_of


def _lessons(user: User, _filters: Filters) -> Found[Lesson]:
    top = chosen_union(user, "")
    rows = lessons_within(in_charge_of(user)).select_related("union")
    return Found(rows, top, top.pk, top.name)


LESSONS = ListToExport(
    name="learning.lessons",
    title=_("讲座"),
    columns=[
        ListColumn("title", _("讲座"), lambda one: one.title, width=40),
        ListColumn("speaker", _("讲师"), lambda one: one.speaker),
        ListColumn("kind", _("形式"), lambda one: one.get_kind_display(), width=8),
        ListColumn("minutes", _("分钟"), lambda one: one.milliseconds / 60_000, "number"),
        ListColumn("union", _("工会"), lambda one: one.union.name, width=30),
        ListColumn("created_at", _("上传时间"), lambda one: one.created_at, "datetime", 18),
    ],
    find=_lessons,
    may=runs_unions,
)

LISTS = [LESSONS]
