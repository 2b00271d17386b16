"""How the questions of a bank fared, for those who may change it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, F, IntegerField, QuerySet, When
from django.utils.translation import gettext_lazy as _

from unionhall.domain.quiz.models import Bank, QuestionVersion
from unionhall.domain.quiz.queries.banks import questions_in
from unionhall.domain.quiz.rules.marking import FALSE, TRUE
from unionhall.domain.quiz.rules.questions import FILL, JUDGE, LETTERS
from unionhall.domain.quiz.rules.statistics import FEWEST, UNANSWERED

ORDERS = {
    "facility": _("答对少的在前"),
    "-facility": _("答对多的在前"),
    "discrimination": _("区分度低的在前"),
    "-discrimination": _("区分度高的在前"),
    "-asked": _("问得多的在前"),
    "asked": _("问得少的在前"),
}


def fared_in(bank: Bank, order: str = "") -> QuerySet[QuestionVersion]:
    """The questions in use with their figures; those with too few answers come last."""
    name = order if order in ORDERS else next(iter(ORDERS))
    keys: dict[str, F | Case] = {
        "asked": Case(
            When(tally__asked__gte=FEWEST, then="tally__asked"), output_field=IntegerField()
        ),
        "facility": F("tally__facility"),
        "discrimination": F("tally__discrimination"),
    }
    key = keys[name.removeprefix("-")]
    by = key.desc(nulls_last=True) if name.startswith("-") else key.asc(nulls_last=True)
    return questions_in(bank).select_related("tally").order_by(by, "question_id")


@dataclass(frozen=True)
class Share:
    """How many of those asked chose one option, in whole percent."""

    letter: str  # "" is no answer
    text: str
    percent: int
    right: bool


@dataclass(frozen=True)
class Figures:
    """What may be shown of one question; None and nothing below ten answers."""

    version: QuestionVersion
    asked: int | None = None
    facility: int | None = None  # percent
    discrimination: float | None = None
    shares: tuple[Share, ...] = ()


def figures_of(version: QuestionVersion) -> Figures:
    """Read from its tally, if it has one."""
    tally = getattr(version, "tally", None)
    if tally is None or tally.asked < FEWEST:
        return Figures(version)
    return Figures(
        version,
        asked=tally.asked,
        facility=round(100 * tally.facility),
        discrimination=tally.discrimination,
        shares=tuple(
            Share(letter, text, round(100 * tally.chosen.get(letter, 0) / tally.asked), right)
            for letter, text, right in _choices(version)
        ),
    )


def _choices(version: QuestionVersion) -> Iterable[tuple[str, str, bool]]:
    if version.kind == FILL:
        return
    if version.kind == JUDGE:
        yield TRUE, str(_("对")), version.answer == [True]
        yield FALSE, str(_("错")), version.answer == [False]
    for letter, text in zip(LETTERS, version.options, strict=False):
        yield letter, text, letter in version.answer
    yield UNANSWERED, str(_("没有作答")), False
