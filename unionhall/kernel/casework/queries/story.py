"""What a case looks like: its story line by line, and the way from here on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from unionhall.base.files.models import PrivateFile
from unionhall.kernel.casework.models import Case, CaseFile, Event
from unionhall.kernel.casework.stages import Stage

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True)
class Line:
    """One line of the story. ``event`` has its text and its papers."""

    event: Event
    title: str
    who: str


@dataclass(frozen=True)
class Step:
    """A station on the way as she sees it: done, now, or one that may come."""

    title: str
    note: str
    state: str  # done, now, late, or nothing


def story_of(case: Case, *, for_applicant: bool) -> list[Line]:
    """What happened, oldest first; to her who asked only what is shown to her. Two statements."""
    papers = CaseFile.objects.select_related("file").order_by("pk")
    if for_applicant:
        papers = papers.filter(is_shown=True)
    events = case.events.select_related("by").prefetch_related(Prefetch("files", papers))
    events = events.order_by("pk")
    if for_applicant:
        events = events.filter(is_shown=True)
    return [Line(one, _title_of(one, case), one.by.name if one.by else "") for one in events]


def _title_of(event: Event, case: Case) -> str:
    if event.what == Event.What.ADVANCED:
        return str(case.stages.stage(event.stage).name)
    return str(Event.What(event.what).label)


def steps_of(case: Case) -> list[Step]:
    """For her who asked: the stages it went through, where it is, and what ends it. One statement."""
    shown = case.events.filter(what__in=[Event.What.OPENED, Event.What.ADVANCED]).order_by("pk")
    went = [(case.stages.stage(one.stage), one.at) for one in shown]
    done = [Step(str(stage.plain), _moment(at), "done") for stage, at in went[:-1]]
    here = went[-1][0] if went else case.at
    now = Step(str(here.plain), _until(case), "done" if here.ends else "now")
    ahead = [] if here.ends else [Step(str(one.name), "", "") for one in _usual_way(case, here)]
    return [*done, now, *ahead]


def _moment(at: dt.datetime) -> str:
    return date_format(timezone.localtime(at), "m-d H:i")


def _until(case: Case) -> str:
    if case.closed_at:
        return _moment(case.closed_at)
    if case.due_on:
        return _("{day} 前有结果").format(day=date_format(case.due_on, "m-d"))
    if case.due_unknown:
        return _("按工作日算，明年的放假安排公布后才知道是哪一天")
    return ""


def _usual_way(case: Case, here: Stage) -> list[Stage]:
    """The first of each stage's ways: chapters name what usually comes first."""
    way: list[Stage] = []
    stage = here
    while stage.to and len(way) < len(case.stages.stages):
        stage = case.stages.stage(stage.to[0])
        if stage in way:
            break
        way.append(stage)
    return way


def paper_of(case: Case, file_id: int, *, for_applicant: bool) -> PrivateFile:
    """One of its papers, else ``CaseFile.DoesNotExist``."""
    papers: QuerySet[CaseFile] = case.files.select_related("file")
    if for_applicant:
        papers = papers.filter(is_shown=True)
    return papers.get(pk=file_id).file
