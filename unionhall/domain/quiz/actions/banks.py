"""Fill and mend banks of questions."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.copying import copy_in, next_ids
from unionhall.base.errors import Refused
from unionhall.base.files import actions as files
from unionhall.base.ledger import actions as ledger
from unionhall.base.pictures import kind_of
from unionhall.domain.quiz.models import Bank, Question, QuestionPicture, QuestionVersion
from unionhall.domain.quiz.queries.bank_exports import Form, Written, written
from unionhall.domain.quiz.queries.bank_reports import words_of
from unionhall.domain.quiz.queries.drawing import contest_left_short
from unionhall.domain.quiz.rules.questions import (
    LONGEST_SOURCE,
    Picture,
    QuestionDraft,
    faults_of,
    stem_hash,
)
from unionhall.people.accounts.models import User


def put_in(new: Mapping[str, QuestionDraft], *, bank: Bank, batch_id: int, by: User | None) -> None:
    """By COPY: a bank may come with tens of thousands. ``new``: by the hashes of their stems.

    Raises ``IntegrityError`` if the bank has one of these.
    """
    drafts = list(new.values())
    ids, version_ids = next_ids(Question, len(drafts)), next_ids(QuestionVersion, len(drafts))
    copy_in(
        Question,
        ["id", "bank", "stem_hash", "batch_id"],
        ((pk, bank.pk, digest, batch_id) for pk, digest in zip(ids, new, strict=True)),
    )
    copy_in(QuestionVersion, _COLUMNS, _version_rows(version_ids, ids, drafts, by=by))
    pictures = [
        picture
        for pk, draft in zip(version_ids, drafts, strict=True)
        for picture in _pictures(pk, draft.pictures, by=by)
    ]
    QuestionPicture.objects.bulk_create(pictures)


_COLUMNS = (
    "id", "question", "nth", "current", "written_at", "by",
    "kind", "stem", "options", "answer", "difficulty", "score", "explanation",
    "category", "tags", "name", "source", "pictured",
)  # fmt: skip


def _version_rows(
    version_ids: Sequence[int],
    ids: Sequence[int],
    drafts: Sequence[QuestionDraft],
    *,
    by: User | None,
) -> Iterator[tuple[object, ...]]:
    """First versions, in the order of ``_COLUMNS``."""
    now, editor = timezone.now(), by.pk if by else None
    for version_id, pk, draft in zip(version_ids, ids, drafts, strict=True):
        yield version_id, pk, 1, True, now, editor, *_values(draft).values()


def _pictures(
    version_id: int, pictures: Sequence[Picture], *, by: User | None, after: int = 0
) -> Iterator[QuestionPicture]:
    """Their files are kept; the rows are still to be."""
    for nth, one in enumerate(pictures, start=after + 1):
        suffix, content_type = kind_of(one.content)
        content = ContentFile(one.content)
        file = files.keep(content, name=f"picture.{suffix}", content_type=content_type, by=by)
        digest = hashlib.sha256(one.content).hexdigest()
        yield QuestionPicture(
            version_id=version_id,
            nth=nth,
            option=one.option,
            file=file,
            text=one.text,
            digest=digest,
        )


@transaction.atomic
def export_bank(bank: Bank, form: Form, *, by: User) -> Written:
    """The bank as a file, right answers and all: whoever takes it is on the ledger."""
    out = written(bank, form)
    ledger.record(
        "quiz.bank_exported",
        bank,
        by=by,
        union_id=bank.union_id,
        form=form.suffix,
        questions=out.questions,
    )
    return out


@transaction.atomic
def edit_question(
    question: Question,
    draft: QuestionDraft,
    *,
    seen_nth: int,
    by: User,
    without_pictures: Collection[int] = (),
) -> QuestionVersion:
    """Write a new version; attempts that had the old one keep it.

    The pictures that are there stay, but for those ``without_pictures`` (each by its ``nth``);
    those of the draft join them. ``seen_nth`` is the version that the editor had before her:
    somebody else's later edit is never written over. Raises ``Refused``.
    """
    Bank.objects.select_for_update(no_key=True).get(pk=question.bank_id)
    question = Question.objects.select_for_update(no_key=True).get(pk=question.pk)
    current = question.versions.get(current=True)
    if current.nth != seen_nth:
        raise Refused(
            _("没有保存。"),
            why=_("这道题刚刚被别人改过。"),
            next=_("看一眼现在的样子，再改一次。"),
            code="edited_meanwhile",
        )
    kept = list(current.pictures.exclude(nth__in=without_pictures).order_by("nth"))
    shown = [Picture(b"", one.text, one.option) for one in kept]
    _refuse_faults(faults_of(replace(draft, pictures=(*shown, *draft.pictures))))
    question.versions.filter(current=True).update(current=False)
    version = _next_version(question, draft, before=current, kept=kept, by=by)
    _refuse_too_few(question.bank)
    _rename(question, draft)
    ledger.record(
        "quiz.question_edited",
        question,
        by=by,
        union_id=question.bank.union_id,
        version=version.nth,
    )
    return version


@transaction.atomic
def retire_question(question: Question, *, by: User) -> Question:
    """Draw it no more; past attempts and their results stay as they are.

    Raises ``Refused`` while a published contest cannot do without it.
    """
    bank = Bank.objects.select_for_update(no_key=True).get(pk=question.bank_id)
    if Question.objects.filter(pk=question.pk, retired_at=None).update(retired_at=timezone.now()):
        ledger.record("quiz.question_retired", question, by=by, union_id=question.bank.union_id)
        _refuse_too_few(bank)
    return question


def _refuse_too_few(bank: Bank) -> None:
    """A published contest goes on drawing from its bank until it is closed."""
    contest = contest_left_short(bank)
    if contest is not None:
        raise Refused(
            _("没有保存。"),
            why=_("“%(contest)s”正在从这个题库抽题，这样改题就不够抽了。")
            % {"contest": contest.title},
            next=_("先补一道同类的题，或者等它结束。"),
            code="bank_in_use",
        )


def _next_version(
    question: Question,
    draft: QuestionDraft,
    *,
    before: QuestionVersion,
    kept: Sequence[QuestionPicture],
    by: User,
) -> QuestionVersion:
    """The next one, with the name and the pictures that stay."""
    version = QuestionVersion(question=question, nth=before.nth + 1, by=by, **_values(draft))
    version.name = before.name
    version.pictured = bool(kept or draft.pictures)
    version.save(force_insert=True)
    rows = [
        QuestionPicture(
            version=version,
            nth=nth,
            option=one.option,
            file_id=one.file_id,
            text=one.text,
            digest=one.digest,
        )
        for nth, one in enumerate(kept, start=1)
    ]
    rows += _pictures(version.pk, draft.pictures, by=by, after=len(rows))
    QuestionPicture.objects.bulk_create(rows)
    return version


def _values(draft: QuestionDraft) -> dict[str, Any]:
    """What a version takes from a draft as it is."""
    return {
        "kind": draft.kind,
        "stem": draft.stem,
        "options": list(draft.options),
        "answer": draft.answer,
        "difficulty": draft.difficulty,
        "score": draft.score,
        "explanation": draft.explanation,
        "category": draft.category,
        "tags": list(draft.tags),
        "name": draft.name,
        "source": draft.source[:LONGEST_SOURCE],
        "pictured": bool(draft.pictures),
    }


def _refuse_faults(faults: list[str]) -> None:
    if faults:
        raise Refused(
            _("没有保存。"),
            why=words_of(faults) + "。",
            next=_("改好以后再保存一次。"),
            code="question_faulty",
        )


def _rename(question: Question, draft: QuestionDraft) -> None:
    """The bank holds a stem once, also after an edit."""
    try:
        with transaction.atomic():
            Question.objects.filter(pk=question.pk).update(stem_hash=stem_hash(draft.stem))
    except IntegrityError as error:
        raise Refused(
            _("没有保存。"),
            why=_("题库里已经有一道题干相同的题。"),
            next=_("去改那一道，或者换一种问法。"),
            code="stem_taken",
        ) from error
