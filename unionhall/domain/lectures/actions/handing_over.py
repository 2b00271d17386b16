"""Drafts of an officer who leaves go to whoever follows her."""

from __future__ import annotations

from django.db.models import QuerySet

from unionhall.domain.lectures.models import Series
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Union


def drafts_of(user: User, unions: QuerySet[Union]) -> QuerySet[Series]:
    """Those that nobody has published."""
    return Series.objects.filter(created_by=user, union__in=unions, state=Series.State.DRAFT)


def hand_over_drafts(user: User, *, to: User, unions: QuerySet[Union]) -> int:
    """How many. Inside the transaction of the whole deed."""
    return drafts_of(user, unions).update(created_by=to)
