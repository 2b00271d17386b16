from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.utils import timezone

from unionhall.base.exports.actions import KEPT
from unionhall.base.exports.models import Export
from unionhall.base.invariant import Invariant

A_DAY = dt.timedelta(days=1)  # the sweep comes more often


def kept_too_long() -> Iterator[str]:
    """Files of exported lists that nobody may fetch any more."""
    old = Export.objects.filter(asked_at__lt=timezone.now() - KEPT - A_DAY).exclude(content=None)
    return (f"export {pk}" for pk in old.values_list("pk", flat=True))


INVARIANTS = [Invariant("Exported lists are let go after a week.", kept_too_long)]
