"""The judgement on one question, whatever it was read from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from unionhall.base.tables import Reason, RowVerdict, Verdict
from unionhall.domain.quiz.rules.questions import QuestionDraft, faults_of, stem_hash

QuestionVerdict = RowVerdict[QuestionDraft]
LONGEST_ABOUT = 80  # characters of a stem that tell which question is meant
_ORDER = (
    "FORMAT",
    "TEXT",
    "CELL",
    "FORMULA",
    "TYPE",
    "STEM",
    "PICTURE",
    "HTML",
    "OPTION",
    "ANSWER",
    "SINGLE",
    "MULTI",
    "JUDGE",
    "BLANK",
    "SCORE",
    "DUP",
)


class Place(NamedTuple):
    """Where a question stands: ``number`` is the row, or the ordinal in a file without rows."""

    sheet: str
    number: int
    line: int = 0  # of a text file, from 1


def verdict_on(
    draft: QuestionDraft | None,
    *,
    at: Place,
    problems: Iterable[str],
    changes: Iterable[str],
    seen: dict[str, frozenset[str]],
    about: str = "",
) -> QuestionVerdict:
    """Judge a draft; an accepted one joins ``seen`` (hash of a stem -> what is right in words).

    ``problems`` were met while reading, ``changes`` are what reading has put right; ``about`` is
    the stem where reading came to no draft.
    """
    codes = list(problems)
    digest = ""
    if draft is not None:
        unread = "ANSWER_NOT_LETTER" in codes  # then it is not empty
        codes += [code for code in faults_of(draft) if not (code == "ANSWER_EMPTY" and unread)]
        if not codes:
            digest = stem_hash(draft.stem)
            codes = duplicate_of(draft, seen[digest]) if digest in seen else []
    facts = {"line": at.line} if at.line else {}
    if codes:
        reasons = tuple(Reason(code, facts=facts) for code in dict.fromkeys(_in_order(codes)))
        about = (draft.stem if draft else about)[:LONGEST_ABOUT]
        return RowVerdict(at.sheet, at.number, Verdict.REJECTED, reasons, about=about)
    assert draft is not None, "a question without problems came to nothing"  # noqa: S101
    seen[digest] = draft.right_content
    changed = tuple(dict.fromkeys(changes))
    verdict = Verdict.ACCEPTED_NORMALISED if changed else Verdict.ACCEPTED
    about = draft.stem[:LONGEST_ABOUT]
    return RowVerdict(at.sheet, at.number, verdict, (), changed, values=draft, about=about)


def _in_order(codes: Iterable[str]) -> list[str]:
    """As the columns stand: stem, options, answer, score."""
    return sorted(codes, key=lambda code: _ORDER.index(code.partition("_")[0]))


def duplicate_of(draft: QuestionDraft, earlier: frozenset[str]) -> list[str]:
    """The code for a stem that is there already; ``earlier`` is what is right there, in words."""
    return ["DUP_STEM" if earlier == draft.right_content else "DUP_STEM_CONFLICT"]
