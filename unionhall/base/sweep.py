"""Periodic work as data: an app lists its sweeps, ``site/worker.py`` runs them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Sweep:
    """A function that finds rows that are due, and how often it looks for them."""

    function: Callable[[], object]
    seconds: int

    @property
    def name(self) -> str:
        """Its dotted name, which is also its lock: one sweep of a name runs at a time."""
        return f"{self.function.__module__}.{self.function.__name__}"
