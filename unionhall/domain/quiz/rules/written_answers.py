"""Answers as a cell of a bank has them: ``ABD``, ``对``, ``119；120``.

``/`` stands between what is accepted alike. A mark behind a backslash is part of a text, which
only our own files need.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from unionhall.domain.quiz.rules.questions import FILL, JUDGE, Answer

_MARKS = "；;/或|\\"
_HIDDEN = dict(zip(_MARKS, map(chr, range(len(_MARKS))), strict=True))  # no text has these
_BACK = str.maketrans({hidden: mark for mark, hidden in _HIDDEN.items()})
_MARKED = re.compile(rf"\\([{re.escape(_MARKS)}])")
_MARK = re.compile(rf"[{re.escape(_MARKS)}]")
_BETWEEN_ALTERNATIVES = re.compile(r"[/或|]")
_BETWEEN_BLANKS = (re.compile(r"[；;]"), re.compile(r"\|"))


def written_answer(kind: str, answer: Answer) -> str:
    """The answer in one cell."""
    if kind == JUDGE:
        return "对" if answer[0] else "错"
    if kind == FILL:
        return "；".join("/".join(map(_with_backslash, blank)) for blank in answer)  # type: ignore[arg-type]
    return "".join(map(str, answer))


def _with_backslash(text: str) -> str:
    return _MARK.sub(lambda found: f"\\{found[0]}", text)


def blanks_in_columns(columns: Sequence[str]) -> list[list[str]]:
    """The accepted texts of each blank that has a column of its own."""
    return [_alternatives(_hidden(text)) for text in columns if text]


def blanks_in_one_cell(whole: str, *, wanted: int) -> list[list[str]]:
    """The same, with ``；`` or ``|`` between ``wanted`` blanks."""
    hidden = _hidden(whole)
    if not hidden:
        return []
    if wanted == 1:
        return [_alternatives(hidden)]
    splits = [[part for part in mark.split(hidden) if part.strip()] for mark in _BETWEEN_BLANKS]
    chosen = next((parts for parts in splits if len(parts) == wanted), splits[0])
    return [_alternatives(part) for part in chosen]


def _hidden(text: str) -> str:
    return _MARKED.sub(lambda found: _HIDDEN[found[1]], text)


def _alternatives(hidden: str) -> list[str]:
    parts = (part.translate(_BACK).strip() for part in _BETWEEN_ALTERNATIVES.split(hidden))
    return [part for part in parts if part]
