"""Fill and mend banks of questions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.base.tables import Sheet
from unionhall.domain.quiz.models import Bank, Question, QuestionVersion
from unionhall.domain.quiz.queries.banks import tally_of, verdicts_on, words_of
from unionhall.domain.quiz.queries.drawing import contest_left_short
from unionhall.domain.quiz.rules.question_sheets import QuestionVerdict
from unionhall.domain.quiz.rules.questions import QuestionDraft, faults_of, stem_hash
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Union


@transaction.atomic
def import_questions(
    sheets: Sequence[Sheet],
    *,
    union: Union,
    bank_name: str,
    by: User | None,
    as_of: dt.date | None = None,
) -> list[QuestionVerdict]:
    """Put the accepted rows into the bank of that name, which is made if need be.

    Raises ``NoHeaderError``. One ledger entry for the batch; a stem that the bank has already is
    refused, so the same file twice changes nothing.
    """
    bank, _made = Bank.objects.get_or_create(union=union, name=bank_name)
    Bank.objects.select_for_update(no_key=True).get(pk=bank.pk)  # two imports at once take turns
    verdicts = verdicts_on(sheets, bank=bank)
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
    questions = Question.objects.bulk_create(
        Question(bank=bank, stem_hash=stem_hash(draft.stem), batch_id=entry.pk) for draft in drafts
    )
    QuestionVersion.objects.bulk_create(
        _version(question, draft, nth=1, by=by)
        for question, draft in zip(questions, drafts, strict=True)
    )
    return verdicts


@transaction.atomic
def edit_question(
    question: Question, draft: QuestionDraft, *, seen_nth: int, by: User
) -> QuestionVersion:
    """Write a new version; attempts that had the old one keep it.

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
    version = _version(question, draft, nth=current.nth + 1, by=by)
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
    question: Question, draft: QuestionDraft, *, nth: int, by: User | None
) -> QuestionVersion:
    return QuestionVersion(
        question=question,
        nth=nth,
        kind=draft.kind,
        stem=draft.stem,
        options=list(draft.options),
        answer=draft.answer,
        difficulty=draft.difficulty,
        score=draft.score,
        explanation=draft.explanation,
        category=draft.category,
        tags=list(draft.tags),
        name=draft.name,
        source=draft.source[:80],
        by=by,
    )


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
