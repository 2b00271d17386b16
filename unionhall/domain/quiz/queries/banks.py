"""Banks and what stands in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Func, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from unionhall.base.spreadsheets import Column, SheetToWrite, write_xlsx
from unionhall.base.tables import Sheet, Verdict
from unionhall.domain.quiz.models import Bank, Question, QuestionVersion
from unionhall.domain.quiz.rules.question_sheets import QuestionVerdict, read_one, read_questions
from unionhall.domain.quiz.rules.questions import LETTERS, QuestionDraft, plain
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import in_charge_of, parents_of

WORDS = {
    "TYPE_EMPTY": _("题型为空"),
    "TYPE_UNSUPPORTED": _("题型不支持，现在收单选、多选、判断、填空"),
    "STEM_EMPTY": _("题干为空"),
    "HTML_FORBIDDEN": _("含有不允许的 HTML 或脚本"),
    "OPTION_TOO_FEW": _("选择题至少要有两个选项"),
    "OPTION_GAP": _("选项不连续，中间有空选项"),
    "OPTION_DUP": _("选项内容重复"),
    "OPTION_IS_DATE": _("选项被表格软件改成了日期，请设为文本后重填"),
    "ANSWER_EMPTY": _("答案为空"),
    "ANSWER_NOT_LETTER": _("选择题答案应填字母"),
    "ANSWER_REPEATED": _("答案字母重复"),
    "ANSWER_OUT_OF_RANGE": _("答案超出选项范围"),
    "SINGLE_MULTI_ANSWER": _("单选题给出了多个答案"),
    "MULTI_TOO_FEW": _("多选题至少要有两个正确答案"),
    "JUDGE_ANSWER_INVALID": _("判断题答案应为对或错"),
    "BLANK_MISMATCH": _("填空数量与答案数量不一致"),
    "SCORE_INVALID": _("分值必须是大于 0 且不超过 100 的数"),
    "CELL_ERROR": _("格子里是错误值"),
    "DUP_STEM": _("题干与已有的题目重复"),
    "DUP_STEM_CONFLICT": _("题干与已有的题目重复但答案不同，请核对"),
}


@dataclass(frozen=True)
class Tally:
    """How many rows came to which verdict."""

    accepted: int
    normalised: int
    rejected: int
    not_data: int


def words_of(codes: Iterable[str]) -> str:
    """Why a row was not taken, to be read by a person."""
    return "；".join(str(WORDS.get(code, code)) for code in codes)


def tally_of(verdicts: Iterable[QuestionVerdict]) -> Tally:
    """Counts for the report's first line."""
    came_to = [verdict.verdict for verdict in verdicts]
    return Tally(
        came_to.count(Verdict.ACCEPTED),
        came_to.count(Verdict.ACCEPTED_NORMALISED),
        came_to.count(Verdict.REJECTED),
        came_to.count(Verdict.NOT_DATA),
    )


def banks_of(user: User) -> QuerySet[Bank]:
    """The banks that ``user`` may change, with how many questions each has."""
    return (
        Bank.objects.filter(union__in=in_charge_of(user))
        .select_related("union")
        .annotate(in_use=Count("questions", filter=Q(questions__retired_at=None)))
        .order_by("union__path", "name")
    )


def banks_for(union: Union) -> QuerySet[Bank]:
    """The banks a contest of ``union`` may draw from: its own and those of the unions above it."""
    return Bank.objects.filter(Q(union=union) | Q(union__in=parents_of(union))).order_by("name")


def questions_of(user: User) -> QuerySet[Question]:
    """The questions that ``user`` may change."""
    return Question.objects.select_related("bank__union").filter(bank__union__in=in_charge_of(user))


def questions_in(bank: Bank) -> QuerySet[QuestionVersion]:
    """What is in use, as it reads now."""
    return QuestionVersion.objects.filter(
        question__bank=bank, question__retired_at=None, current=True
    ).order_by("question_id")


def search(
    bank: Bank,
    *,
    text: str = "",
    kind: str = "",
    difficulty: str = "",
    category: str = "",
    tag: str = "",
) -> QuerySet[QuestionVersion]:
    """Questions of a bank whose stem, options or explanation hold ``text``, and so on."""
    found = questions_in(bank)
    if text:
        found = found.filter(
            Q(stem__icontains=text) | Q(explanation__icontains=text) | Q(options__icontains=text)
        )
    if category:
        found = found.filter(
            Q(category=category) | Q(category__startswith=category.rstrip("/") + "/")
        )
    exact = {"kind": kind, "difficulty": difficulty, "tags__contains": tag and [tag]}
    return found.filter(**{name: value for name, value in exact.items() if value})


