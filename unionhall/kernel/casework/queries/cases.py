"""Which cases there are: hers who asked, an officer's, those that are due."""

from __future__ import annotations

import datetime as dt
from functools import reduce
from operator import or_

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from unionhall.kernel.casework.models import Case
from unionhall.kernel.casework.stages import Stages, Waits
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Office, Union
from unionhall.people.unions.queries import IN_CHARGE, in_charge_of

NoSuchCase = Case.DoesNotExist  # for the chapters, which do not touch the table


def cases_of(user: User | AnonymousUser) -> QuerySet[Case]:
    """What ``user`` asked for, the open ones first."""
    if user.pk is None:
        return Case.objects.none()
    hers = Case.objects.filter(applicant_id=user.pk).select_related("union", "handler")
    return hers.order_by(F("closed_at").desc(nulls_first=True), "-pk")


def case_of(user: User | AnonymousUser, case_id: int, *, kind: str = "") -> Case:
    """One of hers, of a kind if one is named; else ``Case.DoesNotExist``."""
    return _of_kind(cases_of(user), kind).get(pk=case_id)


def cases_in_charge(user: User | AnonymousUser) -> QuerySet[Case]:
    """The cases of the unions that ``user`` runs, those first that are due first, the ended ones last."""
    unions = in_charge_of(user).values("pk")
    cases = Case.objects.filter(union__in=unions).select_related(
        "union", "handler", "applicant", "member"
    )
    return cases.order_by(
        F("closed_at").desc(nulls_first=True), F("due_on").asc(nulls_last=True), "pk"
    )


def case_in_charge(user: User | AnonymousUser, case_id: int, *, kind: str = "") -> Case:
    """One of them, of a kind if one is named; else ``Case.DoesNotExist``, as if there were none."""
    return _of_kind(cases_in_charge(user), kind).get(pk=case_id)


def _of_kind(cases: QuerySet[Case], kind: str) -> QuerySet[Case]:
    return cases.filter(kind=kind) if kind else cases


def open_cases_of(union: Union) -> QuerySet[Case]:
    """What hangs on ``union`` itself: it has to be answered or handed over before the union is closed."""
    return Case.objects.open().filter(union=union).select_related("applicant").order_by("pk")


def open_cases_of_kind(stages: Stages) -> QuerySet[Case]:
    """What has not ended of one life cycle."""
    return Case.objects.open().filter(kind=stages.kind)


def waiting_for_union() -> Q:
    """In a stage in which officers have to act."""
    stages = (
        Q(kind=known.kind, stage=one.code)
        for known in Stages.known.values()
        for one in known.stages
        if one.waits is Waits.UNION
    )
    return Q(closed_at=None) & reduce(or_, stages, Q(pk__in=()))


def is_late(today: dt.date) -> Q:
    """Open behind the last day of its term."""
    return Q(closed_at=None, due_on__lt=today)


def to_do_in_charge(user: User | AnonymousUser) -> QuerySet[Case]:
    """What waits for the officers of the unions that ``user`` runs, that of others left out; due first."""
    at_work = Office.objects.filter(_live_today(), user=OuterRef("handler"), role__in=IN_CHARGE)
    mine = Q(handler=None) | Q(handler_id=user.pk) | ~Q(Exists(at_work))
    return cases_in_charge(user).filter(waiting_for_union() & mine)


def cases_soon_due(today: dt.date, *, until: dt.date) -> QuerySet[Case]:
    """Open, not reminded of yet, and due between today and ``until``."""
    due = Case.objects.open().filter(due_on__range=(today, until))
    return due.filter(reminded=Case.Reminded.NOT_YET).order_by("due_on", "pk")


def cases_late(today: dt.date) -> QuerySet[Case]:
    """Open behind their day, of which nobody was reminded since."""
    late = Case.objects.filter(is_late(today)).exclude(reminded=Case.Reminded.LATE)
    return late.order_by("due_on", "pk")


def who_must_act(case: Case, *, also_above: bool = False) -> list[User]:
    """Its handler; without one, whoever runs its union. ``also_above``: whoever runs the union right above, too."""
    named = [case.handler] if case.handler and may_handle(case.handler, case) else []
    paths = [] if named else [case.union.path]
    if also_above and case.union.depth > 1:
        paths.append(case.union.path[: -type(case.union).steplen])
    return list({user.pk: user for user in [*named, *_officers_of(paths)]}.values())


def _officers_of(paths: list[str]) -> QuerySet[User]:
    live = Office.objects.filter(_live_today(), union__path__in=paths, role__in=IN_CHARGE)
    return User.objects.filter(pk__in=live.values("user"), is_active=True).order_by("pk")


def _live_today() -> Q:
    today = timezone.localdate()
    lasts = (Q(until_on=None) | Q(until_on__gt=today)) & (Q(ends_on=None) | Q(ends_on__gte=today))
    return lasts & Q(since_on__lte=today)


def may_handle(user: User, case: Case) -> bool:
    """Whoever is in charge of its union today."""
    return user.is_active and in_charge_of(user).filter(pk=case.union_id).exists()


def handlers_for(case: Case, *, by: User) -> QuerySet[User]:
    """Whom ``by`` may give it to: the officers of its union, and of those above it that ``by`` runs."""
    steplen, path = type(case.union).steplen, case.union.path
    above = [path[:end] for end in range(steplen, len(path) + 1, steplen)]
    return _officers_of(
        list(in_charge_of(by).filter(path__in=above).values_list("path", flat=True))
    )


def unions_to_hand_to(case: Case, *, by: User) -> QuerySet[Union]:
    """Where ``by`` may hand it: to the other unions that she runs."""
    unions: QuerySet[Union] = in_charge_of(by).exclude(pk=case.union_id)
    return unions.order_by("path")
