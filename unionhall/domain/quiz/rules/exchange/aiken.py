"""Aiken, the plainest format: https://docs.moodle.org/en/Aiken_format.

A stem, options behind ``A.`` or ``A)``, ``ANSWER: A``. Several letters in the answer make a
multiple choice here; Moodle knows none in this format, so none are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from unionhall.domain.quiz.rules.exchange.written import Written
from unionhall.domain.quiz.rules.questions import LETTERS, MULTIPLE, SINGLE, QuestionDraft, text_of

_OPTION = re.compile(r"\s*([A-Z])\s*[.)．、）]\s*(.*)", re.DOTALL)
_ANSWER = re.compile(r"\s*ANSWER\s*[:：](.*)", re.IGNORECASE)
_LETTERS = re.compile(r"[A-Z]([\s,、，]*[A-Z])*")
CHANGES = ("difficulty_defaulted", "score_defaulted")  # the format has neither


@dataclass(slots=True)
class _Lines:
    """The lines of one question so far."""

    line: int
    stem: list[str] = field(default_factory=list)
    options: list[tuple[str, list[str]]] = field(default_factory=list)  # a letter and its lines


def read(text: str) -> Iterator[Written]:
    """The questions of a file, in order; a stem after a blank line starts the next."""
    current: _Lines | None = None
    blank = False
    for number, line in enumerate(text.split("\n"), start=1):
        answer = _ANSWER.fullmatch(line)
        if current is None or (blank and line.strip() and _begins_anew(current, line)):
            if current is not None:
                yield _question(current, None)
            current = _Lines(number) if line.strip() else None
        if answer is not None:
            yield _question(current or _Lines(number), answer[1])
            current = None
        elif current is not None and line.strip():
            _take(current, line)
        blank = not line.strip()
    if current is not None:
        yield _question(current, None)


def _begins_anew(current: _Lines, line: str) -> bool:
    return bool(current.options) and not _OPTION.match(line) and not _ANSWER.match(line)


def _take(current: _Lines, line: str) -> None:
    """An option needs a stem before it; what is neither goes on with what was last."""
    option = _OPTION.fullmatch(line) if current.stem else None
    if option is not None:
        current.options.append((option[1], [option[2]]))
    elif current.options:
        current.options[-1][1].append(line)
    else:
        current.stem.append(line)


def _question(lines: _Lines, answer: str | None) -> Written:
    """``answer`` is what stood behind the colon; ``None`` when there was no such line."""
    if answer is None and not lines.options:
        return Written(lines.line, None, ("FORMAT_BROKEN",))
    given = text_of(answer or "").upper()
    letters = sorted(re.findall("[A-Z]", given)) if _LETTERS.fullmatch(given) else []
    problems = ["ANSWER_NOT_LETTER"] if given and not letters else []
    names = [name for name, _lines in lines.options]
    if names != list(LETTERS[: len(names)]) and len(names) <= len(LETTERS):
        problems.append("OPTION_GAP")
    draft = QuestionDraft(
        MULTIPLE if len(letters) > 1 else SINGLE,
        text_of("\n".join(lines.stem)),
        letters,
        tuple(text_of("\n".join(texts)) for _name, texts in lines.options),
    )
    return Written(lines.line, draft, tuple(problems), CHANGES)


def write(drafts: Iterable[QuestionDraft]) -> str:
    """Those that the format ``holds``, with stem, options and answer."""
    return "\n".join(_block(draft) for draft in drafts if holds(draft))


def holds(draft: QuestionDraft) -> bool:
    """Whether it is a single choice of one-line texts that reads back as what it is."""
    texts = (draft.stem, *draft.options)
    if draft.kind != SINGLE or draft.pictures or any("\n" in text for text in texts):
        return False
    back = [one.draft for one in read(_block(draft))]
    return [(one.stem, one.options, one.answer) for one in back if one] == [
        (draft.stem, draft.options, draft.answer)
    ]


def _block(draft: QuestionDraft) -> str:
    options = zip(LETTERS, draft.options, strict=False)
    lines = [draft.stem, *(f"{letter}. {text}" for letter, text in options)]
    return "\n".join([*lines, f"ANSWER: {draft.answer[0]}", ""])
