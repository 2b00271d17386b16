"""What a case looks like: its story line by line, and the way from here on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from unionhall.base.files.models import PrivateFile
from unionhall.kernel.casework.models import Case, CaseFile, Event
from unionhall.kernel.casework.stages import Stage
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Office
from unionhall.people.unions.queries import in_charge_of

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True)
class Line:
    """One line of the story. ``event`` has its text and its papers."""

    event: Event
    title: str
    who: str
    given_to: str


@dataclass(frozen=True)
class Step:
    """A station on the way as she sees it: done, now, or one that may come."""

    title: str
    note: str
    state: str  # done, now, late, or nothing


def story_of(case: Case) -> list[Line]:
    """What happened, oldest first, as far as it is shown to her who asked. Two statements."""
    papers = CaseFile.objects.select_related("file").filter(is_shown=True).order_by("pk")
    events = case.events.select_related("by", "given_to").filter(is_shown=True)
    shown = events.prefetch_related(Prefetch("files", papers)).order_by("pk")
    return [_line(one, case, _name) for one in shown]


def whole_story_of(case: Case, *, to: User) -> list[Line]:
    """All that happened. Officers of unions that ``to`` does not run are not named to her. Three statements."""
    papers = CaseFile.objects.select_related("file").order_by("pk")
    events = list(
        case.events.select_related("by", "given_to")
        .prefetch_related(Prefetch("files", papers))
        .order_by("pk")
    )
    doers = {one.by_id for one in events} | {one.given_to_id for one in events}
    named = partial(_named, known=_known_to(to, doers - {None}) | {case.applicant_id})
    return [_line(one, case, named) for one in events]


def handler_of(case: Case, *, to: User) -> str:
    """Whose it is at present, as ``to`` may know it; empty where nobody has it. One statement."""
    return _named(case.handler, known=_known_to(to, {case.handler_id})) if case.handler else ""


def _known_to(user: User, doers: set[int | None]) -> set[int | None]:
    """Those of them who held an office in what she runs."""
    held = Office.objects.filter(user__in=doers, union__in=in_charge_of(user).values("pk"))
    return {*held.values_list("user", flat=True), user.pk}


def _named(user: User | None, known: set[int | None]) -> str:
    return _name(user) if user is None or user.pk in known else _("别的工会的干事")


def _name(user: User | None) -> str:
    return user.name if user else ""


def _line(event: Event, case: Case, named: Callable[[User | None], str]) -> Line:
    return Line(event, _title_of(event, case), named(event.by), named(event.given_to))


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
