"""Lists of quizzes that may leave the house; what a bank holds has formats of its own."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from unionhall.base.exports.lists import Filters, Found, ListColumn, ListToExport
from unionhall.base.tables import Verdict
from unionhall.domain.quiz.models import Bank, BankImport, QuestionVersion, Review
from unionhall.domain.quiz.queries.bank_imports import bank_imports_of, import_rows_of
from unionhall.domain.quiz.queries.bank_reports import (
    NORMALISATIONS,
    VERDICTS,
    WORDS,
    ShownRow,
    shown_rows,
)
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


def _refused(sent: BankImport) -> int:
    verdicts: dict[str, int] = sent.counts.get("verdicts", {})
    return verdicts.get(Verdict.REJECTED, 0)


def _imports(user: User, _filters: Filters) -> Found[BankImport]:
    top = chosen_union(user, "")
    return Found(bank_imports_of(user), top, top.pk, top.name)


IMPORTS = ListToExport(
    name="quiz.imports",
    title=_("传过的题目"),
    columns=[
        ListColumn("file", _("文件"), lambda one: one.file_name, width=40),
        ListColumn("bank", _("题库"), lambda one: one.bank_name, width=30),
        ListColumn("union", _("工会"), lambda one: one.union.name, width=30),
        ListColumn("by", _("谁传的"), lambda one: str(one.by or "")),
        ListColumn("created_at", _("上传时间"), lambda one: one.created_at, "datetime", 18),
        ListColumn(
            "state", _("状态"), lambda one: one.state, labels=BankImport.State.choices, width=20
        ),
        ListColumn("rows", _("行数"), lambda one: one.rows, "integer"),
        ListColumn("refused", _("等你改"), _refused, "integer"),
    ],
    find=_imports,
    may=runs_unions,
)


def _import_rows(user: User, filters: Filters) -> Found[ShownRow]:
    asked = filters.get("file", "")
    if not asked.isdecimal():
        raise BankImport.DoesNotExist
    sent = bank_imports_of(user).get(pk=asked)
    known = {"verdict": VERDICTS, "reason": WORDS, "change": NORMALISATIONS}
    chosen = {key: filters.get(key, "") for key, words in known.items()}
    chosen = {key: said for key, said in chosen.items() if said in known[key]}
    narrowed = "；".join(str(known[key][said]) for key, said in chosen.items())
    rows = import_rows_of(sent, **chosen)
    return Found(rows, sent, sent.union_id, sent.file_name, narrowed=narrowed, read=shown_rows)


IMPORT_ROWS = ListToExport(
    name="quiz.import_rows",
    title=_("题目的逐行结果"),
    columns=[
        ListColumn("sheet", _("工作表"), lambda one: one.row.sheet, width=12),
        ListColumn("row", _("行"), lambda one: one.row.row, "integer", 8),
        ListColumn("line", _("从第几行起"), lambda one: one.row.line or None, "integer", 8),
        ListColumn("about", _("题干"), lambda one: one.row.about, width=40),
        ListColumn("verdict", _("结果"), lambda one: str(one.verdict)),
        ListColumn(
            "to_mend", _("要改的地方"), lambda one: "\n".join(map(str, one.faults)), width=60
        ),
        ListColumn("notes", _("说明"), lambda one: "\n".join(map(str, one.notes)), width=40),
        ListColumn(
            "codes", _("原因代码"), lambda one: ";".join(one.row.reason_codes), chosen=False
        ),
    ],
    find=_import_rows,
    may=runs_unions,
)

LISTS: list[ListToExport[Any]] = [BANKS, REVIEWS, FIGURES, IMPORTS, IMPORT_ROWS]
