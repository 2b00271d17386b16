"""The officer's verbs: banks and questions, trials, reviews."""

from __future__ import annotations

import datetime as dt
from typing import Literal, cast

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from unionhall.base.api import OnlyFor, QueryText, cleaned, paged
from unionhall.base.errors import Refused
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.api.member import AttemptOut, ResultOut, ReviewOut
from unionhall.domain.quiz.forms import QuestionForm, ReviewAnswerForm
from unionhall.domain.quiz.models import Attempt, Bank, Contest, Question, QuestionVersion, Review
from unionhall.domain.quiz.queries import banks as reads
from unionhall.domain.quiz.queries import results
from unionhall.domain.quiz.queries.bank_reports import words_of
from unionhall.domain.quiz.queries.statistics import fared_in, figures_of
from unionhall.domain.quiz.rules.written_answers import written_answer
from unionhall.people.accounts.models import User
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of

router = Router(auth=OnlyFor(runs_unions))


class BankLine(Schema):
    """``in_use``: questions that can be drawn."""

    id: int
    name: str
    union: int = Field(alias="union_id")
    in_use: int


class BankOut(BankLine):
    """``counts``: kind of question -> how many there are to draw from."""

    counts: dict[str, int]
    tags: list[str]
    categories: list[str]

    @staticmethod
    def resolve_counts(bank: Bank) -> dict[str, int]:
        return reads.counts_by_kind(bank)

    @staticmethod
    def resolve_tags(bank: Bank) -> list[str]:
        return reads.tags_in(bank)

    @staticmethod
    def resolve_categories(bank: Bank) -> list[str]:
        return reads.categories_in(bank)


class QuestionQuery(Schema):
    """``text`` is looked for in stem, options and explanation."""

    text: QueryText = ""
    kind: QuestionVersion.Kind | None = None
    difficulty: QuestionVersion.Difficulty | None = None
    category: QueryText = ""
    tag: QueryText = ""


class QuestionTyped(Schema):
    """A question as one types it.

    ``options``: one on each line, the first is A. ``answer``: letters (``ABD``), 对 or 错, or the
    blanks parted by ``；`` with ``/`` between what counts as right alike. ``category``: a path
    parted by ``/``. ``tags``: parted by ``；``. ``nth``: the version it is based on; somebody
    else's later edit is never written over.
    """

    nth: int
    kind: QuestionVersion.Kind
    stem: str
    options: str = ""
    answer: str
    difficulty: QuestionVersion.Difficulty
    score: float = Field(ge=0, le=100)
    explanation: str = ""
    category: str = Field("", max_length=200)
    tags: str = ""


class StoredQuestion(QuestionTyped):
    id: int = Field(alias="question_id")
    bank: int = Field(alias="question.bank_id")
    retired_at: dt.datetime | None = Field(alias="question.retired_at")

    @staticmethod
    def resolve_options(version: QuestionVersion) -> str:
        return "\n".join(version.options)

    @staticmethod
    def resolve_tags(version: QuestionVersion) -> str:
        return "；".join(version.tags)

    @staticmethod
    def resolve_answer(version: QuestionVersion) -> str:
        return written_answer(version.kind, version.answer)


class FiguresQuery(Schema):
    order: Literal[
        "facility", "-facility", "discrimination", "-discrimination", "asked", "-asked"
    ] = "facility"


class FiguresOut(Schema):
    """Each member's first paper of a contest counts. All is null while fewer than ten were asked.

    ``facility``: percent of right answers. ``discrimination``: -1 to 1, the correlation with the
    rest of the paper. ``shares``: letter of the option, ``true``, ``false`` or ``""`` for no
    answer -> percent of those asked.
    """

    id: int = Field(alias="question_id")
    stem: str
    asked: int | None
    facility: int | None
    discrimination: float | None
    shares: dict[str, int]

    @staticmethod
    def resolve_asked(version: QuestionVersion) -> int | None:
        return figures_of(version).asked

    @staticmethod
    def resolve_facility(version: QuestionVersion) -> int | None:
        return figures_of(version).facility

    @staticmethod
    def resolve_discrimination(version: QuestionVersion) -> float | None:
        return figures_of(version).discrimination

    @staticmethod
    def resolve_shares(version: QuestionVersion) -> dict[str, int]:
        return {share.letter: share.percent for share in figures_of(version).shares}


class ReviewLine(ReviewOut):
    title: str = Field(alias="attempt.contest.title")
    name: str = Field(alias="asker")


class ReviewAsked(ReviewLine):
    """With the facts that answer it."""

    reason: ResultOut

    @staticmethod
    def resolve_reason(review: Review) -> results.Reason:
        return results.reason_of(review.attempt)


