"""What is entered and taken out at the desk while a phase runs: people on paper, lists and reports."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.base.spreadsheets import Column, SheetToWrite, write_xlsx
from unionhall.domain.lectures.models import Phase
from unionhall.domain.lectures.queries.running import (
    not_started_below,
    report_of,
    taking_part,
)
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import Attempt
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member


@transaction.atomic
def enter_on_paper(phase: Phase, *, member: Member, score: int, by: User) -> Attempt:
    """Enter somebody who took part on paper: she stands in line with the others as of now."""
    if phase.contest is None or phase.closed_at:
        raise Refused(
            _("没有登记上。"),
            why=_("这一期已经结束，或者还没发布。"),
            next=_("纸质试卷要在结束以前登记。"),
            code="not_running",
        )
    return quiz.enter_on_paper(phase.contest, member, score=score, by=by)


@transaction.atomic
def export_not_started(phase: Phase, *, by: User) -> bytes:
    """A workbook of whom ``by`` is in charge of and who has not started: names and unions. Noted in the ledger."""
    members = [list(row) for row in not_started_below(phase, by).values_list("name", "union_name")]
    ledger.record(
        "lectures.not_started_exported",
        phase,
        by=by,
        union_id=phase.series.union_id,
        rows=len(members),
    )
    columns = [Column(_("姓名")), Column(_("工会"), width=40)]
    return write_xlsx(SheetToWrite(_("还没开始的人"), columns, members))


@transaction.atomic
def export_report(phase: Phase, *, by: User) -> bytes:
    """The report of a phase as a workbook: by union, and by name. Noted in the ledger."""
    lines, people = _union_rows(phase), _people_rows(phase, by)
    ledger.record(
        "lectures.report_exported",
        phase,
        by=by,
        union_id=phase.series.union_id,
        rows=len(lines) + len(people),
    )
    passed, won = pgettext("count", "及格"), _("得奖")
    return write_xlsx(
        _sheet(_("按工会"), [_("工会"), _("能参加"), _("开始了"), passed, won], lines),
        _sheet(_("参加的人"), [_("姓名"), _("工会"), _("已交卷"), passed, won], people),
    )


def _sheet(name: str, headings: list[str], rows: list[list[str | int]]) -> SheetToWrite:
    union = _("工会")
    columns = [Column(heading, width=40 if heading == union else 16) for heading in headings]
    return SheetToWrite(name, columns, rows)


def _union_rows(phase: Phase) -> list[list[str | int]]:
    return [
        [line.name, line.entitled, line.started, line.passed, line.won] for line in report_of(phase)
    ]


def _people_rows(phase: Phase, by: User) -> list[list[str | int]]:
    yes = _("是")
    columns = ("name", "union_name", "handed_in", "passed", "won")
    rows = taking_part(phase, by).values_list(*columns)
    return [[name, union, *(yes if step else "" for step in steps)] for name, union, *steps in rows]
