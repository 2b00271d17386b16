"""Banks and what stands in them."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, F, Func, Q, QuerySet
from django.utils.translation import gettext as _

from unionhall.base import lookups  # noqa: F401 — any_of
from unionhall.base.files.models import PrivateFile
from unionhall.domain.quiz.models import Bank, Question, QuestionPicture, QuestionVersion
from unionhall.domain.quiz.queries.attempts import file_of
from unionhall.domain.quiz.queries.bank_files import Source, judged
from unionhall.domain.quiz.rules.question_sheets import read_one
from unionhall.domain.quiz.rules.questions import (
    WORD_OF_DIFFICULTY,
    WORD_OF_KIND,
    Picture,
    QuestionDraft,
)
from unionhall.domain.quiz.rules.verdicts import QuestionVerdict
from unionhall.domain.quiz.rules.written_answers import written_answer
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import in_charge_of, parents_of


def banks_of(user: User) -> QuerySet[Bank]:
    """The banks that ``user`` may change, with how many questions each has."""
    return (
        Bank.objects.filter(union__in=in_charge_of(user))
        .select_related("union")
        .annotate(in_use=Count("questions", filter=Q(questions__retired_at=None)))
        .order_by("union__path", "name")
    )


def banks_for(union: Union) -> QuerySet[Bank]:
    """The banks a contest of ``union`` may draw from: its own and those of the unions above it."""
    return Bank.objects.filter(Q(union=union) | Q(union__in=parents_of(union))).order_by("name")


def questions_of(user: User) -> QuerySet[Question]:
    """The questions that ``user`` may change."""
    return Question.objects.select_related("bank__union").filter(bank__union__in=in_charge_of(user))


def questions_in(bank: Bank) -> QuerySet[QuestionVersion]:
    """What is in use, as it reads now."""
    return QuestionVersion.objects.filter(
        question__bank=bank, question__retired_at=None, current=True
    ).order_by("question_id")


def search(
    bank: Bank,
    *,
    text: str = "",
    kind: str = "",
    difficulty: str = "",
    category: str = "",
    tag: str = "",
) -> QuerySet[QuestionVersion]:
    """Questions of a bank whose stem, options or explanation hold ``text``, and so on."""
    found = questions_in(bank)
    if text:
        found = found.filter(
            Q(stem__icontains=text) | Q(explanation__icontains=text) | Q(options__icontains=text)
        )
    if category:
        found = found.filter(
            Q(category=category) | Q(category__startswith=category.rstrip("/") + "/")
        )
    exact = {"kind": kind, "difficulty": difficulty, "tags__contains": tag and [tag]}
    return found.filter(**{name: value for name, value in exact.items() if value})


def tags_in(bank: Bank) -> list[str]:
    """The tags that are in use, in order."""
    each = questions_in(bank).annotate(each=Func(F("tags"), function="unnest"))
    return list(each.order_by("each").values_list("each", flat=True).distinct())


def categories_in(bank: Bank) -> list[str]:
    """The categories that are in use, in order."""
    used = questions_in(bank).exclude(category="").order_by("category")
    return list(used.values_list("category", flat=True).distinct())


def counts_by_kind(bank: Bank) -> dict[str, int]:
    """How many questions of each kind there are to draw from."""
    rows = questions_in(bank).order_by().values_list("kind").annotate(count=Count("pk"))
    return dict(rows)


def labelled_counts(bank: Bank) -> list[tuple[str, int]]:
    """The same in words."""
    counts = counts_by_kind(bank)
    return [(str(kind.label), counts.get(kind.value, 0)) for kind in QuestionVersion.Kind]


def stems_known(
    bank: Bank | None, *, hashes: Collection[str] | None = None
) -> dict[str, frozenset[str]]:
    """Hash of a stem -> what is right in words, of all questions, retired ones as well.

    With ``hashes`` only of those stems.
    """
    if bank is None:
        return {}
    versions = QuestionVersion.objects.filter(question__bank=bank, current=True)
    if hashes is not None:
        versions = versions.filter(question__stem_hash__any_of=hashes)
    hashed = versions.annotate(digest=F("question__stem_hash"))
    return {version.digest: draft_of(version).right_content for version in hashed}


def verdicts_on(source: Source, *, bank: Bank | None) -> list[QuestionVerdict]:
    """What an import of this file into ``bank`` would come to; raises ``NoHeaderError``."""
    return judged(source, known=stems_known(bank))


def typed(fields: dict[str, str]) -> QuestionVerdict:
    """What was typed into the form of a question, with one option on each line."""
    return read_one(
        kind=WORD_OF_KIND[fields["kind"]],
        options=fields["options"].splitlines(),
        difficulty=WORD_OF_DIFFICULTY[fields["difficulty"]],
        tag=fields["tags"],
        path=fields["category"],
        **{name: str(fields[name]) for name in ("stem", "answer", "score", "explanation")},
    )


def as_typed(version: QuestionVersion) -> dict[str, object]:
    """A stored version as the form shows it."""
    return {
        "nth": version.nth,
        "kind": version.kind,
        "stem": version.stem,
        "options": "\n".join(version.options),
        "answer": written_answer(version.kind, version.answer),
        "difficulty": version.difficulty,
        "score": version.score.normalize(),
        "explanation": version.explanation,
        "category": version.category,
        "tags": "；".join(version.tags),
    }


def picture_now(question: Question, nth: int) -> PrivateFile | None:
    """The ``nth`` picture (from 1) of the question as it reads now."""
    return file_of(
        QuestionPicture.objects.filter(version__question=question, version__current=True, nth=nth)
    )


def picture_in_words(picture: QuestionPicture) -> str:
    """Where it stands and what it shows."""
    place = _("选项 {letter}").format(letter=picture.option) if picture.option else _("题干")
    return _("{place}的图：{text}").format(place=place, text=picture.text or _("没有写图里是什么"))


def draft_of(version: QuestionVersion, *, pictures: tuple[Picture, ...] = ()) -> QuestionDraft:
    """A stored version as a value."""
    return QuestionDraft(
        kind=version.kind,
        stem=version.stem,
        options=tuple(version.options),
        answer=version.answer,
        difficulty=version.difficulty,
        score=version.score,
        explanation=version.explanation,
        category=version.category,
        tags=tuple(version.tags),
        name=version.name,
        pictures=pictures,
        source=version.source,
    )
