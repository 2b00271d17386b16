"""What the composer needs: which series are hers, what there is to choose from, what is not right yet."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Max, Min, Q, QuerySet

from unionhall.base.clock import now_in_database
from unionhall.domain.learning.models import Lesson
from unionhall.domain.learning.queries import lessons_within
from unionhall.domain.lectures import rules
from unionhall.domain.lectures.models import Phase, Series
from unionhall.domain.quiz.models import Bank
from unionhall.domain.quiz.queries.banks import banks_for
from unionhall.domain.quiz.queries.drawing import in_words, short_of
from unionhall.domain.welfare.models import Merchant
from unionhall.domain.welfare.queries import clerks_of, merchants_for
from unionhall.kernel.audience.queries import members as members_in
from unionhall.kernel.audience.rules import Audience
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import in_charge_of


def series_for(user: User) -> QuerySet[Series]:
    """The series that ``user`` is in charge of, what was touched last first."""
    return series_within(in_charge_of(user))


def series_within(unions: QuerySet[Union]) -> QuerySet[Series]:
    """The series that these unions hold, what was touched last first."""
    return (
        Series.objects.filter(union__in=unions)
        .select_related("union")
        .annotate(
            phase_count=Count("phases"),
            opens_at=Min("phases__contest__opens_at"),
            closes_at=Max("phases__contest__closes_at"),
        )
        .order_by("-saved_at", "-pk")
    )


def searched(series: QuerySet[Series], *, text: str = "", state: str = "") -> QuerySet[Series]:
    """Those whose title, or a phase's title, holds ``text``, in this state."""
    if text:
        named = Q(title__icontains=text) | Q(
            pk__in=Phase.objects.filter(title__icontains=text).values("series")
        )
        series = series.filter(named)
    return series.filter(state=state) if state in Series.State.values else series


def phases_for(user: User) -> QuerySet[Phase]:
    """The phases that ``user`` is in charge of, with what they were turned into."""
    return phases_within(in_charge_of(user))


def phases_within(unions: QuerySet[Union]) -> QuerySet[Phase]:
    """The phases that these unions hold, with what they were turned into."""
    return Phase.objects.filter(series__union__in=unions).select_related(
        "series__union", "lesson__video", "contest__bank", "contest__prizes", "offer__merchant"
    )


@dataclass(frozen=True)
class Choices:
    """What a sentence may name."""

    unions: QuerySet[Union]
    lessons: QuerySet[Lesson]
    banks: QuerySet[Bank]
    merchants: QuerySet[Merchant]


def choices_for(series: Series, user: User) -> Choices:
    """All that ``user`` may put into a sentence of ``series``."""
    unions = in_charge_of(user).order_by("path")
    return Choices(
        unions=unions,
        lessons=lessons_within(unions),
        # hers, whichever union is host; and those of the unions above the host
        banks=banks_for(series.union) | Bank.objects.filter(union__in=unions),
        merchants=merchants_for(unions),
    )


def audience_of(terms: rules.Terms) -> Audience:
    """Who may take part, as the sentence says it."""
    return Audience(
        under_union=terms.under_union,
        standings=terms.standings,
        sexes=(terms.sex,) if terms.sex else (),
        employments=(terms.employment,) if terms.employment else (),
        front_line=terms.front_line,
    )


def facts_of(terms: rules.Terms) -> rules.Facts:
    """What the checks of a sentence need to know."""
    lesson = Lesson.objects.get(pk=terms.lesson)
    short = short_of(Bank.objects.get(pk=terms.bank), terms.draw)
    return rules.Facts(
        now=now_in_database(),
        short=tuple((in_words(rule), rule.count, lacks) for rule, lacks in short),
        is_video=lesson.is_video,
        has_captions=bool(lesson.captions),
        entitled=members_in(audience_of(terms)).count(),
        clerks=clerks_of(terms.merchant) if terms.merchant else 0,
    )


def checks_of(terms: rules.Terms) -> list[rules.Check]:
    """Every check of one sentence."""
    return rules.checks(terms, facts_of(terms))
