"""Figures of a large part of the tree are counted by the worker and kept for a while: a million take seconds."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from unionhall.base.clock import now_in_database
from unionhall.base.paging import counted
from unionhall.base.sweep import one_by_one
from unionhall.people.members.models import KeptFigures, Membership
from unionhall.people.members.queries.figures import Figures, figures_of
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import under

FRESH_FOR = dt.timedelta(minutes=10)
KEPT_FOR = dt.timedelta(days=7)
FEW_UNIONS = 500


class Read(NamedTuple):
    """``figures`` is ``None`` while they are counted; ``taken_at``: they are of that moment, not of now."""

    figures: Figures | None
    taken_at: dt.datetime | None = None


def read_figures(union: Union, day: dt.date) -> Read:
    """As they are; of a large part as they were lately, and if that is too long ago a sweep counts anew."""
    if not _is_large(union):
        return Read(figures_of(union, day))
    kept, _made = KeptFigures.objects.get_or_create(
        union=union, on_day=day, defaults={"asked_at": timezone.now()}
    )
    if kept.taken_at and kept.asked_at is None and kept.taken_at < now_in_database() - FRESH_FOR:
        KeptFigures.objects.filter(pk=kept.pk).update(asked_at=now_in_database())
    return Read(kept.figures or None, kept.taken_at)


def _is_large(union: Union) -> bool:
    """By a look that ends early."""
    unions = under(union)
    if unions[FEW_UNIONS : FEW_UNIONS + 1].exists():
        return True
    return counted(Membership.objects.filter(union__in=unions)).is_capped


def take_figures() -> int:
    """Count what somebody asked for, and let go of what nobody asked for in a week."""
    KeptFigures.objects.filter(asked_at=None, taken_at__lt=timezone.now() - KEPT_FOR).delete()
    asked = KeptFigures.objects.filter(asked_at__isnull=False).order_by("asked_at")
    return one_by_one(_take, list(asked.values_list("pk", flat=True)))


@transaction.atomic
def _take(kept_id: int) -> int:
    asked = KeptFigures.objects.select_for_update(skip_locked=True, of=("self",))
    kept = asked.select_related("union").filter(pk=kept_id, asked_at__isnull=False).first()
    if kept is None:
        return 0
    kept.taken_at, kept.asked_at = now_in_database(), None
    kept.figures = figures_of(kept.union, kept.on_day)
    kept.save(update_fields=["taken_at", "asked_at", "figures"])
    return 1
