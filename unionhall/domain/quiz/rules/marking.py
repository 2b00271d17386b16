"""What an answer is worth."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import cast

from unionhall.base.written_text import folded
from unionhall.domain.quiz.rules.papers import Slot, letters_of
from unionhall.domain.quiz.rules.questions import (
    FILL,
    JUDGE,
    LONGEST_BLANK,
    MULTIPLE,
    SINGLE,
    Answer,
)

TRUE, FALSE = "true", "false"
_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")  # what no column of text or JSON holds


def is_right(kind: str, right: Answer, slot: Slot, given: Sequence[str]) -> bool:
    """All or nothing: every right option and no other; every blank."""
    if kind in {SINGLE, MULTIPLE}:
        return bool(given) and letters_of(slot, given) == sorted(str(letter) for letter in right)
    if kind == JUDGE:
        return list(given) == [TRUE if right[0] else FALSE]
    if kind == FILL:
        blanks = cast("list[list[str]]", right)
        return len(given) == len(blanks) and all(
            _same(text) in {_same(accepted) for accepted in blank}
            for text, blank in zip(given, blanks, strict=True)
        )
    raise ValueError(kind)


def score_of(
    paper: Sequence[Slot],
    keys: Mapping[int, tuple[str, Answer]],
    given: Mapping[int, Sequence[str]],
) -> int:
    """Points of a paper. ``keys``: version -> kind, answer; ``given``: position (from 1)."""
    return sum(
        slot.points
        for position, slot in enumerate(paper, start=1)
        if is_right(*keys[slot.version_id], slot, given.get(position, ()))
    )


def is_answered(given: Sequence[str]) -> bool:
    """Whether anything was ticked or typed."""
    return any(part.strip() for part in given)


def as_given(kind: str, given: Sequence[str], *, options: int, blanks: int) -> list[str]:
    """What may be kept of what a browser sent: known letters in order, texts cut to length.

    Raises ``ValueError`` when it is no answer to a question of this kind.
    """
    if kind == FILL:
        if len(given) > blanks or any(_UNKEEPABLE.search(text) for text in given):
            raise ValueError(kind)
        return [text.strip()[:LONGEST_BLANK] for text in given] + [""] * (blanks - len(given))
    known = {TRUE, FALSE} if kind == JUDGE else set("ABCDEFGH"[:options])
    letters = sorted(set(given))
    if not set(letters) <= known or (kind != MULTIPLE and len(letters) > 1):
        raise ValueError(kind)
    return letters


def _same(text: str) -> str:
    """Full width, spaces and case do not make an answer wrong."""
    return "".join(folded(text).casefold().split())
