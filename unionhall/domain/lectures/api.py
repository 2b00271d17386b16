"""The same verbs for the player on the page, the mini-program and the app."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Router, Schema

from unionhall.domain.learning.queries import progress_of, watching_of
from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures.models import Phase
from unionhall.domain.lectures.queries.halls import all_phases_for, phase_for, step_of
from unionhall.domain.lectures.queries.promises import promise_of
from unionhall.people.members.models import Member
from unionhall.people.members.queries import member_of

router = Router()

Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


class PhaseLine(Schema):
    series_title: str
    phase_title: str
    opens_at: dt.datetime
    closes_at: dt.datetime
    step: str
    url: str


class PrizeOut(Schema):
    title: str
    value: str
    places: int
    left: int
    merchant: str
    valid_days: int


class PhaseOut(Schema):
    id: int
    series: str
    title: str
    audience: str
    opens_at: dt.datetime
    closes_at: dt.datetime
    contest: int
    questions: int
    full_marks: int
    pass_mark: int
    minutes: int
    attempts: int
    winners_by: str
    prize: PrizeOut | None
    step: str


class Opened(Schema):
    player: str


class Played(Schema):
    """Pieces of the video in seconds from its start, oldest first."""

    player: str = Field(max_length=64)
    pieces: list[tuple[Seconds, Seconds]] = Field(max_length=200)
    position: Seconds | None = None


class Credited(Schema):
    """``settled[i]``: piece i need not be sent again. The texts are for showing."""

    settled: list[bool]
    watched: int
    left_seconds: int
    done: bool
    left: str
    note: str
    why: str


@router.get("/phases/", response=list[PhaseLine], url_name="lectures_phases")
def phases(request: HttpRequest) -> list[object]:
    member = member_of(request.user)
    return list(all_phases_for(member)) if member else []


@router.get("/phases/{phase_id}/", response=PhaseOut, url_name="lectures_phase")
def phase(request: HttpRequest, phase_id: int) -> dict[str, object]:
    found, member = _phase(request, phase_id)
    promise = promise_of(found)
    return {
        **vars(promise), "id": found.pk, "contest": found.contest_id, "step": step_of(found, member),
    }  # fmt: skip


@router.post("/phases/{phase_id}/player/", response=Opened, url_name="lectures_player")
def player(request: HttpRequest, phase_id: int) -> dict[str, str]:
    found, member = _phase(request, phase_id)
    return {"player": lectures.open_player(found, member=member)}


@router.post("/phases/{phase_id}/watched/", response=Credited, url_name="lectures_watched")
def watched(request: HttpRequest, phase_id: int, played: Played) -> Credited:
    found, member = _phase(request, phase_id)
    report = lectures.report_watched(
        found,
        member=member,
        player=played.player,
        pieces=[(round(start * 1000), round(end * 1000)) for start, end in played.pieces],
        position_ms=None if played.position is None else round(played.position * 1000),
    )
    return _credited(found, report.settled, member)


@router.post("/phases/{phase_id}/read/", response=Credited, url_name="lectures_read")
def read(request: HttpRequest, phase_id: int) -> Credited:
    found, member = _phase(request, phase_id)
    lectures.read_text(found, member=member)
    return _credited(found, [], member)


def _credited(phase: Phase, settled: list[bool], member: Member) -> Credited:
    assert phase.lesson is not None, "published"  # noqa: S101
    progress = progress_of(phase.lesson, watching_of(phase.lesson, member))
    return Credited(
        settled=settled,
        watched=progress.watched,
        left_seconds=progress.left,
        done=progress.done,
        left=progress.headline,
        note=progress.note,
        why=progress.why,
    )


def _phase(request: HttpRequest, phase_id: int) -> tuple[Phase, Member]:
    member = member_of(request.user)
    found = phase_for(member, phase_id)
    assert member is not None, "a phase is somebody's"  # noqa: S101
    return found, member
