from __future__ import annotations

import datetime as dt
from functools import reduce
from operator import or_

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Office, Union

IN_CHARGE = (Office.Role.CHAIR, Office.Role.OFFICER)


def under(union: Union) -> QuerySet[Union]:
    """``union`` and all that stand below it, at any depth."""
    return Union.objects.filter(path__startswith=union.path)


def offices_of(user: User | AnonymousUser, *, on: dt.date | None = None) -> QuerySet[Office]:
    """The offices that ``user`` holds on a day (today when none is named)."""
    day = on or timezone.localdate()
    return Office.objects.filter(
        Q(until_on=None) | Q(until_on__gt=day), user_id=user.pk, since_on__lte=day
    ).select_related("union")


def in_charge_of(user: User | AnonymousUser) -> QuerySet[Union]:
    """Every union in the subtrees that ``user`` runs; asked anew each time, for rights change at once."""
    paths = [
        office.union.path for office in offices_of(user).filter(role__in=IN_CHARGE)
    ]
    if not paths:
        return Union.objects.none()
    return Union.objects.filter(reduce(or_, (Q(path__startswith=path) for path in paths)))


def is_officer(user: User | AnonymousUser) -> bool:
    """Whether ``user`` runs any union today."""
    return user.is_authenticated and offices_of(user).filter(role__in=IN_CHARGE).exists()


def union_in_charge(user: User | AnonymousUser, union_id: int) -> Union:
    """The union, if ``user`` runs it; else ``Union.DoesNotExist``, as if there were none."""
    union: Union = in_charge_of(user).get(pk=union_id)
    return union


def parents_of(union: Union) -> QuerySet[Union]:
    """From the root down to the direct parent."""
    starts = range(Union.steplen, len(union.path), Union.steplen)
    return Union.objects.filter(path__in=[union.path[:end] for end in starts]).order_by("path")
