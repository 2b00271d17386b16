"""The import policy of question banks. One face: ``read_questions``.

Columns are found by name, so the layouts that unions send need no setting: options in columns or
in one cell, the kind in a column or in the sheet's name, answers with any usual separator,
difficulty as a word, as an expected success rate (0.85 is easy) or on a scale of five (1 is easy).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from unionhall.base.tables import (
    FORBIDDEN_FORMULA,
    Cell,
    CellError,
    Columns,
    Formula,
    Reason,
    RowVerdict,
    Sheet,
    Verdict,
    as_text,
    find_table,
)
from unionhall.base.written_text import to_half_width
from unionhall.domain.quiz.rules.questions import (
    DIFFICULTY_WORDS,
    EASY,
    FILL,
    HARD,
    JUDGE,
    LETTERS,
    MEDIUM,
    MOST_POINTS,
    MULTIPLE,
    SINGLE,
    Answer,
    QuestionDraft,
    blanks_in,
    category_of,
    name_of,
    tags_of,
    text_of,
)
from unionhall.domain.quiz.rules.verdicts import Place, QuestionVerdict, verdict_on
from unionhall.domain.quiz.rules.written_answers import blanks_in_columns, blanks_in_one_cell

MOST_BLANKS = 6
COLUMNS = Columns(
    headings={
        "kind": ("题型", "题目类型", "试题类型"),
        "category": ("类别", "分类"),
        "stem": ("题干", "题目", "试题内容", "题目内容", "试题"),
        "options": ("备选项", "选项", "备选答案"),
        **{f"option_{letter}": (f"选项{letter}", letter) for letter in LETTERS},
        "answer": ("正确答案", "答案", "标准答案", "参考答案"),
        **{f"blank_{n}": (f"空{n}", f"填空{n}") for n in range(1, MOST_BLANKS + 1)},
        "difficulty": ("难度",),
        "rate": ("难度系数",),
        "scale": ("难易度", "难度等级"),
        "score": ("分值", "分数", "本题分数"),
        "explanation": ("解析", "答案解析", "试题解析"),
        "tag": ("知识点", "标签"),
        "path": ("目录", "题目目录", "分类目录"),
        "name": ("题目名称",),
    },
    required=("stem",),
)
_KINDS = {
    "单选题": SINGLE, "多选题": MULTIPLE, "判断题": JUDGE, "填空题": FILL,
}  # fmt: skip
_KIND_ALIASES = {
    **dict.fromkeys(("单选", "单项选择", "单项选择题"), SINGLE),
    **dict.fromkeys(
        ("多选", "多项选择", "多项选择题", "不定项", "不定项选择题", "不定项选择"), MULTIPLE
    ),
    **dict.fromkeys(("判断", "是非题", "是非", "对错题"), JUDGE),
    **dict.fromkeys(("填空", "填充题", "填充"), FILL),
}
_MAY_HAVE_ONE_ANSWER = re.compile("^不定项")
_TRUE = ("对", "正确", "√", "✓", "✔", "t", "true", "是", "y")
_FALSE = ("错", "错误", "×", "x", "✗", "✘", "f", "false", "否", "n")
EASY_RATE, HARD_RATE = Decimal("0.75"), Decimal("0.45")  # expected success rates
EASY_STEP, HARD_STEP = 2, 4  # of a scale of five
_SEPARATORS = re.compile(r"[\s、，,；;/|.]+")
_LINE_OF_OPTION = re.compile(r"^[^\S\n]*([A-H])[^\S\n]*[.．、:：)）]\s*", re.MULTILINE)
_ODD = frozenset((Formula, CellError))
_POINTS = re.compile(r"(\d+(?:\.\d+)?)\s*分?")


def read_questions(
    sheets: Sequence[Sheet], *, known: Mapping[str, frozenset[str]] | None = None
) -> list[QuestionVerdict]:
    """The verdict on every row of every sheet that holds questions.

    Raises ``tables.NoHeaderError``. A stem counts as a duplicate against earlier accepted rows,
    and against what the bank has: ``known``, hash of a stem -> what is right in words.
    """
    verdicts: list[QuestionVerdict] = []
    seen = dict(known or {})
    for table in find_table(sheets, COLUMNS):
        for number, not_data, cells in table.lines():
            if not_data:
                why = (Reason(not_data),)
                verdicts.append(RowVerdict(table.sheet.name, number, Verdict.NOT_DATA, why))
                continue
            row = _Row(table.sheet.name, number, cells)
            verdicts.append(row.verdict(seen))
    return verdicts


def read_one(*, kind: str, options: Sequence[str], **texts: str) -> QuestionVerdict:
    """A question typed into a form, by the same rules as a row of a file.

    ``kind`` and ``texts`` (stem, answer, difficulty, score, explanation, tag, path) are as in a file.
    """
    columns = {f"option_{letter}": text for letter, text in zip(LETTERS, options, strict=False)}
    row = _Row("", 0, {"kind": kind, **columns, **texts})
    return row.verdict({})


@dataclass(slots=True)
class _Row:
    """One row on its way to a question: what was changed and what was wrong is noted as it goes."""

    sheet: str
    number: int
    cells: Mapping[str, Cell]
    changes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def verdict(self, seen: dict[str, frozenset[str]]) -> QuestionVerdict:
        draft = self.draft()
        return verdict_on(
            draft,
            at=Place(self.sheet, self.number),
            problems=self.problems,
            changes=self.changes,
            seen=seen,
            about="" if draft else self._text("stem"),
        )

    def draft(self) -> QuestionDraft | None:
        self._settle_formulas()
        if {"CELL_ERROR", "FORMULA_NO_VALUE"} & set(self.problems):
            return None
        kind = self._kind()
        if not kind:
            return None
        stem = self._stem()
        options = tuple(self._options()) if kind in {SINGLE, MULTIPLE} else ()
        answer = self._answer(kind, stem)
        return QuestionDraft(
            kind=kind,
            stem=stem,
            options=options,
            answer=answer,
            difficulty=self._difficulty(),
            score=self._score(),
            explanation=self._text("explanation"),
            category=category_of(self._category()),
            tags=tags_of(self._text("tag") or self._free_category()),
            name=name_of(self._text("name"), stem=stem),
            source=f"{self.sheet}!{self.number}",
        )

    def _settle_formulas(self) -> None:
        """Each becomes what it came to; one that is forbidden is read, too, to tell all reasons at once."""
        odd = {name: cell for name, cell in self.cells.items() if type(cell) in _ODD}
        if not odd:
            return  # most rows
        self.problems += filter(None, map(_cell_fault, odd.values()))
        if not self.problems:
            self.changes.append("formula_value")
        self.cells = {**self.cells, **{name: _stored(cell) for name, cell in odd.items()}}

    def _text(self, name: str) -> str:
        cell = self.cells.get(name)
        return "" if cell is None else text_of(as_text(cell))

    def _kind(self) -> str:
        written = (
            self._text("kind") or (_kind_of(self.sheet) and self.sheet) or self._text("category")
        )
        kind = _kind_of(written)
        if not kind:
            self.problems.append("TYPE_UNSUPPORTED" if written else "TYPE_EMPTY")
        elif written not in _KINDS and written != self.sheet:
            self.changes.append("type_alias")
        return kind

    def _free_category(self) -> str:
        """``类别`` where it does not say the kind."""
        return self._text("category") if self._text("kind") or _kind_of(self.sheet) else ""

    def _category(self) -> str:
        """A column of paths, or ``类别`` beside a column of tags."""
        return self._text("path") or (self._free_category() if self._text("tag") else "")

    def _stem(self) -> str:
        written = as_text(self.cells.get("stem"))
        stem = text_of(written)
        if stem != written and stem:
            self.changes.append("stem_trim")
        return stem

    def _options(self) -> Iterator[str]:
        """Columns up to the last one that is filled, or the lines of one cell."""
        if self._text("options"):
            parts = _LINE_OF_OPTION.split(self._text("options"))[1:]
            yield from (text.strip() for text in parts[1::2])
            return
        cells = [self.cells.get(f"option_{letter}") for letter in LETTERS]
        last = max((at for at, cell in enumerate(cells) if as_text(cell).strip()), default=-1)
        for cell in cells[: last + 1]:
            if isinstance(cell, date):  # a date, or a time of day with it
                self.problems.append("OPTION_IS_DATE")
            if isinstance(cell, int | float) and not isinstance(cell, bool):
                self.changes.append("option_from_number")
            yield text_of(as_text(cell))

    def _answer(self, kind: str, stem: str) -> Answer:
        if kind == FILL:
            return self._blanks(stem)
        value = self.cells.get("answer")
        if kind == JUDGE:
            return self._truth(value)
        return self._letters(value)

    def _letters(self, value: Cell) -> list[str]:
        if isinstance(value, int | float):
            self.problems.append("ANSWER_NOT_LETTER")
            return []
        written = self._text("answer")
        half = to_half_width(written)
        bare = _SEPARATORS.sub("", half)
        letters = bare.upper()
        if not re.fullmatch(r"[A-Z]*", letters):
            self.problems.append("ANSWER_NOT_LETTER")
            return []
        in_order = "".join(sorted(letters))
        steps = (written, half, bare, letters, in_order)
        names = ("answer_halfwidth", "answer_separators", "answer_upper", "answer_sorted")
        self.changes += [
            name
            for name, before, after in zip(names, steps, steps[1:], strict=False)
            if before != after
        ]
        if len(in_order) == 1 and self._is_multiple_proper():
            self.problems.append("MULTI_TOO_FEW")
        return list(in_order)

    def _is_multiple_proper(self) -> bool:
        """不定项 may have one right answer, 多选 may not."""
        written = (
            self._text("kind") or (_kind_of(self.sheet) and self.sheet) or self._text("category")
        )
        return _kind_of(written) == MULTIPLE and not _MAY_HAVE_ONE_ANSWER.match(written)

    def _truth(self, value: Cell) -> list[bool]:
        written = self._text("answer").casefold()
        if isinstance(value, bool):
            return [value]
        if written in _TRUE or written in _FALSE:
            if written not in {"对", "错"}:
                self.changes.append("answer_mapped")
            return [written in _TRUE]
        self.problems.append("JUDGE_ANSWER_INVALID" if written else "ANSWER_EMPTY")
        return []

    def _blanks(self, stem: str) -> list[list[str]]:
        """A column for each blank, or one cell with ``；`` or ``|`` between blanks."""
        columns = [self._text(f"blank_{n}") for n in range(1, MOST_BLANKS + 1)]
        blanks = blanks_in_columns(columns) or blanks_in_one_cell(
            self._text("answer"), wanted=blanks_in(stem)
        )
        if not blanks:
            self.problems.append("ANSWER_EMPTY")
        return blanks

    def _difficulty(self) -> str:
        rate, step = self._number("rate"), self._number("scale")
        if rate is not None and 0 <= rate <= 1:
            return EASY if rate >= EASY_RATE else HARD if rate <= HARD_RATE else MEDIUM
        if step is not None and 1 <= step <= 5:  # noqa: PLR2004 — a scale of five
            return EASY if step <= EASY_STEP else HARD if step >= HARD_STEP else MEDIUM
        word = DIFFICULTY_WORDS.get(self._text("difficulty"))
        if word is None:
            self.changes.append("difficulty_defaulted")
        return word or MEDIUM

    def _score(self) -> Decimal:
        if "score" not in self.cells:  # no such column
            self.changes.append("score_defaulted")
            return Decimal(1)
        value = self.cells.get("score")
        if isinstance(value, int | float):
            return _to_the_hundredth(Decimal(str(value)))
        written = to_half_width(self._text("score"))
        found = _POINTS.fullmatch(written)
        if found is None:
            return Decimal(0)
        self.changes.append("score_text")
        return _to_the_hundredth(Decimal(found[1]))

    def _number(self, name: str) -> Decimal | None:
        written = self._text(name)
        if not written:
            return None
        try:
            number = Decimal(to_half_width(written))
        except InvalidOperation:
            return None
        return number if number.is_finite() else None


def _kind_of(written: str) -> str:
    return _KINDS.get(written) or _KIND_ALIASES.get(written) or ""


def _to_the_hundredth(score: Decimal) -> Decimal:
    """As it is stored; what is no score at all stays that."""
    if not score.is_finite() or abs(score) > MOST_POINTS:
        return Decimal(-1)
    return score.quantize(Decimal("0.01"))


def _cell_fault(cell: Cell) -> str:
    if isinstance(cell, Formula) and FORBIDDEN_FORMULA.search(cell.text):
        return "FORMULA_FORBIDDEN"
    if isinstance(cell, Formula) and cell.value is None:
        return "FORMULA_NO_VALUE"
    return "CELL_ERROR" if isinstance(_stored(cell), CellError) else ""


def _stored(cell: Cell) -> Cell:
    return cell.value if isinstance(cell, Formula) else cell
