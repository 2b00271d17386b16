"""A union's word in front of every text of its rows, so that whatever shows one of them shows whose it is."""

from __future__ import annotations

import json
from typing import Any

from django.apps import apps
from django.db import models

from tests.attacks.planting import SAID, WORDS

KNOWN_TO_ALL = {
    "unions.Union name",
    "accounts.User name",
}  # the tree; and each login is named already
# A text there says that something was undone or closed, which may still be done; captions are a file
STAY_EMPTY = {
    "welfare.Redemption undo_reason", "welfare.VoucherOffer closed_because", "lectures.Phase closed_because", "learning.Lesson captions",
}  # fmt: skip
Starts = dict[str, int]  # table -> its first row


def sign_texts(word: str, since: Starts) -> None:
    """Of the rows made ``since``; an empty text becomes the word, what is not there at all stays so."""
    for label, names in WORDS.items():
        model = apps.get_model(label)
        left = KNOWN_TO_ALL | STAY_EMPTY
        columns = [name for name in names.split() if f"{label} {name}" not in left]
        rows = list(model._default_manager.filter(pk__gte=since.get(_numbered(model), 0)))
        for row in rows if columns else []:
            for name in columns:
                setattr(row, name, signed(getattr(row, name), word, model._meta.get_field(name)))
        if rows and columns:
            model._default_manager.bulk_update(rows, columns)


def _numbered(model: type[models.Model]) -> str:
    """The table whose numbers its rows bear: its own, or that of the row which each belongs to."""
    key = model._meta.pk
    while key is not None and key.remote_field is not None:
        model = key.related_model
        key = model._meta.pk
    return model._meta.db_table


def signed(value: Any, word: str, column: models.Field[Any, Any]) -> Any:
    """With the word in front; of JSON, in front of each of its texts."""
    if not isinstance(value, str):
        return inside(value, word)
    if value[:1] in {"{", "["}:
        return json.dumps(inside(json.loads(value), word), ensure_ascii=False)
    return value if word in value else (word + value)[: column.max_length]


def inside(value: Any, word: str) -> Any:
    if isinstance(value, dict):
        return {name: inside(one, word) for name, one in value.items()}
    if isinstance(value, list):
        return [inside(one, word) for one in value]
    is_bare = isinstance(value, str) and SAID.search(value) and word not in value
    return word + value if is_bare else value
