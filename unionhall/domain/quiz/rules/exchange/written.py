"""One question as a file has it, and how the questions of a file are judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from unionhall.domain.quiz.rules.questions import QuestionDraft
from unionhall.domain.quiz.rules.verdicts import Place, QuestionVerdict, verdict_on

_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,9})?")
_PIECE = re.compile(r"\\([\\；])|；|[^\\；]+|\\")
MOST_ANSWERS = 64  # combinations that a question of several blanks is written out to


class BrokenFileError(ValueError):
    """The file as a whole is none of its format; ``line`` is where that shows, from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Written:
    """A question on its way in. ``line`` from 1; ``problems`` are codes of what kept it out."""

    line: int
    draft: QuestionDraft | None
    problems: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """A whole file. ``name`` stands in reports where a workbook has the name of its sheet."""

    name: str
    questions: tuple[Written, ...]


def read_file(
    file: QuestionFile, *, known: Mapping[str, frozenset[str]] | None = None
) -> list[QuestionVerdict]:
    """The verdict on every question, by its ordinal; ``known`` as in ``read_questions``."""
    seen = dict(known or {})
    return [
        verdict_on(
            one.draft,
            at=Place(file.name, ordinal, one.line),
            problems=one.problems,
            changes=one.changes,
            seen=seen,
        )
        for ordinal, one in enumerate(file.questions, start=1)
    ]


def points(written: str) -> Decimal:
    """A score as these formats write it, to the hundredth; 0 when it is no number."""
    number = written.strip()
    return Decimal(number).quantize(Decimal("0.01")) if _NUMBER.fullmatch(number) else Decimal(0)


def plain_number(score: Decimal) -> str:
    """``3.00`` is ``3``, and ``10`` is never ``1E+1``."""
    return f"{score.normalize():f}"


def joined(blanks: Iterable[Iterable[str]]) -> list[str]:
    """Several blanks as answers of one short-answer question, parted by ``；``.

    All combinations while they are few, so that any program marks them right; else as many as
    show every accepted text once.
    """
    accepted = [[_escaped(text) for text in blank] for blank in blanks]
    combinations = list(product(*accepted)) if _few(accepted) else _each_once(accepted)
    return ["；".join(one) for one in combinations]


def parted(answers: Iterable[str], blanks: int) -> list[list[str]]:
    """The accepted texts of each blank; empty when an answer has another number of them."""
    columns: list[list[str]] = [[] for _ in range(blanks)]
    for answer in answers:
        parts = _parts(answer)
        if len(parts) != blanks:
            return []
        for column, part in zip(columns, parts, strict=True):
            column.append(part)
    return [list(dict.fromkeys(column)) for column in columns]


def _few(accepted: list[list[str]]) -> bool:
    combinations = 1
    for blank in accepted:
        combinations *= len(blank)
    return combinations <= MOST_ANSWERS


def _each_once(accepted: list[list[str]]) -> list[tuple[str, ...]]:
    longest = max(len(blank) for blank in accepted)
    return [tuple(blank[min(at, len(blank) - 1)] for blank in accepted) for at in range(longest)]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("；", "\\；")


def _parts(answer: str) -> list[str]:
    """Split at ``；``; one behind a backslash is part of the text."""
    parts: list[list[str]] = [[]]
    for found in _PIECE.finditer(answer):
        if found[0] == "；":
            parts.append([])
        else:
            parts[-1].append(found[1] or found[0])
    return ["".join(part).strip() for part in parts]
