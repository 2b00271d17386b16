"""Confirmed questions go into their bank, batch by batch; a worker that dies is followed by another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from unionhall.base import collector
from unionhall.base.copying import joined_by_hashes, plan_anew
from unionhall.base.sweep import one_by_one
from unionhall.base.tables import Verdict
from unionhall.domain.quiz.actions.bank_imports import (
    check_bank,
    confirm_bank_import,
    receive_bank,
)
from unionhall.domain.quiz.actions.banks import put_in
from unionhall.domain.quiz.models import Bank, BankImport, BankImportRow
from unionhall.domain.quiz.queries.bank_files import refusal_kept_as
from unionhall.domain.quiz.queries.bank_imports import counts_of
from unionhall.domain.quiz.queries.banks import stems_known
from unionhall.domain.quiz.rules.kept_drafts import draft_kept_as
from unionhall.domain.quiz.rules.questions import QuestionDraft, stem_hash
from unionhall.domain.quiz.rules.verdicts import duplicate_of
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Union

BATCH = 2000
TAKEN = (Verdict.ACCEPTED.value, Verdict.ACCEPTED_NORMALISED.value)


def take_in_confirmed_banks() -> int:
    """Take in every confirmed file in the order of the yeses; each batch is a transaction of its own."""
    running = BankImport.objects.filter(state=BankImport.State.RUNNING)
    return one_by_one(take_in_all, list(running.order_by("batch_id").values_list("pk", flat=True)))


def take_in_all(import_id: int) -> int:
    """All that is left of one file; returns how many batches that were."""
    batches = 0
    while take_in_next_questions(import_id):
        batches += 1
    return batches


@transaction.atomic
def take_in_next_questions(import_id: int, *, limit: int = BATCH) -> bool:
    """Take in the next rows; false when there are no more, or another worker is at it."""
    imports = BankImport.objects.select_related("bank", "by").defer("content")
    running = imports.filter(pk=import_id, state=BankImport.State.RUNNING)
    sent = running.select_for_update(skip_locked=True, of=("self",)).first()
    if sent is None or sent.bank is None:
        return False
    due = sent.import_rows.filter(place__gte=sent.next_place, verdict__in=TAKEN).order_by("place")
    places = list(due.values_list("place", flat=True)[:limit])
    if places:
        with collector.paused():
            _take_in(sent, sent.bank, (places[0], places[-1]))
        sent.next_place = places[-1] + 1
    else:
        sent.state, sent.next_place = BankImport.State.DONE, sent.rows
        sent.counts = counts_of(sent)
    sent.save(update_fields=["state", "next_place", "counts"])
    return bool(places)


def _take_in(sent: BankImport, bank: Bank, span: tuple[int, int]) -> None:
    """What is new goes in all at once; questions with pictures, and those known by now, one by one."""
    Bank.objects.select_for_update(no_key=True).get(pk=bank.pk)  # two imports at once take turns
    left = _admit(sent, span)
    if left:
        rows = sent.import_rows.filter(place__in=left).order_by("place")
        _take_in_each(sent, bank, list(rows.values_list("pk", "values")))


def _admit(sent: BankImport, span: tuple[int, int]) -> list[int]:
    """Take in the rows whose places are in ``span``; gives back the places of those that it left."""
    plan_anew()
    with connection.cursor() as cursor, joined_by_hashes(cursor):
        who = sent.by.pk if sent.by else None
        cursor.execute(ADMIT, [sent.pk, *span, list(TAKEN), sent.bank_id, sent.batch_id, who])
        return [place for (place,) in cursor.fetchall()]


_SAID = "kind, stem, options, answer, difficulty, score, explanation, category, tags, name, source"
_OF_VERSION = ", ".join(f"version.{name}" for name in _SAID.split(", "))
ADMIT = f"""
WITH due AS MATERIALIZED (
    SELECT in_line.*, nextval((SELECT pg_get_serial_sequence('quiz_question', 'id'))) AS question_id
    FROM (
        SELECT place, "values" AS said FROM quiz_bank_import_row
        WHERE bank_import_id = %s AND place BETWEEN %s AND %s AND verdict = ANY(%s) ORDER BY place
    ) in_line
), come AS (
    INSERT INTO quiz_question (id, bank_id, stem_hash, batch_id)
    SELECT question_id, %s, said ->> 'stem_hash', %s FROM due
    WHERE jsonb_exists(said, 'stem_hash') AND said -> 'pictures' = '[]'
    ON CONFLICT (bank_id, stem_hash) DO NOTHING
    RETURNING id
), there AS (
    INSERT INTO quiz_question_version (question_id, nth, current, written_at, by_id, {_SAID})
    SELECT come.id, 1, true, now(), %s, {_OF_VERSION} FROM come JOIN due ON due.question_id = come.id,
    LATERAL jsonb_populate_record(NULL::quiz_question_version, said) AS version
    ORDER BY come.id
)
SELECT place FROM due WHERE NOT EXISTS (SELECT FROM come WHERE come.id = question_id) ORDER BY place
"""  # noqa: S608 — columns of ours


def _take_in_each(sent: BankImport, bank: Bank, rows: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Held against the bank again, for somebody may have filled it between the check and the yes."""
    drafts = [draft_kept_as(values) for _pk, values in rows]
    hashes = [stem_hash(draft.stem) for draft in drafts]
    known = stems_known(bank, hashes=hashes)
    new: dict[str, QuestionDraft] = {}
    there: dict[str, list[int]] = {}
    for (pk, _values), draft, digest in zip(rows, drafts, hashes, strict=True):
        if digest in known:
            (code,) = duplicate_of(draft, known[digest])
            there.setdefault(code, []).append(pk)
        else:
            new[digest] = draft
    for code, again in there.items():
        BankImportRow.objects.filter(pk__in=again).update(
            verdict=Verdict.REJECTED, reason_codes=[code], normalisations=[]
        )
    batch_id = sent.batch_id or 0  # never 0: it runs after its yes
    put_in(new, bank=bank, batch_id=batch_id, by=sent.by)


def import_questions(
    content: bytes,
    *,
    name: str,
    union: Union,
    bank_name: str,
    by: User | None,
    as_of: dt.date | None = None,
) -> BankImport:
    """All steps at once, for whoever needs no look at the report between them.

    Raises ``UnreadableFile``. Killed on the way, it is gone on with by the worker.
    """
    sent = receive_bank(content, name=name, union=union, bank_name=bank_name, by=by, as_of=as_of)
    check_bank(sent.pk)
    sent.refresh_from_db()
    if sent.state == BankImport.State.UNREADABLE:
        raise refusal_kept_as(sent.problem)
    confirm_bank_import(sent, by=by)
    take_in_all(sent.pk)
    sent.refresh_from_db()
    return sent
