"""The officer's verbs while a phase runs and after: the rush, reminders, paper, an early end, the report."""

from __future__ import annotations

import datetime as dt
from typing import cast

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema

from unionhall.base.api import OnlyFor, QueryText, cleaned, paged
from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures import rules
from unionhall.domain.lectures.forms import ClosingForm, PlacesForm
from unionhall.domain.lectures.models import Mailing, Phase, PlacesChange, Series
from unionhall.domain.lectures.queries import (
    Rush,
    candidates_for_paper,
    last_reminder,
    not_started_below,
    on_paper,
    phases_for,
    report_of,
    rush_of,
    taking_part,
)
from unionhall.domain.quiz.models import Attempt
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member
from unionhall.people.members.queries import member_in_charge
from unionhall.people.members.rules import masked_phone
from unionhall.people.unions.access import runs_unions

router = Router(auth=OnlyFor(runs_unions))


class PlaceOut(Schema):
    """A place that was just given; the name is masked."""

    place: int
    name: str
    at: dt.datetime


class RushOut(Schema):
    """How a phase stands this second. ``without``: why there was no prize -> how many."""

    at: dt.datetime
    capacity: int
    given: int
    left: int
    answering: int
    handed_in: int
    passed: int
    without: dict[str, int]
    latest: list[PlaceOut]
    minutes_left: int | None


class WaitingOut(Schema):
    """A member who has not started."""

    id: int
    name: str
    union: str = Field(alias="union_name")


class MailingOut(Schema):
    """Sent in batches; ``done_at`` is null while it goes on."""

    asked_at: dt.datetime
    sent: int
    done_at: dt.datetime | None


class ReminderOut(Schema):
    last: MailingOut | None


class CandidateOut(WaitingOut):
    """Names are shared: told apart by union and masked phone."""

    phone: str

    @staticmethod
    def resolve_phone(member: Member) -> str:
        return masked_phone(member.phone or "")


class PaperIn(Schema):
    """A score that was counted by hand."""

    member: int
    score: int = Field(ge=0)


class PaperOut(Schema):
    attempt: int = Field(alias="pk")
    name: str = Field(alias="member.name")
    score: int
    passed_as: int | None
    place: int | None = Field(None, alias="prize.place")


class EndIn(Schema):
    because: str = Field(max_length=300, description="Everybody who took part reads it.")


class EndOut(Schema):
    closed_at: dt.datetime | None
    closed_because: str


class PlacesIn(Schema):
    """How many vouchers there are from now on."""

    places: int = Field(ge=1, le=100_000)
    because: str = Field(max_length=300, description="Everybody who may take part reads it.")


class PlacesOut(Schema):
    """``served``: who passed, found none left and has one now."""

    before: int
    after: int
    served: int
    because: str


class ReportLine(Schema):
    """One union directly below the host; the total bears no name."""

    name: str
    entitled: int
    started: int
    passed: int
    won: int


class ReportOut(Schema):
    lines: list[ReportLine]
    total: ReportLine


class ParticipantOut(WaitingOut):
    """Scores are for each alone."""

    handed_in: bool
    passed: bool
    won: bool


@router.get("/phases/{phase_id}/live/", response=RushOut, operation_id="lectures_desk_live")
def live(request: HttpRequest, phase_id: int) -> Rush:
    """The rush as it is now; not more often than every two seconds, please."""
    return rush_of(_phase(request, phase_id))


@router.get(
    "/phases/{phase_id}/not-started/",
    response=list[WaitingOut],
    operation_id="lectures_desk_waiting",
)
@paged()
def waiting(request: HttpRequest, phase_id: int) -> QuerySet[Member]:
    """Everybody entitled who has neither opened the lecture nor begun the quiz, by name."""
    return not_started_below(_phase(request, phase_id), _me(request))


@router.get(
    "/phases/{phase_id}/not-started/reminder/",
    response=ReminderOut,
    operation_id="lectures_desk_reminder",
)
def reminder(request: HttpRequest, phase_id: int) -> dict[str, Mailing | None]:
    """When they were reminded last, and how many were."""
    return {"last": last_reminder(_phase(request, phase_id))}


@router.post(
    "/phases/{phase_id}/not-started/reminder/",
    response=MailingOut,
    operation_id="lectures_desk_remind",
)
def remind(request: HttpRequest, phase_id: int) -> Mailing:
    """Remind them, in batches."""
    return lectures.remind_not_started(_phase(request, phase_id), by=_me(request))


@router.get(
    "/phases/{phase_id}/paper/candidates/",
    response=list[CandidateOut],
    operation_id="lectures_desk_candidates",
)
def candidates(request: HttpRequest, phase_id: int, q: QueryText) -> QuerySet[Member]:
    """Members entitled to the phase, by name or phone; at most ten."""
    return candidates_for_paper(_phase(request, phase_id), _me(request), q)


@router.get(
    "/phases/{phase_id}/paper/", response=list[PaperOut], operation_id="lectures_desk_on_paper"
)
@paged()
def entered(request: HttpRequest, phase_id: int) -> QuerySet[Attempt]:
    """Who was entered at the desk, newest first."""
    return on_paper(_phase(request, phase_id), _me(request))


@router.post("/phases/{phase_id}/paper/", response=PaperOut, operation_id="lectures_desk_paper")
def enter(request: HttpRequest, phase_id: int, given: PaperIn) -> Attempt:
    """Enter a participant on paper, in the same order as all others."""
    phase = _phase(request, phase_id)
    member = member_in_charge(request.user, given.member)
    return lectures.enter_on_paper(phase, member=member, score=given.score, by=_me(request))


@router.put("/phases/{phase_id}/places/", response=PlacesOut, operation_id="lectures_desk_places")
def places(request: HttpRequest, phase_id: int, given: PlacesIn) -> PlacesChange:
    """More vouchers, or fewer, but never below what was given; asked twice is once."""
    phase, form = _phase(request, phase_id), PlacesForm(given.model_dump())
    if phase.offer_id is None:
        raise Http404
    return lectures.change_places(phase, **cleaned(form), by=_me(request))


@router.post("/phases/{phase_id}/end/", response=EndOut, operation_id="lectures_desk_end")
def end(request: HttpRequest, phase_id: int, given: EndIn) -> Phase:
    """End it before its time; vouchers that were given stay good."""
    because = cleaned(ClosingForm(given.model_dump()))["because"]
    return lectures.close_early(_phase(request, phase_id), because=because, by=_me(request))


@router.get("/phases/{phase_id}/report/", response=ReportOut, operation_id="lectures_desk_report")
def report(request: HttpRequest, phase_id: int) -> dict[str, object]:
    """What came of it, by union."""
    lines = report_of(_phase(request, phase_id))
    return {"lines": lines, "total": rules.total(lines)}


@router.get(
    "/phases/{phase_id}/participants/",
    response=list[ParticipantOut],
    operation_id="lectures_desk_participants",
)
@paged()
def participants(request: HttpRequest, phase_id: int) -> QuerySet[Member]:
    """The participants whom the officer is in charge of, by name."""
    return taking_part(_phase(request, phase_id), _me(request))


def _phase(request: HttpRequest, phase_id: int) -> Phase:
    """A published phase that she is in charge of."""
    return phases_for(_me(request)).exclude(series__state=Series.State.DRAFT).get(pk=phase_id)


def _me(request: HttpRequest) -> User:
    return cast("User", request.user)
