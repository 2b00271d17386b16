from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.utils import timezone

from unionhall.base.invariant import Invariant
from unionhall.people.personal.actions import KEPT
from unionhall.people.personal.models import Closing, Copy

A_DAY = dt.timedelta(days=1)


def _kept_too_long() -> list[str]:
    old = Copy.objects.filter(asked_at__lt=timezone.now() - KEPT - A_DAY)
    return [f"copy {pk}" for pk in old.values_list("pk", flat=True)]


def _closed_and_open() -> list[str]:
    """An account that is closed has nobody's name or sessions; one that is overdue was not closed."""
    still = Q(done_at__isnull=False) & (Q(user__is_active=True) | ~Q(user__name=""))
    late = Q(done_at=None, taken_back_at=None, due_at__lt=timezone.now() - A_DAY)
    return [
        f"closing {pk}" for pk in Closing.objects.filter(still | late).values_list("pk", flat=True)
    ]


INVARIANTS = [
    Invariant("Copies of personal data are let go after a week", _kept_too_long),
    Invariant(
        "Whoever closed her account is gone from it, on the day that was said", _closed_and_open
    ),
]
