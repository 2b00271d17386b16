"""Lists of quizzes that may leave the house; what a bank holds has formats of its own."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from unionhall.base.exports.lists import Filters, Found, ListColumn, ListToExport
from unionhall.domain.quiz.models import Bank, QuestionVersion, Review
from unionhall.domain.quiz.queries.banks import banks_of
from unionhall.domain.quiz.queries.results import reviews_for
from unionhall.domain.quiz.queries.statistics import fared_in, figures_of
from unionhall.people.accounts.models import User
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import chosen_union


def _banks(user: User, _filters: Filters) -> Found[Any]:
    top = chosen_union(user, "")
    return Found(banks_of(user), top, top.pk, top.name)


BANKS = ListToExport(
    name="quiz.banks",
    title=_("题库"),
    columns=[
        ListColumn("name", _("题库"), lambda one: one.name, width=40),
        ListColumn("union", _("工会"), lambda one: one.union.name, width=30),
        ListColumn("questions", _("题数"), lambda one: one.in_use, "integer"),
        ListColumn("created_at", _("建于"), lambda one: one.created_at, "datetime", 18),
    ],
    find=_banks,
    may=runs_unions,
)


def _reviews(user: User, _filters: Filters) -> Found[Review]:
    top = chosen_union(user, "")
    return Found(reviews_for(user), top, top.pk, top.name)


def _who(review: Review) -> str:
    return review.attempt.member.name if review.attempt.member else ""


REVIEWS = ListToExport(
    name="quiz.reviews",
    title=_("复核"),
    columns=[
        ListColumn("contest", _("答题"), lambda one: one.attempt.contest.title, width=40),
        ListColumn("member", _("谁"), _who),
        ListColumn("asked_at", _("什么时候问的"), lambda one: one.asked_at, "datetime", 18),
        ListColumn("due_at", _("哪天前答复"), lambda one: one.due_at, "datetime", 18),
        ListColumn("answered_at", _("答复时间"), lambda one: one.answered_at, "datetime", 18),
    ],
    find=_reviews,
    may=runs_unions,
)


def _figures(user: User, filters: Filters) -> Found[QuestionVersion]:
    asked = filters.get("bank", "")
    if not asked.isdecimal():
        raise Bank.DoesNotExist
    bank = banks_of(user).get(pk=asked)
    return Found(fared_in(bank, filters.get("order", "")), bank, bank.union_id, bank.name)


FIGURES = ListToExport(
    name="quiz.figures",
    title=_("每道题答得怎样"),
    columns=[
        ListColumn("stem", _("题干"), lambda one: one.stem, width=60),
        ListColumn("kind", _("题型"), lambda one: one.kind, labels=QuestionVersion.Kind.choices),
        ListColumn("asked", _("问过几次"), lambda one: figures_of(one).asked, "integer"),
        ListColumn("facility", _("答对（%）"), lambda one: figures_of(one).facility, "integer"),
        ListColumn(
            "discrimination", _("区分度"), lambda one: figures_of(one).discrimination, "number"
        ),
    ],
    find=_figures,
    may=runs_unions,
)

LISTS = [BANKS, REVIEWS, FIGURES]
