"""Fill and mend banks of questions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.copying import copy_in, next_ids
from unionhall.base.errors import Refused
from unionhall.base.files import actions as files
from unionhall.base.files.models import PrivateFile
from unionhall.base.ledger import actions as ledger
from unionhall.domain.quiz.models import Bank, Question, QuestionVersion
from unionhall.domain.quiz.queries.bank_exports import Form, Written, written
from unionhall.domain.quiz.queries.bank_files import Source
from unionhall.domain.quiz.queries.bank_reports import tally_of, words_of
from unionhall.domain.quiz.queries.banks import verdicts_on
from unionhall.domain.quiz.queries.drawing import contest_left_short
from unionhall.domain.quiz.rules.pictures import kind_of
from unionhall.domain.quiz.rules.questions import Picture, QuestionDraft, faults_of, stem_hash
from unionhall.domain.quiz.rules.verdicts import QuestionVerdict
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Union


@transaction.atomic
def import_questions(
    source: Source,
    *,
    union: Union,
    bank_name: str,
    by: User | None,
    as_of: dt.date | None = None,
) -> list[QuestionVerdict]:
    """Put the accepted questions into the bank of that name, which is made if need be.

    Raises ``NoHeaderError``. One ledger entry for the batch; a stem that the bank has already is
    refused, so the same file twice changes nothing.
    """
    bank, _made = Bank.objects.get_or_create(union=union, name=bank_name)
    Bank.objects.select_for_update(no_key=True).get(pk=bank.pk)  # two imports at once take turns
    verdicts = verdicts_on(source, bank=bank)
    drafts = [verdict.values for verdict in verdicts if verdict.values is not None]
    tally = tally_of(verdicts)
    entry = ledger.record(
        "quiz.questions_imported",
        bank,
        by=by,
        union_id=union.pk,
        accepted=len(drafts),
        rejected=tally.rejected,
        as_of=str(as_of or timezone.localdate()),
    )
    _put_in(drafts, bank=bank, batch_id=entry.pk, by=by)
    return verdicts


def _put_in(drafts: Sequence[QuestionDraft], *, bank: Bank, batch_id: int, by: User | None) -> None:
    """By COPY: a bank may come with tens of thousands of questions."""
    ids = next_ids(Question, len(drafts))
    rows = zip(ids, drafts, strict=True)
    copy_in(
        Question,
        ["id", "bank", "stem_hash", "batch_id"],
        ((pk, bank.pk, stem_hash(draft.stem), batch_id) for pk, draft in rows),
    )
    kept = {
        pk: _kept(draft.picture, by=by)
        for pk, draft in zip(ids, drafts, strict=True)
        if draft.picture is not None
    }
    copy_in(QuestionVersion, _COLUMNS, _version_rows(ids, drafts, kept, by=by))


_COLUMNS = (
    "question", "nth", "current", "written_at", "by", "picture",
    "kind", "stem", "options", "answer", "difficulty", "score", "explanation",
    "category", "tags", "name", "source", "picture_text",
)  # fmt: skip


def _version_rows(
    ids: Sequence[int],
    drafts: Sequence[QuestionDraft],
    kept: Mapping[int, PrivateFile],
    *,
    by: User | None,
) -> Iterator[tuple[object, ...]]:
    """First versions, in the order of ``_COLUMNS``."""
    now, editor = timezone.now(), by.pk if by else None
    for pk, draft in zip(ids, drafts, strict=True):
        picture = kept[pk].pk if pk in kept else None
        yield pk, 1, True, now, editor, picture, *_values(draft).values()


def _kept(picture: Picture, *, by: User | None) -> PrivateFile:
    suffix, content_type = kind_of(picture.content)
    content = ContentFile(picture.content)
    return files.keep(content, name=f"picture.{suffix}", content_type=content_type, by=by)


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
    keeps_picture: bool = True,
) -> QuestionVersion:
    """Write a new version; attempts that had the old one keep it.

    Without a picture of its own the draft gets the one that is there, unless ``keeps_picture`` is
    no.

    ``seen_nth`` is the version that the editor had before her: somebody else's later edit is
    never written over. Raises ``Refused``.
    """
    _refuse_faults(faults_of(draft))
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
    question.versions.filter(current=True).update(current=False)
    version = _version(question, draft, before=current, keeps_picture=keeps_picture, by=by)
    version.save(force_insert=True)
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


def _version(
    question: Question,
    draft: QuestionDraft,
    *,
    before: QuestionVersion,
    keeps_picture: bool,
    by: User,
) -> QuestionVersion:
    """The next one, with its name and a picture."""
    version = QuestionVersion(question=question, nth=before.nth + 1, by=by, **_values(draft))
    version.name = before.name
    if draft.picture is not None:
        version.picture = _kept(draft.picture, by=by)
    elif keeps_picture:
        version.picture, version.picture_text = before.picture, before.picture_text
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
        "source": draft.source[:80],
        "picture_text": draft.picture.text if draft.picture else "",
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
