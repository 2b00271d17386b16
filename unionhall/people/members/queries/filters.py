"""Conditions that were kept: one's own, and those that a colleague shares."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from unionhall.people.accounts.models import User
from unionhall.people.members.models import SavedFilter
from unionhall.people.unions.queries import in_charge_of


def filters_of(user: User | AnonymousUser) -> QuerySet[SavedFilter]:
    """Hers and those shared with her, on unions that she runs; by name."""
    known = SavedFilter.objects.filter(Q(by=user.pk) | Q(shared=True), union__in=in_charge_of(user))
    return known.select_related("union", "by").order_by("name", "pk")


def own_filter(user: User | AnonymousUser, filter_id: int) -> SavedFilter:
    """One of her own; else ``SavedFilter.DoesNotExist``."""
    return SavedFilter.objects.get(pk=filter_id, by=user.pk)
