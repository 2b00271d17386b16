"""Who signs for which prize: the sheet that lies on the table when prizes are handed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from unionhall.domain.lectures.models import Phase
from unionhall.domain.quiz.models import Attempt
from unionhall.domain.quiz.queries.winners import prized
from unionhall.people.accounts.models import User
from unionhall.people.members.rules import masked_name
from unionhall.people.unions.queries import in_charge_of

LINES_ON_A_PAGE = 20


@dataclass(frozen=True)
class Line:
    """A line to sign on; the last of a page says how many prizes it has, and has no ``place``."""

    place: int | None
    name: str
    unit: str
    prize: str
    prizes: int = 1


def winners_below(phase: Phase, user: User) -> QuerySet[Attempt]:
    """The winners whom ``user`` is in charge of, by place, each with her ``unit``."""
    assert phase.contest is not None, "published"  # noqa: S101
    mine = prized(phase.contest).filter(
        member__memberships__union__isnull=False,
        member__memberships__left_on=None,
        member__memberships__union__in=in_charge_of(user),
    )
    return mine.annotate(unit=F("member__memberships__union__name"))


def pages_to_sign(phase: Phase, winners: Sequence[Attempt]) -> list[list[Line]]:
    """Pages of ``LINES_ON_A_PAGE`` lines, names masked, each with its sum at the foot."""
    prize = phase.offer.title if phase.offer else ""
    lines = [_line(attempt, prize) for attempt in winners]
    return [
        with_sum(lines[start : start + LINES_ON_A_PAGE])
        for start in range(0, len(lines), LINES_ON_A_PAGE)
    ]


def with_sum(lines: list[Line]) -> list[Line]:
    """The same lines and their sum."""
    return [*lines, Line(None, _("本页合计"), "", "", sum(line.prizes for line in lines))]


def _line(attempt: Attempt, prize: str) -> Line:
    name = attempt.member.name if attempt.member else ""
    place = attempt.prize.place if attempt.prize else None
    return Line(place, masked_name(name), getattr(attempt, "unit", ""), prize)
