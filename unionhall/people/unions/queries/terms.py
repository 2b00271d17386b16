"""Which terms of office end, and who is to hear of it."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from unionhall.people.accounts.models import User
from unionhall.people.unions.models import TermReminder, Union
from unionhall.people.unions.queries.tree import in_office, parents_of
from unionhall.people.unions.rules.roles import IN_CHARGE
from unionhall.people.unions.rules.terms import REMINDED_BEFORE

OVERDUE, SOON, A_YEAR = "overdue", "soon", "year"
DAYS: Final = {SOON: REMINDED_BEFORE, A_YEAR: 365}


def terms_of(
    unions: QuerySet[Union], *, due: str = "", level: int | None = None
) -> QuerySet[Union]:
    """Those of which the end is known, the next first; overdue, due in 90 days, or within a year."""
    ending = unions.filter(closed_on=None, term_ends_on__isnull=False)
    today = timezone.localdate()
    if due == OVERDUE:
        ending = ending.filter(term_ends_on__lt=today)
    elif due in DAYS:
        until = today + dt.timedelta(days=DAYS[due])
        ending = ending.filter(term_ends_on__range=(today, until))
    return (ending.filter(level=level) if level else ending).order_by("term_ends_on", "pk")


def terms_to_remind() -> QuerySet[Union]:
    """Those that end within 90 days and of which nobody was told yet."""
    told = TermReminder.objects.filter(union=OuterRef("pk"), term_ends_on=OuterRef("term_ends_on"))
    return terms_of(Union.objects.all(), due=SOON).exclude(Exists(told))


def who_runs(union: Union) -> QuerySet[User]:
    """Who is in charge of it, and of the union right above it."""
    above = parents_of(union).last()
    here = [union.pk, *([above.pk] if above else [])]
    offices = in_office().filter(role__in=IN_CHARGE, union__in=here)
    return User.objects.filter(pk__in=offices.values("user"), is_active=True)
