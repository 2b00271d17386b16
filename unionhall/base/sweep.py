"""Periodic work as data: an app lists its sweeps, ``site/worker.py`` runs them all."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sweep:
    """A function that finds rows that are due, and how often it looks for them."""

    function: Callable[[], object]
    seconds: int

    @property
    def name(self) -> str:
        """Its dotted name, which is also its lock: one sweep of a name runs at a time."""
        return f"{self.function.__module__}.{self.function.__name__}"


def one_by_one(step: Callable[[int], int], ids: Iterable[int]) -> int:
    """Run ``step`` for each id and add up what it returns. ``step`` opens its own transaction.

    What is wrong with one row must not stop the others: it is logged, and tried again next time.
    """
    return sum(_safely(step, pk) for pk in ids)


def _safely(step: Callable[[int], int], pk: int) -> int:
    try:
        return step(pk)
    except Exception:
        log.exception("%s.%s failed for %s.", step.__module__, step.__qualname__, pk)
        return 0
