"""The same verbs for the mini-program: start, answer, hand in, result."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status

from unionhall.base.errors import Refused
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.actions.refusals import OutOfSequence
from unionhall.domain.quiz.models import Answer, Attempt
from unionhall.domain.quiz.queries import attempts, results
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member
from unionhall.people.members.queries import member_of

router = Router()


class Option(Schema):
    value: str
    letter: str
    text: str


class QuestionOut(Schema):
    """A question as shown; what is right is never part of it."""

    position: int
    kind: str
    stem: str
    points: int
    options: list[Option] = Field(alias="choices")
    given: list[str]
    later: bool
    seq: int


class AttemptOut(Schema):
    id: int
    contest_id: int
    state: str
    started_at: dt.datetime
    due_at: dt.datetime


class PaperOut(AttemptOut):
    questions: list[QuestionOut]


class AnswerIn(Schema):
    """Letters as shown, ``["true"]`` or ``["false"]``, or one text for each blank."""

    given: list[str] = Field(max_length=8)
    seq: int = Field(ge=0)
    later: bool = False


class AnswerOut(Schema):
    position: int
    given: list[str]
    later: bool
    seq: int
    saved_at: dt.datetime


class ConflictOut(Schema):
    code: str
    what: str
    why: str
    next: str
    newest: AnswerOut | None = None


class ResultOut(Schema):
    """Why there is a prize or none; see ``queries.results.Reason`` for the codes."""

    code: str
    score: int
    full_marks: int
    pass_mark: int
    handed_in_at: dt.datetime
    passed_as: int | None
    place: int | None
    capacity: int | None
    last_prize_at: dt.datetime | None


@router.post(
    "/contests/{contest_id}/attempts", response=AttemptOut, operation_id="quiz_start_attempt"
)
def start(request: HttpRequest, contest_id: int) -> Attempt:
    """Start, or go on with the attempt that is open."""
    member = _member(request)
    return actions.start_attempt(attempts.contest_for(member, contest_id), member)


@router.get("/attempts/{attempt_id}", response=PaperOut, operation_id="quiz_paper")
def paper(request: HttpRequest, attempt_id: int) -> Attempt:
    """The questions with what was saved so far."""
    mine = attempts.attempt_of(_user(request), attempt_id)
    mine.questions = attempts.shown_paper(mine)  # type: ignore[attr-defined]
    return mine


@router.put(
    "/attempts/{attempt_id}/answers/{position}",
    response={200: AnswerOut, 409: ConflictOut},
    operation_id="quiz_save_answer",
)
def answer(
    request: HttpRequest, attempt_id: int, position: int, body: AnswerIn
) -> Answer | Status[dict[str, object]]:
    """Save one answer; 409 with the newest one when this was not based on it."""
    mine = attempts.attempt_of(_user(request), attempt_id)
    try:
        saved = actions.save_answer(mine, position, body.given, seq=body.seq, later=body.later)
    except OutOfSequence as refusal:
        words = {name: str(getattr(refusal, name)) for name in ("code", "what", "why", "next")}
        return Status(409, {**words, "newest": refusal.newest})
    return saved


@router.post("/attempts/{attempt_id}/hand-in", response=ResultOut, operation_id="quiz_hand_in")
def hand_in(request: HttpRequest, attempt_id: int) -> results.Reason:
    """Hand in; twice gives the same answer."""
    mine = attempts.attempt_of(_user(request), attempt_id)
    return results.reason_of(actions.hand_in(mine))


@router.get("/attempts/{attempt_id}/result", response=ResultOut, operation_id="quiz_result")
def result(request: HttpRequest, attempt_id: int) -> results.Reason:
    """The result of an attempt that was handed in."""
    mine = attempts.attempt_of(_user(request), attempt_id)
    if mine.state == Attempt.State.OPEN:
        raise Refused(_("还没有交卷。"), next=_("先交卷，再来看结果。"), code="still_open")
    return results.reason_of(mine)


def _member(request: HttpRequest) -> Member:
    member = member_of(_user(request))
    if member is None:
        raise Http404
    return member


def _user(request: HttpRequest) -> User:
    """Whoever is signed in; the route has seen to that."""
    assert isinstance(request.user, User)  # noqa: S101 — for the type checker
    return request.user
