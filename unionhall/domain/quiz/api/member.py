"""The same verbs for the mini-program: start, answer, hand in, result, review, winners."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema, Status

from unionhall.base.api import Pages, cleaned, numbered, paged, told
from unionhall.base.errors import Refused
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.actions.refusals import OutOfSequence
from unionhall.domain.quiz.forms import ReviewForm
from unionhall.domain.quiz.models import Answer, Attempt, Review
from unionhall.domain.quiz.queries import attempts, results, winners
from unionhall.kernel.allotment.queries import Proof
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member
from unionhall.people.members.queries import member_of

router = Router()


class PictureOut(Schema):
    """``nth`` is its name: ``/quiz/attempts/<attempt>/<position>/picture/<nth>/``; ``text`` says what it shows."""

    nth: int
    text: str


class Option(Schema):
    value: str
    letter: str
    text: str
    pictures: list[PictureOut]


class QuestionOut(Schema):
    """A question as shown; what is right is never part of it. ``pictures``: below the stem."""

    position: int
    kind: str
    stem: str
    pictures: list[PictureOut]
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
    """Why there is a prize or none.

    ``code``: ``won``, ``trial``, ``not_passed``, ``no_prizes``, ``awaiting`` (decided at closing),
    ``sold_out``, ``not_open``, ``not_for_you``, ``already_held``, ``not_drawn``, ``outscored``.
    """

    code: str
    score: int
    full_marks: int
    pass_mark: int
    handed_in_at: dt.datetime
    passed_as: int | None
    place: int | None
    capacity: int | None
    last_prize_at: dt.datetime | None


class StartOut(Schema):
    """A contest before it is started. ``attempts_left``: null is as often as one likes."""

    contest_id: int = Field(alias="contest.pk")
    title: str = Field(alias="contest.title")
    audience: str
    questions: int
    full_marks: int = Field(alias="contest.full_marks")
    pass_mark: int = Field(alias="contest.pass_mark")
    minutes: int
    winners_by: str = Field(alias="contest.winners_by")
    opens_at: dt.datetime | None = Field(alias="contest.opens_at")
    closes_at: dt.datetime | None = Field(alias="contest.closes_at")
    admitted: bool
    may_start: bool
    attempts_left: int | None
    going_on: AttemptOut | None


class AttemptLine(AttemptOut):
    """``score`` is null until it is handed in."""

    title: str = Field(alias="contest.title")
    handed_in_at: dt.datetime | None
    score: int | None
    place: int | None = Field(None, alias="prize.place")


class MarkedOut(Schema):
    """A question after the fact: what was given, and what is right in the letters she saw."""

    position: int = Field(alias="shown.position")
    stem: str = Field(alias="shown.stem")
    given: list[str] = Field(alias="shown.given")
    right: bool
    key: str
    explanation: str


class ReviewIn(Schema):
    text: str = Field(min_length=1, max_length=1000)


class ReviewOut(Schema):
    """A request that somebody look again; ``answer`` is null until it is answered."""

    id: int
    attempt_id: int
    text: str
    asked_at: dt.datetime
    due_at: dt.datetime
    answer: str | None
    answered_at: dt.datetime | None


class WholeResultOut(ResultOut):
    """With what only she may know: the text behind her commitment, and the key by the rule for it."""

    committed_text: str = Field(description="Its SHA-256 is her line in the list of winners.")
    commitment: str
    is_named: bool = Field(description="Whether the list of winners shows her name, masked.")
    revealed: bool
    paper: list[MarkedOut] = Field(description="Empty unless revealed.")
    review: ReviewOut | None
    may_ask_review: bool
    review_until: dt.datetime | None


class WinnerOut(Schema):
    """A line of the list; ``name`` is masked, and empty where she withholds it."""

    place: int
    name: str
    handed_in_at: dt.datetime
    commitment: str


class WinnersOut(Pages.Output):
    """``last_link``: of the chain over all lines, the last one there is; to check later lists against."""

    items: list[WinnerOut]
    last_link: str


class ProofOut(Schema):
    """SHA-256(seed) was published before the draw; the seed is empty until it was drawn."""

    seed_hash: str
    seed: str
    drawn_at: dt.datetime | None


@router.get("/contests/{contest_id}/", response=StartOut, operation_id="quiz_contest")
def contest(request: HttpRequest, contest_id: int) -> attempts.Start:
    """What it is, who may, how it goes, and whether she may start."""
    member = _member(request)
    return attempts.start_of(attempts.contest_for(member, contest_id), member)


@router.get("/contests/{contest_id}/winners/", response=WinnersOut, operation_id="quiz_winners")
def winners_list(
    request: HttpRequest,
    contest_id: int,
    wanted: Query[Pages.Input],
) -> dict[str, object]:
    """Everybody who won, by place; each line can be checked."""
    read = attempts.contest_to_read(_user(request), contest_id)
    page = numbered(winners.prized(read), wanted.page)
    page.object_list = winners.shown(page.object_list)
    return told(page) | {"last_link": winners.last_link(read)}


@router.get("/contests/{contest_id}/lots/", response=ProofOut, operation_id="quiz_lots")
def lots(request: HttpRequest, contest_id: int) -> Proof:
    """What anybody needs to check the draw; 404 where no lots are drawn."""
    proof = winners.proof_of_lots(attempts.contest_to_read(_user(request), contest_id))
    if proof is None:
        raise Http404
    return proof


@router.get("/attempts/", response=list[AttemptLine], operation_id="quiz_attempts")
@paged()
def my_attempts(request: HttpRequest) -> QuerySet[Attempt]:
    """Her own attempts, and an officer's trials, newest first."""
    return attempts.attempts_of(_user(request)).order_by("-started_at", "-pk")


