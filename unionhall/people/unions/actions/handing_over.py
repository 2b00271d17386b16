"""Lists of unions that an officer who leaves has under way go to whoever follows her."""

from __future__ import annotations

from django.db.models import QuerySet

from unionhall.people.accounts.models import User
from unionhall.people.unions.models import ListImport, Office
from unionhall.people.unions.queries import IN_CHARGE, offices_of

STATE = ListImport.State


def lists_waiting_of(office: Office) -> QuerySet[ListImport]:
    """Hers that are not taken in yet. A list names no union: as long as she runs another part, they stay with her."""
    waiting = [STATE.RECEIVED, STATE.CHECKED, STATE.RUNNING]
    others = offices_of(office.user).filter(role__in=IN_CHARGE).exclude(pk=office.pk)
    if others.exists():
        return ListImport.objects.none()
    return ListImport.objects.filter(by=office.user, state__in=waiting)


def hand_over_lists(office: Office, *, to: User) -> int:
    """How many. What they may touch is judged by whom they belong to. Inside the transaction of the whole deed."""
    return lists_waiting_of(office).update(by=to)
