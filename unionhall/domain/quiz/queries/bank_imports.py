"""Files of questions that were sent in: whose they are, their rows, and what was built on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from unionhall.base.tables import Verdict
from unionhall.domain.quiz.models import (
    BankImport,
    BankImportRow,
    Contest,
    Question,
    QuestionVersion,
)
from unionhall.people.accounts.models import User
from unionhall.people.unions.queries import in_charge_of

Counts: TypeAlias = dict[str, dict[str, int]]
PAPERS_WITH = """
    SELECT count(*) FROM quiz_attempt AS attempt JOIN quiz_contest ON quiz_contest.id = contest_id
    WHERE bank_id = %s AND EXISTS (
        SELECT FROM jsonb_array_elements(attempt.paper) AS slot
        JOIN quiz_question_version AS version ON version.id = (slot ->> 0)::bigint
        JOIN quiz_question AS question ON question.id = version.question_id
        WHERE question.batch_id = %s)
"""


def bank_imports_of(user: User | AnonymousUser) -> QuerySet[BankImport]:
    """The files for banks of unions that ``user`` runs, newest first; the content stays behind."""
    sent = BankImport.objects.filter(union__in=in_charge_of(user)).exclude(
        state=BankImport.State.DISCARDED
    )
    return sent.select_related("union", "bank", "by").defer("content").order_by("-pk")


def import_rows_of(
    sent: BankImport, *, verdict: str = "", reason: str = "", change: str = ""
) -> QuerySet[BankImportRow]:
    """Its rows in the order of the file: of a verdict, with a reason, or with a change."""
    rows = sent.import_rows.defer("values").order_by("place")
    if verdict:
        rows = rows.filter(verdict=verdict)
    if reason:
        rows = rows.filter(reason_codes__contains=[reason])
    if change:
        rows = rows.filter(normalisations__contains=[change])
    return rows


def bank_sent_before(sent: BankImport, user: User | AnonymousUser) -> BankImport | None:
    """The same file, sent before for the same bank, and not taken down since; what ``user`` may see."""
    same = bank_imports_of(user).filter(
        union_id=sent.union_id, bank_name=sent.bank_name, fingerprint=sent.fingerprint
    )
    earlier = same.exclude(state=BankImport.State.UNREADABLE).exclude(fingerprint="")
    return earlier.filter(pk__lt=sent.pk).first()


def comes_back_as_table(sent: BankImport) -> bool:
    """Whether the file is still there, and was a table: only questions of other formats have lines."""
    kept = BankImport.objects.filter(pk=sent.pk, content__isnull=False).exists()
    return kept and not sent.import_rows.filter(line__gt=0).exists()


@dataclass(frozen=True)
class Built:
    """Something that stands on an import, and how often."""

    what: str
    times: int


def built_on(sent: BankImport) -> list[Built]:
    """What would fall if the import were put back; nothing: it can be."""
    return [Built(what, times) for what, times in _counted(sent) if times]


def _counted(sent: BankImport) -> Iterator[tuple[str, int]]:
    questions = Question.objects.filter(batch_id=sent.batch_id)
    contests = Contest.objects.filter(bank=sent.bank, state=Contest.State.PUBLISHED)
    edited = QuestionVersion.objects.filter(question__in=questions, nth__gt=1)
    yield _("正在用这个题库的答题"), contests.count()
    yield _("抽到过这些题的卷子（试答也算）"), _papers_with(sent)
    yield _("改过的题"), edited.values("question").distinct().count()
    yield _("停用的题"), questions.exclude(retired_at=None).count()


def _papers_with(sent: BankImport) -> int:
    with connection.cursor() as cursor:
        cursor.execute(PAPERS_WITH, [sent.bank_id, sent.batch_id])
        ((papers,),) = cursor.fetchall()
    return int(papers)


def counts_of(sent: BankImport) -> Counts:
    """The numbers of a report: verdicts, and the reasons and changes that its rows tell. One statement."""
    names = ("verdicts", "reasons", "normalisations", "not_data")
    counted = {name: Counter[str]() for name in names}
    alike = sent.import_rows.order_by().values_list("verdict", "reason_codes", "normalisations")
    for verdict, reasons, normalisations, times in alike.annotate(Count("pk")):
        counted["verdicts"][verdict] += times
        if verdict == Verdict.NOT_DATA:
            counted["not_data"].update(dict.fromkeys(reasons, times))
        elif verdict == Verdict.REJECTED:
            counted["reasons"].update(dict.fromkeys(reasons, times))
        else:
            counted["normalisations"].update(dict.fromkeys(normalisations, times))
    return {name: dict(counter) for name, counter in counted.items()}