@router.post(
    "/contests/{contest_id}/attempts/", response=AttemptOut, operation_id="quiz_start_attempt"
)
def start(request: HttpRequest, contest_id: int) -> Attempt:
    """Start, or go on with the attempt that is open."""
    member = _member(request)
    return actions.start_attempt(attempts.contest_for(member, contest_id), member)


@router.get("/attempts/{attempt_id}/", response=PaperOut, operation_id="quiz_paper")
def paper(request: HttpRequest, attempt_id: int) -> Attempt:
    """The questions with what was saved so far."""
    mine = attempts.attempt_of(_user(request), attempt_id)
    mine.questions = attempts.shown_paper(mine)  # type: ignore[attr-defined]
    return mine


@router.put(
    "/attempts/{attempt_id}/answers/{position}/",
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


@router.post("/attempts/{attempt_id}/hand-in/", response=ResultOut, operation_id="quiz_hand_in")
def hand_in(request: HttpRequest, attempt_id: int) -> results.Reason:
    """Hand in; twice gives the same answer."""
    mine = attempts.attempt_of(_user(request), attempt_id)
    return results.reason_of(actions.hand_in(mine))


@router.get("/attempts/{attempt_id}/result/", response=WholeResultOut, operation_id="quiz_result")
def result(request: HttpRequest, attempt_id: int) -> dict[str, object]:
    """The result of an attempt that was handed in."""
    mine = attempts.attempt_of(_user(request), attempt_id)
    if mine.state == Attempt.State.OPEN:
        raise Refused(_("还没有交卷。"), next=_("先交卷，再来看结果。"), code="still_open")
    revealed = bool(mine.paper) and attempts.may_reveal(mine, now=timezone.now())
    return {
        **vars(results.reason_of(mine)),
        "committed_text": winners.committed_text_of(mine) if mine.prize else "",
        "commitment": winners.commitment_of(mine) if mine.prize else "",
        "is_named": bool(mine.prize) and winners.is_named(mine),
        "revealed": revealed,
        "paper": attempts.marked_paper(mine) if revealed else [],
        "review": results.review_of(mine),
        "may_ask_review": results.may_ask_review(mine),
        "review_until": results.review_until(mine),
    }


@router.post("/attempts/{attempt_id}/review/", response=ReviewOut, operation_id="quiz_ask_review")
def ask_review(request: HttpRequest, attempt_id: int, given: ReviewIn) -> Review:
    """Ask that somebody look at the result again; the answer is due by ``due_at``."""
    mine = attempts.attempt_of(_user(request), attempt_id)
    return actions.ask_review(mine, text=cleaned(ReviewForm(given.model_dump()))["text"])


def _member(request: HttpRequest) -> Member:
    member = member_of(_user(request))
    if member is None:
        raise Http404
    return member


def _user(request: HttpRequest) -> User:
    """Whoever is signed in; the route has seen to that."""
    assert isinstance(request.user, User)  # noqa: S101 — for the type checker
    return request.user
