from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import F
from django.db.models.functions import TruncDate

from unionhall.base.invariant import Invariant
from unionhall.people.programs.models import ProgramKey
from unionhall.people.programs.rules import BEGINS, MOST_DAYS


def lives_too_long() -> Iterator[str]:
    """Keys for longer than any may be."""
    longest = TruncDate("issued_at") + dt.timedelta(days=MOST_DAYS)
    for key in ProgramKey.objects.filter(ends_on__gt=longest).iterator():
        yield f"key {key.pk}: until {key.ends_on}"


def shows_too_much() -> Iterator[str]:
    """Keys of whose secret more is kept than its first characters and its digest."""
    for key in ProgramKey.objects.exclude(
        prefix__startswith=BEGINS, digest__regex=r"^[0-9a-f]{64}$"
    ):
        yield f"key {key.pk}"


def used_after_its_end() -> Iterator[str]:
    """Keys that opened something after their last day."""
    for key in ProgramKey.objects.filter(last_used_on__gt=F("ends_on")).iterator():
        yield f"key {key.pk}: used on {key.last_used_on}, ended on {key.ends_on}"


INVARIANTS = [
    Invariant("No key lives longer than two years.", lives_too_long),
    Invariant("Of a key its beginning and its digest are kept, no more.", shows_too_much),
    Invariant("No key is used after its last day.", used_after_its_end),
]
