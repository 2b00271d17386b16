"""What must always hold and no constraint can say: a sentence and the rows that break it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Invariant:
    """``offenders()`` gives one line per row that breaks ``sentence``; nothing when all is well."""

    sentence: str
    offenders: Callable[[], Iterable[str]]
