"""What a draw can choose from, and whether it is enough."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache

from django.db import connection
from django.db.models import (
    Case,
    Count,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
    Window,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Random, RowNumber

from unionhall.domain.quiz.models import Bank, Contest, QuestionVersion
from unionhall.domain.quiz.rules.papers import Drawable, Rule, lacking, rules_of


def asked_for(rule: Rule) -> Q:
    """The questions that a rule may draw: a category with all that lies below it."""
    wanted = Q(kind=rule.kind)
    if rule.difficulty:
        wanted &= Q(difficulty=rule.difficulty)
    if rule.tag:
        wanted &= Q(tags__contains=[rule.tag])
    if rule.category:
        below = Q(category__startswith=f"{rule.category}/")
        other = Q(category__startswith=f"{rule.category}//")  # a doubled slash is part of a name
        wanted &= Q(category=rule.category) | below & ~other
    return wanted


def drawables_in(
    bank_id: int, rules: Sequence[Rule], *, seen: Collection[int] = ()
) -> list[Drawable]:
    """All that a paper could need, in one statement: of each sort what comes first, and no more.

    ``seen``: versions that she had before. A sort is what the same rules would do for; no paper
    takes more of it than these rules ask for together.
    """
    with connection.cursor() as cursor:
        cursor.execute(*_statement(bank_id, tuple(rules), frozenset(seen)))
        rows = cursor.fetchall()
    return [
        Drawable(pk, width, _members(sort), bool(had), uses) for pk, width, sort, had, uses in rows
    ]


@lru_cache(maxsize=256)
def _statement(
    bank_id: int, rules: tuple[Rule, ...], seen: frozenset[int]
) -> tuple[str, tuple[object, ...]]:
    """To write it takes longer than to answer it, and in a rush it is the same for all."""
    among = Case(When(pk__in=list(seen), then=Value(1)), default=Value(0))
    order: list[str | Random] = ["seen", "question__uses", Random()]
    rows = (
        _sorted_by_rules(QuestionVersion.objects.filter(question__bank=bank_id), rules)
        .annotate(
            seen=among,
            room=_total(rules, lambda _at, rule: rule.count),
            turn=Window(RowNumber(), partition_by="sort", order_by=order),
            width=Func(F("options"), function="jsonb_array_length", output_field=IntegerField()),
        )
        .filter(turn__lte=F("room"))
        .values_list("pk", "width", "sort", "seen", "question__uses")
    )
    return rows.query.sql_with_params()


def stock_for(bank: Bank, rules: Sequence[Rule]) -> dict[tuple[int, ...], int]:
    """Which rules a question would do for -> how many such questions the bank has."""
    versions = _sorted_by_rules(QuestionVersion.objects.filter(question__bank=bank), rules)
    rows = versions.order_by().values_list("sort").annotate(count=Count("pk"))
    return {_members(sort): count for sort, count in rows}


def short_of(bank: Bank, rules: Sequence[Rule]) -> list[tuple[Rule, int]]:
    """The rules that the bank cannot serve, each with how many questions it lacks."""
    lacks = lacking(rules, stock_for(bank, rules))
    return [(rule, number) for rule, number in zip(rules, lacks, strict=True) if number]


def in_words(rule: Rule) -> str:
    """What a rule asks for: ``单选题 · 难 · 用气安全``."""
    parts = [str(QuestionVersion.Kind(rule.kind).label)]
    if rule.difficulty:
        parts.append(str(QuestionVersion.Difficulty(rule.difficulty).label))
    return " · ".join([*parts, *filter(None, (rule.category, rule.tag))])


def contest_left_short(bank: Bank) -> Contest | None:
    """A published contest that could not draw from ``bank`` any more, if there is one."""
    published = bank.contests.filter(state=Contest.State.PUBLISHED)
    return next((one for one in published if short_of(bank, rules_of(one.draw))), None)


def _sorted_by_rules(
    versions: QuerySet[QuestionVersion], rules: Sequence[Rule]
) -> QuerySet[QuestionVersion]:
    """What is in use and does for some rule; ``sort`` has a bit for each rule it does for."""
    current = versions.filter(question__retired_at=None, current=True)
    return current.annotate(sort=_total(rules, lambda at, _rule: 1 << at)).filter(sort__gt=0)


def _total(rules: Sequence[Rule], worth: Callable[[int, Rule], int]) -> Combinable:
    """The sum of ``worth`` over the rules that a question does for."""
    total: Combinable = Value(0)
    for at, rule in enumerate(rules):
        total = total + Case(When(asked_for(rule), then=Value(worth(at, rule))), default=Value(0))
    return total


def _members(sort: int) -> tuple[int, ...]:
    return tuple(_bits(sort))


def _bits(number: int) -> Iterator[int]:
    at = 0
    while number >> at:
        if number >> at & 1:
            yield at
        at += 1
