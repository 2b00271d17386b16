"""Hostile text into every column that somebody's words stand in, past any form: what is shown must bear all of it."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models

from tests.attacks.payloads import hostile_texts
from unionhall.base.encryption import EncryptedTextField

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG = 6_000  # signs in a column that has no end
WORDS = {
    "accounts.User": "name",
    "exports.Export": "title",
    "allotment.Pool": "label",
    "learning.Lesson": "title speaker script captions",
    "lectures.Phase": "title draft closed_because",
    "lectures.PlacesChange": "because",
    "lectures.Series": "title",
    "members.Absence": "note",
    "members.Change": "was",
    "members.Member": "name ethnicity education",
    "members.Membership": "department",
    "members.RollImport": "file_name undone_because",
    "members.RollRow": "sheet values changes",
    "members.TransferRequest": "department reason",
    "notify.ConsoleText": "text",
    "notify.Message": "context",
    "programs.ProgramKey": "name",
    "quiz.Bank": "name",
    "quiz.BankImport": "bank_name file_name undone_because",
    "quiz.BankImportRow": "sheet about values",
    "quiz.Contest": "title prize_title",
    "quiz.QuestionPicture": "text",
    "quiz.QuestionVersion": "stem options explanation category name source",
    "quiz.Review": "text answer",
    "unions.Change": "was",
    "unions.ListImport": "file_name undone_because",
    "unions.ListRow": "sheet values changes",
    "unions.Union": "name employer ownership chair remark",
    "welfare.Clerk": "till",
    "welfare.Merchant": "name address phone",
    "welfare.Redemption": "undo_reason",
    "welfare.VoucherOffer": "title terms",
}
# What the product wrote itself, or what only a number, a code or a choice can stand in.
NO_WORDS = {
    "accounts.CacheEntry", "accounts.Consent", "accounts.SignInCode", "accounts.Tally", "accounts.User password phone phone_index language",
    "allotment.Claim", "allotment.Pool family audience seed seed_hash", "exports.ColumnsChosen", "exports.Export list_name columns language scope filters content",
    "files.PrivateFile", "ledger.Entry", "learning.Watching", "lectures.Phase added_from", "lectures.Series saved_from", "members.Change column",
    "members.Member id_index phone_index phone_tail_index id_number phone", "members.Newcomer", "members.RollImport fingerprint problem counts left_out headings content",
    "members.RollPage", "members.RollRow verdict reason_codes normalisations warnings", "members.TransferRequest told", "notify.ConsoleText phone",
    "notify.Delivery", "notify.Message topic phone", "programs.ProgramKey prefix digest", "quiz.Admission", "quiz.Answer",
    "quiz.Attempt", "quiz.BankImport fingerprint problem counts", "quiz.BankImportRow verdict reason_codes normalisations", "quiz.Contest draw audience winners_link",
    "quiz.Question", "quiz.QuestionPicture option digest", "quiz.QuestionTally", "quiz.QuestionVersion answer", "unions.Change column",
    "unions.ListImport fingerprint problem counts content", "unions.ListRow verdict reason_codes normalisations warnings",
    "unions.Union path uscc industry_section industry_division industry_edition chair_phone", "welfare.Replacement",
}  # fmt: skip
SAID = re.compile(
    "[\u4e00-\u9fff]"
)  # somebody's words are Chinese here; codes and addresses are not


def undeclared() -> list[str]:
    """Columns of text of which nobody has said whether somebody's words stand in them."""
    known = {f"{model} {one}" for model, names in WORDS.items() for one in names.split()}
    whole = {line for line in NO_WORDS if " " not in line}
    known |= {f"{line.split()[0]} {one}" for line in NO_WORDS - whole for one in line.split()[1:]}
    return [
        f"{model._meta.label} {field.name}"
        for model in apps.get_models()
        if model.__module__.startswith("unionhall") and model._meta.label not in whole
        for field in model._meta.concrete_fields
        if _is_text(field) and f"{model._meta.label} {field.name}" not in known
    ]


def _is_text(field: models.Field) -> bool:  # type: ignore[type-arg]
    kinds = (models.CharField, models.TextField, models.JSONField, EncryptedTextField)
    return isinstance(field, kinds) and not field.choices


def plant(shift: int = 0) -> int:
    """Into every row that is there; ``shift`` starts elsewhere in the list. The number of texts."""
    texts, planted = itertools.cycle(_storable(shift)), 0
    for label, names in WORDS.items():
        model = apps.get_model(label)
        rows = list(model._default_manager.all())
        for row, name in itertools.product(rows, names.split()):
            setattr(row, name, _poisoned(getattr(row, name), model._meta.get_field(name), texts))
            planted += 1
        model._default_manager.bulk_update(rows, names.split())
    return planted


def _storable(shift: int) -> list[str]:
    """What a database takes: no NUL, no half of a sign."""
    kept = [one for one in hostile_texts() if ("\0" not in one and one.isascii()) or _whole(one)]
    kept = [one for one in kept if "\0" not in one]
    return kept[shift % len(kept) :] + kept[: shift % len(kept)]


def _whole(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def _poisoned(value: object, field: models.Field, texts: Iterator[str]) -> object:  # type: ignore[type-arg]
    if isinstance(field, models.JSONField):
        return _inside(value, texts)
    if isinstance(field, EncryptedTextField) and (read := _json(value)) is not None:
        return json.dumps(_inside(read, texts), ensure_ascii=False)
    return _packed(field.max_length or LONG, texts) if value else value


def _json(value: object) -> object:
    try:
        read = json.loads(str(value))
    except ValueError:
        return None
    return read if isinstance(read, dict | list) else None


def _inside(value: object, texts: Iterator[str]) -> object:
    """The words in it, replaced; its codes, numbers and addresses as they are."""
    if isinstance(value, dict):
        return {name: _inside(one, texts) for name, one in value.items()}
    if isinstance(value, list):
        return [_inside(one, texts) for one in value]
    return _packed(200, texts) if isinstance(value, str) and SAID.search(value) else value


def _packed(room: int, texts: Iterator[str]) -> str:
    """As many as there is room for, the first cut to fit."""
    packed = next(texts)[:room]
    for text in texts:
        if len(packed) + 1 + len(text) > room:
            return packed
        packed += f"\n{text}"
    return packed
