"""Lists of the lecture halls that may leave the house: of a phase only whom one is in charge of."""

from __future__ import annotations

from itertools import chain
from typing import Any

from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from unionhall.base.exports.lists import Filters, Found, ListColumn, ListToExport
from unionhall.domain.lectures.models import Phase, Series
from unionhall.domain.lectures.queries import (
    not_started_below,
    phases_for,
    report_of,
    searched,
    series_for,
    taking_part,
)
from unionhall.domain.lectures.queries.signing import (
    LINES_ON_A_PAGE,
    Line,
    pages_to_sign,
    winners_below,
)
from unionhall.domain.lectures.rules import Line as UnionLine
from unionhall.people.accounts.models import User
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import chosen_union

PASSED = _("及格了")


def _phase(user: User, filters: Filters) -> Phase:
    """The published phase in the address, if ``user`` is in charge of it."""
    asked = filters.get("phase", "")
    if not asked.isdecimal():
        raise Phase.DoesNotExist
    return phases_for(user).exclude(series__state=Series.State.DRAFT).get(pk=asked)


def _of(phase: Phase, rows: Any) -> Found[Any]:  # noqa: ANN401 — rows of any kind
    return Found(rows, phase, phase.series.union_id, phase.title)


def _people(user: User, filters: Filters) -> Found[Any]:
    phase = _phase(user, filters)
    return _of(phase, taking_part(phase, user))


def _yes(step: bool) -> str:  # noqa: FBT001 — a cell's value
    return now_("是") if step else ""


PEOPLE = ListToExport(
    name="lectures.people",
    title=_("参加的人"),
    columns=[
        ListColumn("name", _("姓名"), lambda one: one.name),
        ListColumn("union", _("工会"), lambda one: one.union_name, width=40),
        ListColumn("handed_in", _("已交卷"), lambda one: _yes(one.handed_in), width=8),
        ListColumn("passed", PASSED, lambda one: _yes(one.passed), width=8),
        ListColumn("won", _("得奖"), lambda one: _yes(one.won), width=8),
    ],
    find=_people,
    may=runs_unions,
)


def _unions(user: User, filters: Filters) -> Found[UnionLine]:
    phase = _phase(user, filters)
    return _of(phase, report_of(phase))


UNIONS = ListToExport(
    name="lectures.unions",
    title=_("按工会的结果"),
    columns=[
        ListColumn("union", _("工会"), lambda one: one.name, width=40),
        ListColumn("entitled", _("能参加"), lambda one: one.entitled, "integer"),
        ListColumn("started", _("开始了"), lambda one: one.started, "integer"),
        ListColumn("passed", PASSED, lambda one: one.passed, "integer"),
        ListColumn("won", _("得奖"), lambda one: one.won, "integer"),
    ],
    find=_unions,
    may=runs_unions,
)


def _not_started(user: User, filters: Filters) -> Found[Any]:
    phase = _phase(user, filters)
    return _of(phase, not_started_below(phase, user))


NOT_STARTED = ListToExport(
    name="lectures.not_started",
    title=_("还没开始的人"),
    columns=[
        ListColumn("name", _("姓名"), lambda one: one.name),
        ListColumn("union", _("工会"), lambda one: one.union_name, width=40),
    ],
    find=_not_started,
    may=runs_unions,
)


def _to_sign(user: User, filters: Filters) -> Found[Line]:
    phase = _phase(user, filters)
    return _of(phase, [*chain(*pages_to_sign(phase, list(winners_below(phase, user))))])


TO_SIGN = ListToExport(
    name="lectures.winners_to_sign",
    title=_("领奖签收表"),
    columns=[
        ListColumn("place", _("名次"), lambda one: one.place, "integer", 6),
        ListColumn("name", _("姓名"), lambda one: one.name, width=10),
        ListColumn("unit", _("单位"), lambda one: one.unit, width=26),
        ListColumn("prize", _("奖品"), lambda one: one.prize, width=16),
        ListColumn("prizes", _("份数"), lambda one: one.prizes, "integer", 6),
        ListColumn("signed", _("签名"), lambda _one: None, width=18),
        ListColumn("day", _("日期"), lambda _one: None, width=10),
    ],
    find=_to_sign,
    may=runs_unions,
    rows_on_a_page=LINES_ON_A_PAGE + 1,
)


def _series(user: User, filters: Filters) -> Found[Any]:
    top = chosen_union(user, "")
    text, state = filters.get("q", "").strip(), filters.get("state", "")
    words = [text, str(dict(Series.State.choices).get(state, ""))]
    rows = searched(series_for(user), text=text, state=state)
    return Found(rows, top, top.pk, top.name, narrowed="；".join(filter(None, words)))


SERIES = ListToExport(
    name="lectures.series",
    title=_("大讲堂"),
    columns=[
        ListColumn("title", _("名称"), lambda one: one.title, width=40),
        ListColumn("union", _("主办"), lambda one: one.union.name, width=30),
        ListColumn("phases", _("几期"), lambda one: one.phase_count, "integer", 6),
        ListColumn("opens_at", _("开始"), lambda one: one.opens_at, "datetime", 18),
        ListColumn("closes_at", _("结束"), lambda one: one.closes_at, "datetime", 18),
        ListColumn("state", _("状态"), lambda one: one.get_state_display(), width=10),
    ],
    find=_series,
    may=runs_unions,
)

LISTS = [PEOPLE, UNIONS, NOT_STARTED, TO_SIGN, SERIES]
