"""Hostile text into every column that somebody's words stand in, past any form: what is shown must bear all of it."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models

from tests.attacks.payloads import hostile_texts
from unionhall.base.encryption import EncryptedTextField

LONG, SOME = 2_000, 200  # signs in a column that has no end, and in a part of one
WORDS = {
    "accounts.Identity": "shown_as",
    "accounts.User": "name",
    "casework.Case": "title",
    "casework.Event": "text",
    "corrections.Correction": "said",
    "enrolment.Application": "name employer",
    "exports.Export": "title",
    "files.PrivateFile": "name",
    "allotment.Pool": "label",
    "learning.Lesson": "title speaker script captions",
    "lectures.Phase": "title draft closed_because",
    "lectures.PlacesChange": "because",
    "lectures.Series": "title",
    "members.Absence": "note",
    "members.BulkDeed": "told words undone_because",
    "members.Change": "was",
    "members.Member": "name ethnicity education",
    "members.Membership": "department",
    "members.Reorganisation": "departments reason undone_because",
    "members.RollImport": "file_name undone_because",
    "members.RollRow": "sheet values changes",
    "members.SavedFilter": "name said",
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
    "search.Document": "title text",
    "unions.Change": "was",
    "webhooks.Receiver": "name",
    "unions.ListImport": "file_name undone_because",
    "unions.ListRow": "sheet values changes",
    "unions.Office": "because",
    "unions.Union": "name employer ownership chair remark",
    "welfare.Clerk": "till",
    "welfare.Merchant": "name address phone",
    "welfare.Redemption": "undo_reason",
    "welfare.VoucherOffer": "title terms closed_because",
}
# What the product wrote itself, or what only a number, a code or a choice can stand in.
NO_WORDS = {
    "accounts.Arrival", "accounts.Identity door issuer subject subject_index other_id", "accounts.CacheEntry", "accounts.Consent", "accounts.Session", "accounts.SignInCode", "accounts.Tally", "accounts.User password phone phone_index language",
    "allotment.Claim", "allotment.Pool family audience seed seed_hash", "exports.ColumnsChosen", "exports.Export list_name columns language scope filters content",
    "casework.Case kind stage reminded about", "casework.CaseFile", "casework.Event stage", "enrolment.Application situation occupation id_kind id_number id_index phone", "enrolment.Transfer", "files.PrivateFile content_type path", "ledger.Entry", "ledger.Horizon", "ledger.Seal", "learning.Watching", "lectures.KeptReport", "lectures.Phase added_from", "lectures.Series saved_from", "members.Change column", "members.KeptFigures",
    "members.Member id_index phone_index phone_tail_index id_number phone", "members.Newcomer", "members.RollImport fingerprint problem counts left_out headings content",
    "members.RollPage", "members.RollRow verdict reason_codes normalisations warnings", "members.TransferRequest told", "notify.ConsoleText phone",
    "notify.Delivery", "personal.Closing", "personal.Copy", "notify.SwitchedOff", "notify.Message topic phone", "programs.ProgramKey prefix digest", "quiz.Admission", "quiz.Answer",
    "quiz.Attempt", "quiz.BankImport fingerprint problem counts", "quiz.BankImportRow verdict reason_codes normalisations", "quiz.Contest draw audience winners_link",
    "quiz.Question", "quiz.QuestionPicture option digest", "quiz.QuestionTally", "quiz.QuestionVersion answer", "unions.Change column", "unions.TermReminder",
    "unions.ListImport fingerprint problem counts content", "unions.ListRow verdict reason_codes normalisations warnings",
    "replay.Seen", "search.Circle", "search.Document kind", "unions.Union path uscc industry_section industry_division industry_edition chair_phone", "welfare.Replacement",
    "webhooks.Receiver url kinds secret old_secret", "webhooks.Event", "webhooks.Attempt", "webhooks.Spread",
}  # fmt: skip
SAID = re.compile(
    "[\u4e00-\u9fff⟦]"
)  # somebody's words are Chinese here, or planted before; codes and addresses are not


def undeclared() -> list[str]:
    """Columns of text of which nobody has said whether somebody's words stand in them."""
    known = {f"{model} {one}" for model, names in WORDS.items() for one in names.split()}
    whole = {line for line in NO_WORDS if " " not in line}
    known |= {f"{line.split()[0]} {one}" for line in NO_WORDS - whole for one in line.split()[1:]}
    return [
        f"{model._meta.label} {column.name}"
        for model in apps.get_models()
        if model.__module__.startswith("unionhall") and model._meta.label not in whole
        for column in model._meta.concrete_fields
        if _is_text(column) and f"{model._meta.label} {column.name}" not in known
    ]


def _is_text(column: models.Field[Any, Any]) -> bool:
    kinds = (models.CharField, models.TextField, models.JSONField, EncryptedTextField)
    return isinstance(column, kinds) and not column.choices


@dataclass
class Planting:
    """Texts in turn, each with a number before it by which it is known again on a page."""

    texts: Iterator[str]
    planted: list[str] = field(default_factory=list)

    def next(self, room: int) -> str:
        """As many texts as there is room for, the first cut to fit."""
        sign = f"⟦{len(self.planted)}⟧"
        packed = sign + next(self.texts)[: room - len(sign)]
        for text in self.texts:
            if len(packed) + 1 + len(text) > room:
                break
            packed += f"\n{text}"
        self.planted.append(packed)
        return packed


def plant(shift: int = 0) -> list[str]:
    """Into every row that is there; what stands where ``⟦n⟧`` does. ``shift`` starts elsewhere in the list."""
    planting = Planting(itertools.cycle(_storable(shift)))
    for label, names in WORDS.items():
        model = apps.get_model(label)
        rows = list(model._default_manager.all())
        for row, name in itertools.product(rows, names.split()):
            column = model._meta.get_field(name)
            setattr(row, name, _poisoned(getattr(row, name), column, planting))
        model._default_manager.bulk_update(rows, names.split())
    return planting.planted


def _storable(shift: int) -> list[str]:
    """What a database takes: no NUL, no half of a sign."""
    halves = re.compile("[\0\ud800-\udfff]")
    kept = [one for one in hostile_texts() if not halves.search(one)]
    return kept[shift % len(kept) :] + kept[: shift % len(kept)]


def _poisoned(value: object, column: models.Field[Any, Any], planting: Planting) -> object:
    if isinstance(column, models.JSONField):
        return _inside(value, planting)
    if isinstance(column, EncryptedTextField) and (read := _json(value)) is not None:
        return json.dumps(_inside(read, planting), ensure_ascii=False)
    return planting.next(column.max_length or LONG) if value else value


def _json(value: object) -> object:
    try:
        read = json.loads(str(value))
    except ValueError:
        return None
    return read if isinstance(read, dict | list) else None


def _inside(value: object, planting: Planting) -> object:
    """The words in it, replaced; its codes, numbers and addresses as they are."""
    if isinstance(value, dict):
        return {name: _inside(one, planting) for name, one in value.items()}
    if isinstance(value, list):
        return [_inside(one, planting) for one in value]
    is_said = isinstance(value, str) and SAID.search(value)
    return planting.next(SOME) if is_said else value