def tags_in(bank: Bank) -> list[str]:
    """The tags that are in use, in order."""
    each = questions_in(bank).annotate(each=Func(F("tags"), function="unnest"))
    return list(each.order_by("each").values_list("each", flat=True).distinct())


def categories_in(bank: Bank) -> list[str]:
    """The categories that are in use, in order."""
    used = questions_in(bank).exclude(category="").order_by("category")
    return list(used.values_list("category", flat=True).distinct())


def counts_by_kind(bank: Bank) -> dict[str, int]:
    """How many questions of each kind there are to draw from."""
    rows = questions_in(bank).order_by().values_list("kind").annotate(count=Count("pk"))
    return dict(rows)


def labelled_counts(bank: Bank) -> list[tuple[str, int]]:
    """The same in words."""
    counts = counts_by_kind(bank)
    return [(str(kind.label), counts.get(kind.value, 0)) for kind in QuestionVersion.Kind]


def stems_known(bank: Bank | None) -> dict[str, frozenset[str]]:
    """Plain stem -> what is right in words, of all questions, retired ones as well."""
    if bank is None:
        return {}
    versions = QuestionVersion.objects.filter(question__bank=bank, current=True)
    return {plain(version.stem): draft_of(version).right_content for version in versions}


def verdicts_on(sheets: Sequence[Sheet], *, bank: Bank | None) -> list[QuestionVerdict]:
    """What an import of these sheets into ``bank`` would come to; raises ``NoHeaderError``."""
    return read_questions(sheets, known=stems_known(bank))


def typed(fields: dict[str, str]) -> QuestionVerdict:
    """What was typed into the form of a question, with one option on each line."""
    return read_one(
        kind=_WORD_OF_KIND[fields["kind"]],
        options=fields["options"].splitlines(),
        difficulty=_WORD_OF_DIFFICULTY[fields["difficulty"]],
        tag=fields["tags"],
        path=fields["category"],
        **{name: str(fields[name]) for name in ("stem", "answer", "score", "explanation")},
    )


def as_typed(version: QuestionVersion) -> dict[str, object]:
    """A stored version as the form shows it."""
    return {
        "nth": version.nth,
        "kind": version.kind,
        "stem": version.stem,
        "options": "\n".join(version.options),
        "answer": written_answer(version),
        "difficulty": version.difficulty,
        "score": version.score.normalize(),
        "explanation": version.explanation,
        "category": version.category,
        "tags": "；".join(version.tags),
    }


def draft_of(version: QuestionVersion) -> QuestionDraft:
    """A stored version as a value."""
    return QuestionDraft(
        kind=version.kind,
        stem=version.stem,
        options=tuple(version.options),
        answer=version.answer,
        difficulty=version.difficulty,
        score=version.score,
        explanation=version.explanation,
        category=version.category,
        tags=tuple(version.tags),
        name=version.name,
        source=version.source,
    )


_EXPORT_OPTIONS = LETTERS[:6]
_WORD_OF_KIND = {"single": "单选题", "multiple": "多选题", "judge": "判断题", "fill": "填空题"}
_WORD_OF_DIFFICULTY = {"easy": "易", "medium": "中", "hard": "难"}


def workbook_of(bank: Bank) -> bytes:
    """The bank as a workbook that ``import_questions`` reads back: Chinese in any language."""
    columns = [
        Column("题型", width=8),
        Column("题干", width=50),
        *(Column(f"选项{letter}", width=20) for letter in _EXPORT_OPTIONS),
        Column("正确答案", width=16),
        Column("难度", width=6),
        Column("分值", "number", width=6),
        Column("解析", width=40),
        Column("知识点", width=14),
        Column("目录", width=20),
        Column("题目名称", width=14),
    ]
    return write_xlsx(SheetToWrite("题库", columns, map(_row_of, questions_in(bank))))


def _row_of(version: QuestionVersion) -> list[str | float | None]:
    options = [*version.options, *[None] * len(_EXPORT_OPTIONS)][: len(_EXPORT_OPTIONS)]
    return [
        _WORD_OF_KIND[version.kind],
        version.stem,
        *options,
        written_answer(version),
        _WORD_OF_DIFFICULTY[version.difficulty],
        float(version.score),
        version.explanation or None,
        "；".join(version.tags) or None,
        version.category or None,
        version.name or None,
    ]


def written_answer(version: QuestionVersion) -> str:
    """As a bank writes it: ``ABD``, ``对``, ``119；120`` with ``/`` between what is accepted."""
    if version.kind == QuestionVersion.Kind.JUDGE:
        return "对" if version.answer[0] else "错"
    if version.kind == QuestionVersion.Kind.FILL:
        return "；".join("/".join(blank) for blank in version.answer)
    return "".join(version.answer)
