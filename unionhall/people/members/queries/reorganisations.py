"""Moves, mergers, splits and closings of unions: whose they are, and what came after them."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from unionhall.people.accounts.models import User
from unionhall.people.members.models import Reorganisation
from unionhall.people.unions.queries import in_charge_of

Kind, State = Reorganisation.Kind, Reorganisation.State


def reorganisations_in_charge(user: User | AnonymousUser) -> QuerySet[Reorganisation]:
    """Those of unions that ``user`` runs, newest first."""
    deeds = Reorganisation.objects.filter(union__in=in_charge_of(user))
    return deeds.select_related("union", "other", "by", "undone_by").order_by("-pk")


def reorganisation_in_charge(user: User | AnonymousUser, deed_id: int) -> Reorganisation:
    """One of them, else ``Reorganisation.DoesNotExist``."""
    return reorganisations_in_charge(user).get(pk=deed_id)


def later_deeds(deed: Reorganisation) -> QuerySet[Reorganisation]:
    """Deeds about the same unions that came after it and hold: they are to be put back first."""
    here = [deed.union_id, deed.other_id] if deed.kind != Kind.MOVE else [deed.union_id]
    later = Reorganisation.objects.filter(pk__gt=deed.pk).exclude(state=State.UNDONE)
    return later.filter(Q(union__in=here) | Q(other=deed.union_id)).select_related("union")