class ReviewAnswer(Schema):
    text: str = Field(min_length=1, max_length=1000)


@router.get("/banks/", response=list[BankLine], operation_id="quiz_desk_banks")
@paged()
def banks(request: HttpRequest) -> QuerySet[Bank]:
    """The banks that the officer may change."""
    return reads.banks_of(_me(request))


@router.get("/banks/{bank_id}/", response=BankOut, operation_id="quiz_desk_bank")
def bank(request: HttpRequest, bank_id: int) -> Bank:
    """One bank: how many of each kind, and its tags."""
    return _bank(request, bank_id)


@router.get(
    "/banks/{bank_id}/questions/",
    response=list[StoredQuestion],
    operation_id="quiz_desk_questions",
)
@paged()
def questions(
    request: HttpRequest, bank_id: int, wanted: Query[QuestionQuery]
) -> QuerySet[QuestionVersion]:
    """Search and page through a bank."""
    said = {name: value or "" for name, value in wanted.model_dump().items()}
    return reads.search(_bank(request, bank_id), **said).select_related("question")


@router.get(
    "/banks/{bank_id}/statistics/",
    response=list[FiguresOut],
    operation_id="quiz_desk_statistics",
)
@paged()
def fared(
    request: HttpRequest, bank_id: int, wanted: Query[FiguresQuery]
) -> QuerySet[QuestionVersion]:
    """How each question fared, those with too few answers last."""
    return fared_in(_bank(request, bank_id), wanted.order)


@router.get("/questions/{question_id}/", response=StoredQuestion, operation_id="quiz_desk_question")
def question(request: HttpRequest, question_id: int) -> QuestionVersion:
    """A question as it reads now."""
    return _question(request, question_id).versions.get(current=True)


@router.put(
    "/questions/{question_id}/", response=StoredQuestion, operation_id="quiz_desk_edit_question"
)
def edit(request: HttpRequest, question_id: int, given: QuestionTyped) -> QuestionVersion:
    """A new version; attempts that had the old one keep it."""
    edited = _question(request, question_id)
    said = cleaned(QuestionForm(given.model_dump()))
    verdict = reads.typed(said)
    if verdict.values is None:
        words = words_of(verdict.reason_codes)
        raise Refused(_("没有保存。"), why=words, code="not_a_question")
    return actions.edit_question(edited, verdict.values, seen_nth=said["nth"], by=_me(request))


@router.post(
    "/questions/{question_id}/retirement/",
    response=StoredQuestion,
    operation_id="quiz_desk_retire_question",
)
def retire(request: HttpRequest, question_id: int) -> QuestionVersion:
    """Draw it no more; past attempts and their results stay as they are."""
    actions.retire_question(_question(request, question_id), by=_me(request))
    return _question(request, question_id).versions.get(current=True)


@router.post("/contests/{contest_id}/trial/", response=AttemptOut, operation_id="quiz_desk_trial")
def trial(request: HttpRequest, contest_id: int) -> Attempt:
    """Sit it oneself before others do; it never counts."""
    tried = get_object_or_404(Contest, pk=contest_id, union__in=in_charge_of(request.user))
    return actions.start_trial(tried, by=_me(request))


@router.get("/reviews/", response=list[ReviewLine], operation_id="quiz_desk_reviews")
@paged()
def reviews(request: HttpRequest) -> QuerySet[Review]:
    """Requests that somebody look again: open ones first, the most urgent first."""
    return results.reviews_for(_me(request))


@router.get("/reviews/{review_id}/", response=ReviewAsked, operation_id="quiz_desk_review")
def review(request: HttpRequest, review_id: int) -> Review:
    """One of them, with the facts."""
    return _review(request, review_id)


@router.post(
    "/reviews/{review_id}/answer/", response=ReviewOut, operation_id="quiz_desk_answer_review"
)
def answer(request: HttpRequest, review_id: int, given: ReviewAnswer) -> Review:
    """Answer it once; she is told."""
    asked = _review(request, review_id)
    text = cleaned(ReviewAnswerForm(given.model_dump()))["text"]
    return actions.answer_review(asked, text=text, by=_me(request))


def _bank(request: HttpRequest, bank_id: int) -> Bank:
    return get_object_or_404(reads.banks_of(_me(request)), pk=bank_id)


def _question(request: HttpRequest, question_id: int) -> Question:
    return get_object_or_404(reads.questions_of(_me(request)), pk=question_id)


def _review(request: HttpRequest, review_id: int) -> Review:
    return get_object_or_404(results.reviews_for(_me(request)), pk=review_id)


def _me(request: HttpRequest) -> User:
    return cast("User", request.user)
