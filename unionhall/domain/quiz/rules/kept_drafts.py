"""A draft between its check and the yes, as JSON can hold it."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

from unionhall.domain.quiz.rules.questions import LONGEST_SOURCE, Picture, QuestionDraft, stem_hash


def kept(draft: QuestionDraft) -> dict[str, Any]:
    """What ``draft_kept_as`` reads."""
    return {
        "kind": draft.kind,
        "stem": draft.stem,
        "answer": draft.answer,
        "options": draft.options,
        "difficulty": draft.difficulty,
        "score": str(draft.score),
        "explanation": draft.explanation,
        "category": draft.category,
        "tags": draft.tags,
        "name": draft.name,
        "pictures": [
            {
                "content": base64.b64encode(one.content).decode(),
                "text": one.text,
                "option": one.option,
            }
            for one in draft.pictures
        ],
        "source": draft.source[:LONGEST_SOURCE],
        "stem_hash": stem_hash(draft.stem),
    }


def draft_kept_as(values: dict[str, Any]) -> QuestionDraft:
    """The same draft again."""
    said = {name: value for name, value in values.items() if name != "stem_hash"}
    pictures = tuple(
        Picture(base64.b64decode(one["content"]), one["text"], one["option"])
        for one in said.pop("pictures")
    )
    said["options"], said["tags"] = tuple(said["options"]), tuple(said["tags"])
    return QuestionDraft(**said | {"score": Decimal(said["score"]), "pictures": pictures})
