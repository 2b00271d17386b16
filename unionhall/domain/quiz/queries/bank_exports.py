"""A bank as a file that comes back to the same questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from unionhall.base.spreadsheets import Column, SheetToWrite, write_xlsx
from unionhall.domain.quiz.models import Bank, QuestionPicture, QuestionVersion
from unionhall.domain.quiz.queries.banks import draft_of, questions_in
from unionhall.domain.quiz.rules.exchange import aiken, gift, moodle_xml
from unionhall.domain.quiz.rules.questions import (
    LETTERS,
    MULTIPLE,
    SINGLE,
    WORD_OF_DIFFICULTY,
    WORD_OF_KIND,
    Picture,
    QuestionDraft,
)
from unionhall.domain.quiz.rules.written_answers import written_answer

_A_PICTURE = Picture(b"\x89PNG\r\n\x1a\n")
_FEWEST_OPTIONS = 6  # columns that a bank always has, for whoever adds to it by hand


@dataclass(frozen=True)
class Form:
    """A format. ``label`` is for the officer who chooses; ``holds``: what has a place in it."""

    label: str | Promise
    suffix: str
    content_type: str
    write: Callable[[Sequence[QuestionDraft]], bytes]
    holds: Callable[[QuestionDraft], bool] = lambda draft: not draft.pictures
    takes_pictures: bool = False
    kinds: tuple[str, ...] = ()  # empty: all


@dataclass(frozen=True)
class Written:
    """``left_out``: what has no place in the format, as it reads now."""

    content: bytes
    questions: int
    left_out: list[QuestionVersion]


def written(bank: Bank, form: Form) -> Written:
    """The questions of a bank that are in use."""
    drafts = [(version, draft_with_pictures(version)) for version in questions_with_pictures(bank)]
    held = [draft for _version, draft in drafts if form.holds(draft)]
    left_out = [version for version, draft in drafts if not form.holds(draft)]
    return Written(form.write(held), len(held), left_out)


@dataclass(frozen=True)
class Lost:
    """A question that has no place in a format, and why not."""

    version: QuestionVersion
    why: str | Promise


def lost_in(bank: Bank, form: Form) -> list[Lost]:
    """What an export of the bank would leave out; nothing is written."""
    left_out = (one for one in questions_in(bank) if not form.holds(_without_bytes(one)))
    return [Lost(one, _why_lost(one, form)) for one in left_out]


def _without_bytes(version: QuestionVersion) -> QuestionDraft:
    """As the format sees it; that there is a picture is enough to know."""
    return draft_of(version, pictures=(_A_PICTURE,) if version.pictured else ())


def _why_lost(version: QuestionVersion, form: Form) -> str | Promise:
    if version.pictured and not form.takes_pictures:
        return _("题里有图，这种格式放不下图")
    if form.kinds and version.kind not in form.kinds:
        return _("这种格式放不下这种题型")
    return _("题里有这种格式写不出来的文字或者换行")


def questions_with_pictures(bank: Bank) -> QuerySet[QuestionVersion]:
    """What is in use, in three statements."""
    shown = QuestionPicture.objects.select_related("file").order_by("nth")
    return questions_in(bank).prefetch_related(Prefetch("pictures", shown))


def draft_with_pictures(version: QuestionVersion) -> QuestionDraft:
    """A stored version with the bytes of what it shows."""
    pictures = [
        Picture(Path(settings.MEDIA_ROOT, one.file.path).read_bytes(), one.text, one.option)
        for one in (version.pictures.all() if version.pictured else ())
    ]
    return draft_of(version, pictures=tuple(pictures))


def workbook_of(drafts: Sequence[QuestionDraft]) -> bytes:
    """A workbook that ``import_questions`` reads back: Chinese in any language."""
    most = max((len(draft.options) for draft in drafts), default=0)
    letters = LETTERS[: max(most, _FEWEST_OPTIONS)]
    columns = [
        Column("题型", width=8),
        Column("题干", width=50),
        *(Column(f"选项{letter}", width=20) for letter in letters),
        Column("正确答案", width=16),
        Column("难度", width=6),
        Column("分值", "number", width=6),
        Column("解析", width=40),
        Column("知识点", width=14),
        Column("目录", width=20),
        Column("题目名称", width=14),
    ]
    rows = (_row_of(draft, len(letters)) for draft in drafts)
    return write_xlsx(SheetToWrite("题库", columns, rows))


def _row_of(draft: QuestionDraft, options: int) -> list[str | float | None]:
    alone = draft.kind == MULTIPLE and len(draft.answer) == 1
    return [
        "不定项选择题" if alone else WORD_OF_KIND[draft.kind],
        draft.stem,
        *draft.options,
        *[None] * (options - len(draft.options)),
        written_answer(draft.kind, draft.answer),
        WORD_OF_DIFFICULTY[draft.difficulty],
        float(draft.score),
        draft.explanation or None,
        "；".join(draft.tags) or None,
        draft.category or None,
        draft.name or None,
    ]


FORMS = {
    "xlsx": Form(
        _("Excel 工作簿"),
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        workbook_of,
    ),
    "moodle": Form(
        "Moodle XML",
        "xml",
        "application/xml",
        lambda drafts: moodle_xml.write(drafts).encode(),
        holds=moodle_xml.holds,
        takes_pictures=True,
    ),
    "gift": Form(
        "GIFT",
        "gift.txt",
        "text/plain; charset=utf-8",
        lambda drafts: gift.write(drafts).encode(),
        holds=gift.holds,
    ),
    "aiken": Form(
        _("Aiken（只有单选题）"),
        "aiken.txt",
        "text/plain; charset=utf-8",
        lambda drafts: aiken.write(drafts).encode(),
        holds=aiken.holds,
        kinds=(SINGLE,),
    ),
}
