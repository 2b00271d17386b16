from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.utils import timezone

from unionhall.base.invariant import Invariant
from unionhall.base.replay.actions import KEPT
from unionhall.base.replay.models import Seen

A_DAY = dt.timedelta(days=1)  # the sweep comes more often


def kept_too_long() -> Iterator[str]:
    """Request keys that nobody may ask about any more."""
    old = Seen.objects.filter(at__lt=timezone.now() - KEPT - A_DAY)
    return (f"key {pk}" for pk in old.values_list("pk", flat=True))


INVARIANTS = [Invariant("Request keys are let go when they have served.", kept_too_long)]
