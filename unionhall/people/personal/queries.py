from __future__ import annotations

from django.db.models import Q, QuerySet

from unionhall.base.clock import now_in_database
from unionhall.people.accounts.models import User
from unionhall.people.personal.models import Closing, Copy


def open_closing(user: User) -> Closing | None:
    """The closing of her account that is under way, if one is."""
    return Closing.objects.filter(user=user, taken_back_at=None, done_at=None).first()


def closings_due() -> QuerySet[Closing]:
    """Those whose days are over."""
    return Closing.objects.filter(
        taken_back_at=None, done_at=None, due_at__lte=now_in_database()
    ).order_by("due_at")


def newest_copy(user: User) -> Copy | None:
    """The last one that she asked for, without its content."""
    return Copy.objects.defer("content").filter(user=user).order_by("-pk").first()


def copy_of(user: User, copy_id: int) -> Copy:
    """One of her own; else ``Copy.DoesNotExist``."""
    return Copy.objects.defer("content").get(pk=copy_id, user=user)


def copies_to_write() -> QuerySet[Copy]:
    """Those that wait, and those whose worker is gone."""
    left = Q(state=Copy.State.RUNNING, leased_until__lt=now_in_database())
    return Copy.objects.filter(Q(state=Copy.State.WAITING) | left).order_by("pk")
