"""What a check of an installation has found: one sentence, and what to do next if it is not well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

FINE, WARN, BAD = "ok", "warn", "bad"


@dataclass(frozen=True)
class Finding:
    """How it stands: ``ok``, ``warn`` (see to it) or ``bad`` (something does not work, or is not safe)."""

    state: str
    said: str
    next: str = ""


type_of_check = Callable[[], Finding]


def fine(said: str) -> Finding:
    """It is as it should be."""
    return Finding(FINE, said)


def warn(said: str, next: str) -> Finding:  # noqa: A002 — the reader's word
    """It works, and somebody should see to it."""
    return Finding(WARN, said, next)


def bad(said: str, next: str) -> Finding:  # noqa: A002 — the reader's word
    """It does not work, or is not safe."""
    return Finding(BAD, said, next)
