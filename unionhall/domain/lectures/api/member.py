"""The same verbs for the player on the page, the mini-program and the app."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from django.http import Http404, HttpRequest
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
    phase_id: int
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


class PromiseOut(Schema):
    """What a phase promises, the same before publishing and after. ``attempts``: 0 is no limit."""

    series: str
    title: str
    audience: str
    opens_at: dt.datetime
    closes_at: dt.datetime
    questions: int
    full_marks: int
    pass_mark: int
    minutes: int
    attempts: int
    winners_by: str
    prize: PrizeOut | None


class PhaseOut(PromiseOut):
    """``step``: what there is to do for her: ``watch``, ``answer``, ``waiting``, ``done``."""

    id: int
    contest: int
    step: str


class TextOut(Schema):
    """The lecture to read, in Markdown."""

    title: str
    script: str
    done: bool


class QuizOut(Schema):
    """The contest that she may start now."""

    contest: int


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


class Progressed(Credited):
    """``position``: seconds from the start, where to go on from."""

    position: float


@router.get(
    "/phases/", response=list[PhaseLine], url_name="lectures_phases", operation_id="lectures_phases"
)
def phases(request: HttpRequest) -> list[object]:
    """Hers that go on, that will come, and that ended lately."""
    member = member_of(request.user)
    return list(all_phases_for(member)) if member else []


@router.get(
    "/phases/{phase_id}/",
    response=PhaseOut,
    url_name="lectures_phase",
    operation_id="lectures_phase",
)
def phase(request: HttpRequest, phase_id: int) -> dict[str, object]:
    """What it promises, and what there is to do for her."""
    found, member = _phase(request, phase_id)
    promise = promise_of(found)
    return {
        **vars(promise), "id": found.pk, "contest": found.contest_id, "step": step_of(found, member),
    }  # fmt: skip


@router.post(
    "/phases/{phase_id}/player/",
    response=Opened,
    url_name="lectures_player",
    operation_id="lectures_player",
)
def player(request: HttpRequest, phase_id: int) -> dict[str, str]:
    """Open the player: its token is the one that counts from now on."""
    found, member = _phase(request, phase_id)
    return {"player": lectures.open_player(found, member=member)}


@router.post(
    "/phases/{phase_id}/watched/",
    response=Credited,
    url_name="lectures_watched",
    operation_id="lectures_watched",
)
def watched(request: HttpRequest, phase_id: int, played: Played) -> Credited:
    """Report what was played; never more is credited than the wall clock allows."""
    found, member = _phase(request, phase_id)
    report = lectures.report_watched(
        found,
        member=member,
        player=played.player,
        pieces=[(round(start * 1000), round(end * 1000)) for start, end in played.pieces],
        position_ms=None if played.position is None else round(played.position * 1000),
    )
    return _credited(found, report.settled, member)


@router.post(
    "/phases/{phase_id}/read/",
    response=Credited,
    url_name="lectures_read",
    operation_id="lectures_read",
)
def read(request: HttpRequest, phase_id: int) -> Credited:
    """She has read the text."""
    found, member = _phase(request, phase_id)
    lectures.read_text(found, member=member)
    return _credited(found, [], member)


@router.get(
    "/phases/{phase_id}/progress/",
    response=Progressed,
    url_name="lectures_progress",
    operation_id="lectures_progress",
)
def progress(request: HttpRequest, phase_id: int) -> Progressed:
    """How far she is with the lecture, and where to go on from."""
    found, member = _phase(request, phase_id)
    assert found.lesson is not None, "published"  # noqa: S101
    watching = watching_of(found.lesson, member)
    position = watching.position_ms / 1000 if watching else 0.0
    return Progressed(**_credited(found, [], member).model_dump(), position=position)


@router.post(
    "/phases/{phase_id}/text/",
    response=TextOut,
    url_name="lectures_text",
    operation_id="lectures_text",
)
def text(request: HttpRequest, phase_id: int) -> dict[str, object]:
    """Open the lecture to read; the clock of reading starts when it is first opened."""
    found, member = _phase(request, phase_id)
    if not found.lesson or not found.lesson.script:
        raise Http404
    watching = lectures.open_text(found, member=member)
    done = bool(watching and watching.done_at)
    return {"title": found.lesson.title, "script": found.lesson.script, "done": done}


@router.post(
    "/phases/{phase_id}/quiz/",
    response=QuizOut,
    url_name="lectures_quiz",
    operation_id="lectures_quiz",
)
def quiz(request: HttpRequest, phase_id: int) -> dict[str, int]:
    """Go on to the quiz; a refusal says what is still to be watched."""
    found, member = _phase(request, phase_id)
    return {"contest": lectures.go_to_quiz(found, member=member).pk}


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
